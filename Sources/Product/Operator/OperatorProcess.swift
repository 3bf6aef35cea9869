import KubeClient
import KubeModel
import KubeRuntime
import LinuxIO
package import Logging
import Ownership
import Serving
import Synchronization
package import Telemetry
import Wire

/// `workclaim operator`: holds its seat, works on the tasks of the seat, and gives both up in order.
package final class OperatorProcess: Sendable {
    private enum Event: Sendable {
        case seat(SeatKeeper.News)
        case stop
    }

    private static let endpointPatience = Duration.seconds(30)

    private let configuration: OperatorConfiguration
    private let log: Logger
    private let registry: MetricsRegistry
    private let ownHandler: (any TaskHandler)?
    private let metrics: OperatorMetrics
    private let status: OperatorStatus
    /// Called when work goes on although the seat is lost: ends the process.
    private let abort: @Sendable (String) -> Void

    /// `handler`: instead of the one that the configuration names.
    package init(
        _ configuration: OperatorConfiguration,
        handler: (any TaskHandler)? = nil,
        log: Logger = Logger(label: "operator"),
        registry: MetricsRegistry = MetricsRegistry(),
        abort: @escaping @Sendable (String) -> Void = LastWord.say
    ) {
        self.configuration = configuration
        self.log = log
        self.registry = registry
        self.abort = abort
        ownHandler = handler
        metrics = OperatorMetrics(registry)
        status = OperatorStatus()
    }

    /// Until the task is cancelled, and then until the seat is released: the work itself is stopped in order.
    package func run() async throws {
        let (stop, stopper) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let body = Task { try await self.run(until: stop) }
        try await withTaskCancellationHandler {
            try await body.value
        } onCancel: {
            stopper.yield()
        }
    }

    /// Until `stop` says so or ends; returns once the seat is released.
    package func run(until stop: AsyncStream<Void>) async throws {
        let connections = try ClusterConnections(configuration.cluster)
        defer { connections.close() }
        let surroundings = Surroundings(
            api: connections.bulk,
            identity: configuration.identity,
            service: configuration.service,
            log: log
        )
        try await surroundings.refuseCompany()
        let execThread = try ReactorThread(name: "exec")
        defer { execThread.stop() }
        let handler = ownHandler ?? makeHandler(on: execThread)
        let health = try startHealth()
        defer { health?.stop() }
        let fence = FenceWatch(connections.controlThread.mailbox, configuration.profile.stall, abort: abort)
        // Unbounded, because none may be lost; they are as rare as terms.
        let (events, report) = AsyncStream.makeStream(of: Event.self)
        let seat = configuration.identity.seat
        let keeper = SeatKeeper(
            seatRecord,
            profile: configuration.profile,
            api: connections.control,
            on: connections.controlThread,
            tell: { [log, metrics, status] news in
                switch news {
                case .renewed(let until):
                    handler.renewed(seat: seat, until: until)
                    return status.hold.withLock { $0?.until = until }
                case .trouble(let text):
                    metrics.callFailures.add()
                    return log.warning("a call about the seat failed", metadata: ["why": "\(text)"])
                case .fenced:
                    fence.begin()
                    status.hold.withLock { $0 = nil }
                    status.board.set("seat", "the seat is lost")
                    status.board.set("tasks", "the tasks of the seat are not listed yet")
                    status.current.withLock { $0 }?.controller.pause()
                    handler.fence(seat: seat)
                    metrics.fences.add()
                    metrics.held.set(0)
                case .granted(let tenure):
                    handler.renewed(seat: seat, until: tenure.until)
                    status.hold.withLock { $0 = tenure }
                    status.board.set("seat", nil)
                    metrics.held.set(1)
                case .stopped:
                    status.hold.withLock { $0 = nil }
                    metrics.held.set(0)
                }
                report.yield(.seat(news))
            }
        )
        let relay = Task {
            for await _ in stop { break }
            report.yield(.stop)
        }
        defer { relay.cancel() }
        let look = Task {
            // A pod becomes an endpoint soon after it is ready, if ever.
            try await Task.sleep(for: Self.endpointPatience)
            await surroundings.warnIfUnseen()
        }
        defer { look.cancel() }
        keeper.start()
        log.info(
            "operator up",
            metadata: ["seat": "\(configuration.identity.seat)", "pod": "\(configuration.identity.pod)"]
        )
        await serve(events, keeper, fence, tools(connections, handler, keeper))
        log.info("operator down", metadata: ["seat": "\(configuration.identity.seat)"])
    }

    // MARK: - The life of the seat

    private func serve(
        _ events: AsyncStream<Event>,
        _ keeper: SeatKeeper,
        _ fence: FenceWatch,
        _ tools: SeatTools
    ) async {
        var current: (work: SeatWork, task: Task<Void, Never>)?
        for await event in events {
            switch event {
            case .seat(.granted(let tenure)):
                log.info("seat held", metadata: ["term": "\(tenure.term)"])
                let work = SeatWork(tenure, tools, seed: RandomBytes.word())
                status.current.withLock { $0 = work }
                current = (work, Task { await work.run() })
            case .seat(.fenced(let reason)):
                log.warning("seat lost", metadata: ["why": "\(reason)"])
                if let (work, task) = current {
                    work.controller.pause()
                    await work.controller.quiesced()
                    task.cancel()
                    await task.value
                }
                current = nil
                status.current.withLock { $0 = nil }
                fence.end()
                keeper.send(.quiesced)
            case .stop:
                log.info("stopping", metadata: ["grace": "\(configuration.drain)"])
                status.isStopping.store(true, ordering: .relaxed)
                status.board.set("running", "the process is stopping")
                // Nobody is to choose this seat any more; said with the next renewal.
                keeper.send(.annotated([SeatKeys.draining: "true"]))
                if let (work, task) = current {
                    await work.controller.stop(grace: configuration.drain)
                    task.cancel()
                    await task.value
                }
                current = nil
                keeper.send(.stopRequested)
            case .seat(.stopped): return
            case .seat(.renewed), .seat(.trouble): break
            }
        }
    }

    // MARK: - Parts

    private var seatRecord: SeatRecord {
        let identity = configuration.identity
        var annotations = [
            SeatKeys.podUID: identity.podUID, SeatKeys.weight: "1", SeatKeys.load: "0",
        ]
        if !identity.node.isEmpty { annotations[SeatKeys.node] = identity.node }
        if !identity.revision.isEmpty { annotations[SeatKeys.revision] = identity.revision }
        return SeatRecord(
            namespace: identity.namespace,
            seat: identity.seat,
            identity: SeatIdentity(
                pod: identity.pod,
                podUID: identity.podUID,
                nonce: String(RandomBytes.word(), radix: 36)
            ),
            annotations: annotations
        )
    }

    private func makeHandler(on thread: ReactorThread) -> any TaskHandler {
        switch configuration.handler {
        case .builtin: BuiltinHandler()
        case .exec(let program, let timeout):
            ExecHandler(
                program,
                timeout: timeout,
                grace: configuration.profile.stall / 2,
                environment: configuration.environment,
                on: thread
            )
        }
    }

    private func tools(
        _ connections: ClusterConnections,
        _ handler: any TaskHandler,
        _ keeper: SeatKeeper
    ) -> SeatTools {
        let clock = ControlClock.live
        return SeatTools(
            seat: configuration.identity.seat,
            namespace: configuration.identity.namespace,
            longestDuration: SeatProfile.all.map(\.duration).max() ?? configuration.profile.duration,
            concurrency: configuration.concurrency,
            retries: configuration.retries,
            retryWait: configuration.retryWait,
            retryWaitMax: configuration.retryWaitMax,
            watches: connections.watches,
            bulk: connections.bulk,
            handler: handler,
            clock: clock,
            log: log,
            metrics: metrics,
            isHeld: { [status] in status.tenure(at: clock.now())?.term == $0 },
            mayClaim: { [status] term in
                !status.isStopping.load(ordering: .relaxed) && status.tenure(at: clock.now())?.term == term
            },
            claimDelay: configuration.claimDelay,
            annotate: { keeper.send(.annotated($0)) },
            listed: { [status] in status.board.set("tasks", nil) },
            report: { [log, metrics] task, verdict in
                metrics.outcomes[verdict.phase.rawValue].add()
                log.info(
                    "try ended",
                    metadata: [
                        "task": "\(task.key)", "phase": "\(verdict.phase.rawValue)", "message": "\(verdict.message)",
                    ]
                )
            }
        )
    }

    private func startHealth() throws -> HTTPServer? {
        guard let listen = configuration.healthListen else { return nil }
        let address = try SocketAddress(listen, flag: "--health-listen")
        let server = HTTPServer(ServerConfiguration(listen: address)) { [status, registry] _ in
            HealthService(status.board, registry)
        }
        let bound = try server.start()
        ProcessMetrics.register(in: registry)
        if let path = configuration.readyFile {
            try ReadyFile.write(path, addresses: ["health": bound.description])
        }
        return server
    }
}
