import LinuxIO
import Serving
import TestSupport
import Testing
import Wire

@testable import LocalCluster

/// How a real API server connects to webhooks (kubernetes-facts, "The connection"). If these fail, a webhook that works
/// here is met by another client in a cluster.
@Suite(.serialized) struct WebhookConnectionTests {
    @Test(arguments: [
        ("10.96.0.7", true, ["http/1.1"]),
        ("127.0.0.1", true, ["http/1.1"]),
        ("webhook.example.com", false, ["http/1.1"]),
        ("192.0.2.1", false, ["http/1.1"]),
        ("127.0.0.1", false, ["h2", "http/1.1"]),
        ("127.8.0.1", false, ["h2", "http/1.1"]),
        ("localhost", false, ["h2", "http/1.1"]),
        ("::1", false, ["h2", "http/1.1"]),
    ])
    func onlyALoopbackURLIsOfferedHTTP2(host: String, isService: Bool, protocols: [String]) {
        #expect(WebhookCaller.protocols(host: host, isService: isService) == protocols)
    }

    @Test func surplusIdleConnectionsAreClosedAtOnceAndTheOthersKept() async throws {
        let (running, api, hook) = try await served(together: 40)
        defer { api.close() }
        #expect(LocalClusterConfiguration().webhookIdle == .seconds(90))
        #expect(try await HookWorld.create(40, api) == Array(repeating: 201, count: 40))
        #expect(hook.server.statistics[.accepted] >= 40)
        #expect(await eventually { hook.server.statistics.open == 25 }, "\(hook.server.statistics.open) are open")
        withExtendedLifetime(running) {}
    }

    @Test func idleConnectionsAreClosedAfterTheirTime() async throws {
        let (running, api, hook) = try await served(together: 3) { $0.webhookIdle = .milliseconds(50) }
        defer { api.close() }
        #expect(try await HookWorld.create(3, api) == [201, 201, 201])
        #expect(await eventually { hook.server.statistics.open == 0 })
        withExtendedLifetime(running) {}
    }

    @Test func endpointIsChosenForEachConnectionNotForEachCall() async throws {
        let running = try RunningCluster()
        let api = try APIClient(running)
        defer { api.close() }
        let identity = try running.cluster.authority.server(names: ["hook.default.svc"])
        let hooks = try (0..<2).map { _ in try HookServer(identity, HookServer.assign("p")) }
        try await HookWorld.define(api)
        try await HookWorld.callByService(api, running, ports: hooks.map(\.address.port))
        for number in 0..<6 {
            #expect(try await api.send("POST", HookWorld.tasks, HookWorld.task("t\(number)")).status == 201)
        }
        #expect(hooks.map(\.seen.all.count).sorted() == [0, 6], "one connection carries all calls")
        let used = hooks.first { !$0.seen.all.isEmpty }
        used?.server.stop()
        #expect(await eventually { used?.server.statistics.open == 0 })
        // The next connections go to the endpoints in turn: one of two is refused, the other serves.
        var statuses: [Int] = []
        for number in 6..<8 {
            statuses.append(try await api.send("POST", HookWorld.tasks, HookWorld.task("t\(number)")).status)
        }
        #expect(statuses.contains(201))
        #expect(hooks.filter { !$0.seen.all.isEmpty }.count == 2)
    }

    @Test func openConnectionOutlivesItsEndpointAndANewOneHasNowhereToGo() async throws {
        let (running, api, hook) = try await served(together: 1)
        defer { api.close() }
        #expect(try await api.send("POST", HookWorld.tasks, HookWorld.task("t1")).status == 201)
        let gone: JSONValue = ["endpoints": [["addresses": ["127.0.0.1"], "conditions": ["ready": false]]]]
        let slice = HookWorld.slices + "/hook-0"
        #expect(try await api.send("PATCH", slice, gone, type: "application/merge-patch+json").status == 200)
        #expect(try await api.send("POST", HookWorld.tasks, HookWorld.task("t2")).status == 201)
        hook.server.stop()
        #expect(await eventually { hook.server.statistics.open == 0 })
        let refused = try await api.send("POST", HookWorld.tasks, HookWorld.task("t3"))
        #expect(refused.status == 500)
        let why = #"Post "https://hook.default.svc:443/mutate?timeout=5s": no endpoints available for service "hook""#
        #expect(refused.message.hasSuffix(why), "\(refused.message)")
        withExtendedLifetime(running) {}
    }

    /// The calls after a restart find dead connections, and nobody notices.
    @Test func webhookThatWasRestartedIsCalledOnNewConnections() async throws {
        let (running, api, hook) = try await served(together: 3)
        defer { api.close() }
        #expect(try await HookWorld.create(3, api) == [201, 201, 201])
        hook.server.stop()
        let down = try await api.send("POST", HookWorld.tasks, HookWorld.task("down"))
        #expect(down.status == 500, "at once, and not tried again")
        let identity = try running.cluster.authority.server(names: ["hook.default.svc"])
        let again = try HookServer(identity, listen: hook.address, HookServer.assign("p"))
        for number in 0..<3 {
            #expect(try await api.send("POST", HookWorld.tasks, HookWorld.task("t\(number)")).status == 201)
        }
        #expect(again.seen.all.count == 3)
    }

    @Test func gzipIsOfferedAndUnderstood() async throws {
        let gzip = try ForeignProgram.needed("gzip")
        let (running, api, hook) = try await HookWorld.open { request, number in
            var response = HookServer.assign("pod-1")(request, number) ?? HTTPResponse(status: 500)
            guard let folder = try? ScratchFolder(), (try? folder.write("f", response.body)) != nil,
                (try? gzip.run([folder.path("f")])) != nil, let body = try? folder.read("f.gz")
            else { return nil }
            response.body = body
            response.fields.add("content-encoding", "gzip")
            return response
        }
        defer { api.close() }
        let created = try await api.send("POST", HookWorld.tasks, HookWorld.task("t1"))
        #expect(created["spec", "owner"] == "pod-1", "\(created.message)")
        #expect(hook.seen.all.first?.fields["accept-encoding"] == "gzip")
        #expect(hook.seen.all.first?.fields["content-length"] != nil, "never chunked")
        withExtendedLifetime(running) {}
    }

    /// A cluster that calls a webhook by its Service, over HTTP/1.1.
    private func served(together: Int, _ adjust: (inout LocalClusterConfiguration) -> Void = { _ in }) async throws
        -> (running: RunningCluster, api: APIClient, hook: HookServer)
    {
        let running = try RunningCluster(adjust)
        let api = try APIClient(running)
        let identity = try running.cluster.authority.server(names: ["hook.default.svc"])
        let hook = try HookServer(identity, together: together, HookServer.assign("p"))
        try await HookWorld.define(api)
        try await HookWorld.callByService(api, running, ports: [hook.address.port])
        return (running, api, hook)
    }
}
