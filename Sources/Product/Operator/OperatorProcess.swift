import KubeClient
package import KubeModel
import KubeRuntime
import LinuxIO
package import Logging
package import Ownership
import Serving
package import Telemetry
import Wire

/// `workclaim operator`: one replica. Holds its seat and those it has adopted, works on their tasks, and hands everything
/// over in order. What it decides is in `Ownership/Replica`; this puts the parts together.
package final class OperatorProcess: Sendable {
    private static let endpointPatience = Duration.seconds(30)

    private let configuration: OperatorConfiguration
    private let log: Logger
    private let registry: MetricsRegistry
    private let ownHandler: (any TaskHandler)?
    private let status: OperatorStatus
    private let metrics: OperatorMetrics
    private let apiMetrics: APIMetrics
    private let startFailures: StartFailures
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
        status = OperatorStatus(seat: configuration.identity.seat)
        metrics = OperatorMetrics(registry, status)
        apiMetrics = APIMetrics(registry)
        startFailures = StartFailures(registry, log: log)
    }

    /// Until the task is cancelled, and then until the seats are handed over: the work itself is stopped in order.
    package func run() async throws {
        let (stop, stopper) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let body = Task { try await self.run(until: stop) }
        try await withTaskCancellationHandler {
            try await body.value
        } onCancel: {
            stopper.yield()
        }
    }

    /// Until `stop` says so or ends; returns once the seats are handed over or released.
    package func run(until stop: AsyncStream<Void>) async throws {
        let connections = try ClusterConnections(configuration.cluster, count: apiMetrics.calls(on:))
        defer { connections.close() }
        let surroundings = Surroundings(
            api: connections.bulk,
            identity: configuration.identity,
            service: configuration.service,
            log: log
        )
        makeRoom()
        // Before all that may take long: kubelets restart who does not answer.
        let health = try startHealth()
        defer { health?.stop() }
        let stopped = Task { for await _ in stop { break } }
        defer { stopped.cancel() }
        guard let name = try await name(surroundings, unless: stopped) else {
            return log.info("stopped while starting")
        }
        let execThread = try ReactorThread(name: "exec")
        defer { execThread.stop() }
        var replica = replicaConfiguration
        replica.name = name
        let troubles = SeatTroubles()
        let tellingTroubles = Task { [log] in await troubles.log(to: log) }
        defer { tellingTroubles.cancel() }
        let events = EventRecorder(connections.bulk, configuration.identity, log: log, registry: registry)
        let writing = configuration.tellsEvents ? Task { await events.run() } : nil
        let loop = ReplicaLoop(
            replica,
            connections: ReplicaLoop.Connections(
                control: connections.control,
                thread: connections.controlThread,
                watches: connections.watches,
                bulk: connections.bulk
            ),
            hooks: hooks(
                ownHandler ?? makeHandler(on: execThread),
                FenceWatch(connections.controlThread.mailbox, configuration.profile.stall, abort: abort),
                configuration.tellsEvents ? events : nil,
                troubles
            )
        )
        let relay = Task { [status] in
            await stopped.value
            status.board.set("running", "the process is stopping")
            loop.stop()
        }
        defer { relay.cancel() }
        let look = Task {
            // A pod becomes an endpoint soon after it is ready, if ever.
            try await Task.sleep(for: Self.endpointPatience)
            await surroundings.warnIfUnseen()
        }
        defer { look.cancel() }
        let identity = configuration.identity
        log.info(
            "operator up",
            metadata: [
                "seat": "\(identity.seat)", "pod": "\(identity.pod)", "holder": "\(replica.identity.text)",
                "name": "\(replica.name.rawValue)",
            ]
        )
        await loop.run()
        status.pulse.rest()
        if let writing { await events.close(writing) }
        log.info("operator down", metadata: ["seat": "\(identity.seat)"])
    }

    /// What is known of the seat's name, once it is known that this installation is alone; nil: stopped meanwhile, which may
    /// take longer than the whole grace otherwise.
    private func name(_ surroundings: Surroundings, unless stopped: Task<Void, Never>) async throws -> SeatName? {
        let known = configuration.name
        let looking = Task {
            try await surroundings.refuseCompany()
            if let known { return known }
            return await surroundings.seatName()
        }
        let relay = Task {
            await stopped.value
            looking.cancel()
        }
        defer { relay.cancel() }
        let name = try await looking.value
        return looking.isCancelled ? nil : name
    }

    // MARK: - Parts

    private var replicaConfiguration: ReplicaConfiguration {
        let identity = configuration.identity
        var replica = ReplicaConfiguration(
            namespace: identity.namespace,
            identity: SeatIdentity(
                pod: identity.pod,
                podUID: identity.podUID,
                nonce: String(RandomBytes.word(), radix: 36)
            ),
            seat: identity.seat,
            profile: configuration.profile
        )
        replica.annotations = [SeatKeys.podUID: identity.podUID, SeatKeys.weight: "1", SeatKeys.load: "0"]
        if !identity.node.isEmpty { replica.annotations[SeatKeys.node] = identity.node }
        if !identity.revision.isEmpty { replica.annotations[SeatKeys.revision] = identity.revision }
        replica.container = configuration.container
        replica.concurrency = configuration.concurrency
        replica.retries = configuration.retries
        replica.retryWait = Backoff(base: configuration.retryWait, cap: configuration.retryWaitMax)
        replica.claimDelay = configuration.claimDelay
        replica.drainGrace = configuration.drain
        replica.pace = configuration.pace
        replica.seed = RandomBytes.word()
        return replica
    }

    private func makeHandler(on thread: ReactorThread) -> any TaskHandler {
        switch configuration.handler {
        case .builtin: BuiltinHandler()
        case .exec(let program, let timeout, let again):
            ExecHandler(
                ExecSettings(
                    program: program,
                    timeout: timeout,
                    grace: configuration.profile.stall / 2,
                    again: again,
                    environment: configuration.environment,
                    guardProgram: configuration.guardProgram
                ),
                log: log,
                startFailures: startFailures,
                on: thread
            )
        }
    }

    /// Says so if not all handlers that may run at a time find descriptors.
    private func makeRoom() {
        // Where it cannot be raised it stays what it is.
        _ = try? ThisProcess.raiseDescriptorLimit()
        guard case .exec = configuration.handler, ownHandler == nil,
            let problem = DescriptorRoom.problem(configuration.concurrency, limit: ThisProcess.descriptorLimit)
        else { return }
        log.warning("too few descriptors", metadata: ["why": "\(problem)"])
    }

    private func hooks(
        _ handler: any TaskHandler,
        _ fence: FenceWatch,
        _ events: EventRecorder?,
        _ troubles: SeatTroubles
    ) -> ReplicaLoop.Hooks {
        let lines = OperatorLog(log: log)
        let adoptions = SettledAdoptions()
        return ReplicaLoop.Hooks(
            work: { task, context in
                events?.started(task, context)
                let end = await Self.work(handler, task, context)
                if case .cancelled = end { events?.interrupted(task, context) }
                return end
            },
            seatNews: { [metrics, status] seat, news in
                switch news {
                case .granted(let tenure):
                    handler.renewed(seat: seat, until: tenure.until)
                    status.held(seat, until: tenure.until)
                case .renewed(let until):
                    handler.renewed(seat: seat, until: until)
                    status.held(seat, until: until)
                case .fenced:
                    fence.begin(seat)
                    handler.fence(seat: seat)
                    status.lost(seat)
                case .stopped:
                    // Nothing runs under it any more; what is remembered of the seat goes.
                    handler.fence(seat: seat)
                    status.lost(seat)
                case .trouble(let text):
                    metrics.callFailures.add()
                    troubles.add(seat, text)
                }
            },
            quiesced: { fence.end($0) },
            told: { [metrics, status] note in
                if case .listed(let seat, _) = note { status.listed(seat) }
                lines.write(note)
                for note in adoptions.settled(by: note) {
                    metrics.count(note)
                    events?.tell(note)
                }
            },
            summary: { [status] in status.update($0) },
            watched: apiMetrics.watches
        )
    }

    /// One try, and what became of it.
    package static func work(
        _ handler: any TaskHandler,
        _ task: TaskObject,
        _ context: TaskContext
    ) async -> ReplicaMachine.RunEnd {
        // A handler that is given half of its payload would do half of its work and call it done.
        guard !task.json.isCut else {
            return .outcome(
                .failed("nested deeper than \(JSONLimits.depthMax) levels: no handler is given a part of a task")
            )
        }
        do {
            return .outcome(try await handler.reconcile(task, context))
        } catch is CancellationError {
            return .cancelled
        } catch {
            return Task.isCancelled ? .cancelled : .failed(TaskFailure("\(error)"))
        }
    }

    private func startHealth() throws -> HTTPServer? {
        guard let listen = configuration.healthListen else { return nil }
        let address = try SocketAddress(listen, flag: "--health-listen")
        let server = HTTPServer(ServerConfiguration(listen: address)) { [status, registry] _ in
            HealthService(status.board, registry, lifeless: { status.pulse.problem })
        }
        let bound = try server.start()
        ProcessMetrics.register(in: registry)
        if let path = configuration.readyFile {
            try ReadyFile.write(path, addresses: ["health": bound.description])
        }
        return server
    }
}
