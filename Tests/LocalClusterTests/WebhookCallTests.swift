import LinuxIO
import LocalCluster
import Serving
import TLSEngine
import Testing
import Wire
import YAMLText

/// Webhooks called over TLS, by URL and by Service: good ones, hostile ones and absent ones.
@Suite(.serialized) struct WebhookCallTests {
    @Test func loopbackURLMayUseHTTP2AndThePatchIsTaken() async throws {
        let (running, api, hook) = try await HookWorld.open(script: HookServer.assign("pod-1"))
        defer { api.close() }
        let created = try await api.send("POST", HookWorld.tasks, HookWorld.task("t1"))
        #expect(created["spec", "owner"] == "pod-1")
        #expect(hook.seen.httpVersions == [.http2])
        #expect(hook.seen.all.first?.target == "/mutate?timeout=5s")
        withExtendedLifetime((running, hook)) {}
    }

    @Test func serviceIsCalledByHTTP11UnderItsOwnName() async throws {
        let running = try RunningCluster()
        let api = try APIClient(running)
        defer { api.close() }
        // The certificate has the Service's name only: the connection goes to an address, the name is what is checked.
        let identity = try running.cluster.authority.server(names: ["hook.default.svc"])
        let hook = try HookServer(identity, HookServer.assign("pod-2"))
        try await HookWorld.define(api)
        try await HookWorld.callByService(api, running, ports: [hook.address.port])
        let created = try await api.send("POST", HookWorld.tasks, HookWorld.task("t1"))
        #expect(created["spec", "owner"] == "pod-2", "\(created.message)")
        #expect(hook.seen.httpVersions == [.http11])
        #expect(hook.seen.all.first?.fields["host"] == "hook.default.svc:443")
        withExtendedLifetime((running, hook)) {}
    }

    @Test(arguments: [("Fail", 500), ("Ignore", 201)])
    func refusedConnectionIsLeftToTheFailurePolicy(policy: String, status: Int) async throws {
        let (running, api, hook) = try await HookWorld.open(policy: policy, script: HookServer.assign("p"))
        defer { api.close() }
        hook.server.stop()
        let answer = try await api.send("POST", HookWorld.tasks, HookWorld.task("t1"))
        #expect(answer.status == status)
        if status == 500 {
            #expect(
                answer.message.contains(#"failed calling webhook "hook.workclaim.test": failed to call webhook: Post "#)
            )
        }
        withExtendedLifetime((running, hook)) {}
    }

    @Test func silenceEndsWithTheTimeout() async throws {
        let (running, api, hook) = try await HookWorld.open(timeout: 1) { _, _ in nil }
        defer { api.close() }
        let answer = try await api.send("POST", HookWorld.tasks, HookWorld.task("t1"))
        #expect(answer.status == 500)
        #expect(answer.message.contains("context deadline exceeded"), "\(answer.message)")
        #expect(hook.seen.all.count == 1)
        withExtendedLifetime((running, hook)) {}
    }

    @Test func unavailableIsTriedAgainAfterRetryAfter() async throws {
        let (running, api, hook) = try await HookWorld.open { request, number in
            number < 3
                ? HTTPResponse(status: 503, fields: ["retry-after": "0"])
                : HookServer.allow(request)
        }
        defer { api.close() }
        #expect(try await api.send("POST", HookWorld.tasks, HookWorld.task("t1")).status == 201)
        #expect(hook.seen.all.count == 3)
        withExtendedLifetime((running, hook)) {}
    }

    @Test func otherAuthorityIsNotTrusted() async throws {
        let other = try ClusterAuthority()
        let (running, api, hook) = try await HookWorld.open(authority: other, script: HookServer.assign("p"))
        defer { api.close() }
        let answer = try await api.send("POST", HookWorld.tasks, HookWorld.task("t1"))
        #expect(answer.status == 500)
        #expect(answer.message.contains("failed to call webhook"), "\(answer.message)")
        #expect(hook.seen.all.isEmpty)
        withExtendedLifetime((running, hook)) {}
    }

    @Test func certificateForAnotherNameIsNotTrusted() async throws {
        let (running, api, hook) = try await HookWorld.open(
            names: ["other.default.svc"],
            addresses: [],
            script: HookServer.assign("p")
        )
        defer { api.close() }
        #expect(try await api.send("POST", HookWorld.tasks, HookWorld.task("t1")).status == 500)
        #expect(hook.seen.all.isEmpty)
        withExtendedLifetime((running, hook)) {}
    }

    enum Flaw: CaseIterable { case expired, notYet, forClientsOnly, withoutNames }

    /// A name in the CN alone is no name, as for Go.
    @Test(arguments: Flaw.allCases)
    func flawedCertificateIsNotTrusted(flaw: Flaw) async throws {
        var now = WallClock.now()
        let authority = try CertificateMaker.authority(commonName: "webhooks", from: now, days: 30)
        if flaw == .expired { now.seconds -= 2 * 86_400 }
        if flaw == .notYet { now.seconds += 86_400 }
        let request = LeafRequest(
            subject: CertificateSubject(commonName: "localhost"),
            dnsNames: flaw == .withoutNames ? [] : ["localhost"],
            usages: flaw == .forClientsOnly ? .client : .server
        )
        let identity = try CertificateMaker.leaf(request, authority: authority, from: now, days: 1)
        let running = try RunningCluster()
        let api = try APIClient(running)
        defer { api.close() }
        let hook = try HookServer(identity, HookServer.assign("p"))
        try await HookWorld.define(api)
        let target: JSONValue = ["url": .string("https://localhost:\(hook.address.port)/mutate")]
        let bundle = authority.certificateChainPEM
        _ = try await api.send("POST", HookWorld.hooks, HookWorld.configuration(target, "Fail", 5, bundle))
        let answer = try await api.send("POST", HookWorld.tasks, HookWorld.task("t1"))
        #expect(answer.status == 500)
        let reason =
            switch flaw {
            case .expired: "expired"
            case .notYet: "not yet valid"
            case .forClientsOnly: "purpose"
            case .withoutNames: "name"
            }
        #expect(answer.message.contains(reason), "\(answer.message)")
        #expect(hook.seen.all.isEmpty)
        withExtendedLifetime((running, hook)) {}
    }

    @Test(arguments: [
        HTTPResponse.text(500, "broken"), .text(200, "no JSON"), .json(200, [:]),
        .json(
            200,
            [
                "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                "response": ["uid": "x", "allowed": true],
            ]
        ),
    ])
    func nonsenseIsAFailedCall(response: HTTPResponse) async throws {
        let (running, api, hook) = try await HookWorld.open { _, _ in response }
        defer { api.close() }
        let answer = try await api.send("POST", HookWorld.tasks, HookWorld.task("t1"))
        #expect(answer.status == 500)
        #expect(answer.message.contains(#"failed calling webhook "hook.workclaim.test""#), "\(answer.message)")
        #expect(hook.seen.all.count == 1)
        withExtendedLifetime((running, hook)) {}
    }

    @Test func denialAndWarningsReachTheClient() async throws {
        let (running, api, hook) = try await HookWorld.open { request, number in
            HookServer.allow(request) {
                $0["warnings"] = ["look out"]
                if number > 1 { $0["allowed"] = false }
            }
        }
        defer { api.close() }
        let allowed = try await api.send("POST", HookWorld.tasks, HookWorld.task("t1"))
        #expect(allowed.status == 201)
        #expect(allowed.fields["warning"] == #"299 - "look out""#)
        let denied = try await api.send("POST", HookWorld.tasks, HookWorld.task("t2"))
        #expect(denied.status == 403)
        #expect(denied.message == #"admission webhook "hook.workclaim.test" denied the request without explanation"#)
        withExtendedLifetime((running, hook)) {}
    }

    @Test func fiftyAtOnceAreAllServed() async throws {
        let (running, api, hook) = try await HookWorld.open(alpn: ["http/1.1"], script: HookServer.assign("pod-1"))
        defer { api.close() }
        let owners = try await withThrowingTaskGroup(of: JSONValue?.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await api.send("POST", HookWorld.tasks, HookWorld.task("t\(number)"))["spec", "owner"]
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(owners == Array(repeating: "pod-1", count: 50))
        #expect(hook.seen.all.count == 50)
        withExtendedLifetime((running, hook)) {}
    }

    /// What the webhook filled in is no part of what the user applies, so applying again leaves it alone.
    @Test(arguments: Tool.kubectls)
    func fieldsOfTheWebhookOutliveRepeatedApplies(kubectl: Tool) async throws {
        let (running, api, hook) = try await HookWorld.open(script: HookServer.assignOnCreate("pod-1"))
        defer { api.close() }
        await running.kubectl(kubectl, "apply", "-f", "-", input: Manifests.task("t1"))
        let again = await running.kubectl(kubectl, "apply", "-f", "-", input: Manifests.task("t1"))
        #expect(again.text.contains("unchanged"), "\(again.text)")
        let diff = await kubectl.run(
            ["diff", "-f", "-"],
            input: Manifests.task("t1"),
            environment: running.environment()
        )
        #expect(diff.code == 0, "\(diff.text)")
        #expect(try await api.send("GET", HookWorld.tasks + "/t1")["spec", "owner"] == "pod-1")
        let replaced = await kubectl.run(
            ["create", "-f", "-"],
            input: Manifests.task("t1"),
            environment: running.environment()
        )
        #expect(replaced.text.contains("AlreadyExists"), "\(replaced.text)")
        withExtendedLifetime((running, hook)) {}
    }
}
