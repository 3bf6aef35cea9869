internal import KubeClient
internal import KubeRuntime
internal import LinuxIO
internal import Logging
internal import Ownership
internal import Serving
internal import TLSEngine
internal import Telemetry

/// `workclaim webhook`: serves admissions, follows the members, and leaves without failing a call.
package final class WebhookProcess: Sendable {
    private static let certificate = "certificate"
    private static let memberList = "members"
    private static let serving = "serving"

    private let configuration: WebhookConfiguration
    private let log = Logger(label: "webhook")
    private let registry = MetricsRegistry()
    private let board = HealthBoard(checks: [certificate, memberList, serving])
    private let feed: MemberFeed
    private let apiMetrics: APIMetrics

    package init(_ configuration: WebhookConfiguration) {
        self.configuration = configuration
        feed = MemberFeed(registry)
        apiMetrics = APIMetrics(registry)
    }

    /// Until the task is cancelled; then `drain` long as a lame duck.
    package func run() async throws {
        ProcessMetrics.register(in: registry)
        // As many as there may be connections and more; where the hard limit is lower, what is beyond it is turned away.
        try ThisProcess.raiseDescriptorLimit()
        let thread = try ReactorThread(name: "webhook-control")
        defer { thread.stop() }
        let certificates = try ServedCertificates(
            configuration.certificates,
            clientCA: configuration.clientCA,
            log: log,
            metrics: registry
        )
        if let table = try givenMembers() { adopt(table) }
        let server = try makeServer(certificates.firstContext)
        let address = try server.start()
        if certificates.isServedAtOnce { board.set(Self.certificate, nil) }
        board.set(Self.serving, nil)
        let plain = try startPlainHealth()
        let servers = [("webhook", server.statistics)] + (plain.map { [("health", $0.server.statistics)] } ?? [])
        ServerMetrics.register(servers, in: registry)
        defer {
            plain?.server.stop()
            server.stop()
        }
        log.info("serving", metadata: ["address": "\(address)"])
        try announce(address, plain?.address)
        await withDiscardingTaskGroup { group in
            group.addTask {
                await certificates.run(
                    on: thread,
                    replace: { server.replaceTLS($0) },
                    report: { self.board.set(Self.certificate, $0) }
                )
            }
            group.addTask { await self.followMembers(on: thread) }
            await Forever.untilCancelled()
            group.cancelAll()
        }
        await leave(server)
    }

    private func makeServer(_ tls: TLSContext) throws -> HTTPServer {
        let reactors =
            configuration.reactors ?? min(ThisProcess.processors, WebhookConfiguration.reactorsDefaultMax)
        var serving = ServerConfiguration(listen: try SocketAddress(configuration.listen, flag: "--listen"))
        serving.reactors = reactors
        serving.tls = tls
        serving.turnover = .init()
        serving.name = "webhook"
        let health = HealthService(board, registry)
        let callers = configuration.clientCA.map { _ in AdmissionCallers(names: configuration.clientNames) }
        return HTTPServer(serving) { [feed, registry] reactor in
            let service = WebhookService(
                reactors: reactors,
                health: health,
                metrics: AdmissionMetrics(registry),
                callers: callers
            )
            feed.attach(service, on: reactor)
            return service
        }
    }

    private func startPlainHealth() throws -> (server: HTTPServer, address: SocketAddress)? {
        guard let listen = configuration.healthListen else { return nil }
        var plain = ServerConfiguration(listen: try SocketAddress(listen, flag: "--health-listen"))
        plain.name = "health"
        let health = HealthService(board, registry)
        let server = HTTPServer(plain) { _ in health }
        return (server, try server.start())
    }

    private func announce(_ address: SocketAddress, _ plain: SocketAddress?) throws {
        guard let path = configuration.readyFile else { return }
        var addresses = ["webhook": address.description]
        addresses["health"] = plain?.description
        try ReadyFile.write(path, addresses: addresses)
    }

    // MARK: - Members

    /// Those of a fixed list; nil: they are to be found.
    private func givenMembers() throws(UsageProblem) -> MemberTable? {
        switch configuration.members {
        case .service: return nil
        case .fixed(let list):
            do throws(StaticMembers.Malformed) { return try StaticMembers.parse(list: list) } catch {
                throw UsageProblem(flag: "--members", value: list, remedy: error.description)
            }
        case .file(let path):
            do {
                return try StaticMembers.parse(file: String(decoding: try FileReading.read(path), as: UTF8.self))
            } catch {
                throw UsageProblem(flag: "--members-file", value: path, remedy: "\(error)")
            }
        }
    }

    private func followMembers(on thread: ReactorThread) async {
        do {
            guard case .service(let name, let namespace, let cluster) = configuration.members else { return }
            let api = try RemoteKubeAPI(cluster, on: thread, count: apiMetrics.calls(on: "members"))
            defer { api.close() }
            await follow(name, namespace ?? cluster.namespace, api)
        } catch {
            // Without members tasks are created unowned and claimed later; the process says so and stays.
            log.error("no members", metadata: ["error": "\(error)"])
            board.set(Self.memberList, "\(error)")
        }
    }

    private func adopt(_ table: MemberTable) {
        _ = feed.publish(table)
        board.set(Self.memberList, nil)
    }

    private func follow(_ service: String, _ namespace: String, _ api: RemoteKubeAPI) async {
        let source = MembershipSource(
            service: service,
            namespace: namespace,
            api: api,
            seed: RandomBytes.word(),
            count: apiMetrics.watches,
            publish: { [feed, log] table in
                // Loads change all the time; only who may be chosen is news.
                if let names = feed.publish(table) { log.info("members", metadata: ["names": "\(names)"]) }
            },
            report: { [feed, board, log] status in
                switch status {
                case .live:
                    board.set(Self.memberList, nil)
                    // Otherwise the members were told of.
                    guard feed.isEmpty else { return }
                    log.warning(
                        "nobody may be chosen yet: tasks are created unowned",
                        metadata: ["service": "\(service)", "namespace": "\(namespace)"]
                    )
                case .syncing(let trouble):
                    board.set(
                        Self.memberList,
                        trouble ?? "the first lists of EndpointSlices and Leases are on their way"
                    )
                    guard let trouble else { return }
                    log.warning(
                        "the members are not known yet: tasks are created unowned",
                        metadata: ["why": "\(trouble)"]
                    )
                case .stale(let why):
                    // The last list stays in force: any assignment is safe, only less fresh.
                    log.warning("the member list may be out of date", metadata: ["why": "\(why)"])
                }
            }
        )
        await withDiscardingTaskGroup { group in
            group.addTask { await source.run() }
            if let own = configuration.ownService {
                group.addTask { [count = apiMetrics.watches] in
                    await WebhookReplicas.follow(own, namespace, api, count: count) { await source.setReplicas($0) }
                }
            }
        }
    }

    // MARK: - The end

    /// Not ready, but serving on: API servers that still have this replica among their endpoints must not fail.
    private func leave(_ server: HTTPServer) async {
        log.info("leaving", metadata: ["drain": "\(configuration.drain)"])
        board.set(Self.serving, "shutting down")
        await server.drain()
        let drain = configuration.drain
        // An unstructured task does not inherit the cancellation that brought us here.
        await Task { try? await Task.sleep(for: drain) }.value
    }
}
