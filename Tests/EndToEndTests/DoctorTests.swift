import LinuxIO
import TestSupport
import Testing
import Wire

/// `workclaim doctor` on a whole installation: first all is well, then one thing after another is broken and repaired.
@Suite(.serialized) struct DoctorTests {
    private struct Broken {
        var what: [String]
        var patch: String
        var repair: String
        /// What is then not OK; `assignment` besides, where the API server no longer reaches the webhook.
        var findings: [String: String]
    }

    private let breaks = [
        Broken(
            what: ["-n", "workclaim", "service", "leaderless-operator"],
            patch: #"{"spec":{"publishNotReadyAddresses":true}}"#,
            repair: #"{"spec":{"publishNotReadyAddresses":null}}"#,
            findings: ["operator-service": "FAIL"]
        ),
        Broken(
            what: ["clusterrolebinding", "leaderless-operator"],
            patch: #"{"subjects":[{"kind":"ServiceAccount","name":"nobody","namespace":"workclaim"}]}"#,
            repair: #"{"subjects":[{"kind":"ServiceAccount","name":"leaderless-operator","namespace":"workclaim"}]}"#,
            findings: ["rights-of-operators": "FAIL"]
        ),
        Broken(
            what: ["validatingadmissionpolicybinding", "workclaim"],
            patch: #"{"spec":{"validationActions":["Warn"]}}"#,
            repair: #"{"spec":{"validationActions":["Deny"]}}"#,
            findings: ["admission-policy": "FAIL"]
        ),
        Broken(
            what: ["validatingadmissionpolicybinding", "workclaim-seats"],
            patch: #"{"spec":{"validationActions":["Warn"]}}"#,
            repair: #"{"spec":{"validationActions":["Deny"]}}"#,
            findings: ["admission-policy": "FAIL"]
        ),
        Broken(
            what: ["flowschema", "workclaim-leases"],
            patch: #"{"spec":{"rules":[]}}"#,
            repair:
                #"{"spec":{"rules":[{"subjects":[{"kind":"ServiceAccount","serviceAccount":{"name":"leaderless-operator","namespace":"workclaim"}}],"resourceRules":[{"apiGroups":["coordination.k8s.io"],"resources":["leases"],"verbs":["patch"],"namespaces":["workclaim"]}]}]}}"#,
            findings: ["flow-schema": "WARN"]
        ),
    ]

    @Test func whatIsBrokenIsFoundAndNothingElse() async throws {
        try await RunningDemo.run { demo in
            let well = try doctor(demo)
            #expect(well.status == 0, "\(well.findings)")
            #expect(well.findings.isEmpty, "\(well.findings)")
            for broken in breaks {
                try patch(demo, broken.what, broken.patch)
                let report = try doctor(demo)
                #expect(report.findings == broken.findings)
                #expect(report.status == (broken.findings.values.contains("FAIL") ? 1 : 0))
                try patch(demo, broken.what, broken.repair)
            }

            // The caBundle of another authority: what is served is looked at, and a task would be unowned. The webhook would put
            // it right at once, if it were allowed to.
            let path = ["mutatingwebhookconfiguration", "workclaim"]
            let binding = try demo.kubectl("delete", "clusterrolebinding", "workclaim-webhook-certificates")
            #expect(binding.status == 0, "\(binding.output)")
            let authority = "jsonpath={.clusters[0].cluster.certificate-authority-data}"
            let foreign = try demo.kubectl("config", "view", "--raw", "-o", authority)
            try patch(demo, path, Self.bundle(foreign.output), type: "json")
            let findings = ["rights-of-webhook": "FAIL", "ca-bundle": "FAIL", "assignment": "FAIL"]
            #expect(try doctor(demo).findings == findings)
            let text = try Binary.run(["doctor", "--kubeconfig", demo.folder.path("kubeconfig")]).output
            #expect(text.contains("→ the webhook fills it in by itself"), "\(text)")
            let restored = try demo.kubectl("apply", "-f", Binary.root + "/manifests/base/rbac.yaml")
            #expect(restored.status == 0, "\(restored.output)")
            try await demo.eventually("the webhook has put its caBundle right") { try doctor(demo).findings.isEmpty }

            // A second installation's seat.
            let lease = """
                apiVersion: coordination.k8s.io/v1
                kind: Lease
                metadata: {name: op-x, namespace: default, labels: {future.ideas.protosam/seat: "true"}}
                spec: {holderIdentity: op-x_12345678_n, leaseDurationSeconds: 10, renewTime: "2026-01-01T00:00:00.000000Z"}
                """
            #expect(try demo.kubectl("apply", "-f", "-", input: lease).status == 0)
            #expect(try doctor(demo).findings == ["second-installation": "FAIL"])
            #expect(try demo.kubectl("-n", "default", "delete", "lease", "op-x").status == 0)
            #expect(try doctor(demo).findings.isEmpty)

            // People without rights are told what they may not see, and nothing fails.
            let webhook = try #require(demo.children("webhook").first)
            let config = try #require(Processes.variable("KUBECONFIG", of: webhook.pid))
            let stranger = try Binary.run(["doctor", "--kubeconfig", config])
            #expect(stranger.status == 0, "\(stranger.output)")
            #expect(stranger.output.contains("SKIPPED  definition"), "\(stranger.output)")
        }
    }

    @Test func kubectlDescribeTellsTheStoryOfATask() async throws {
        try await RunningDemo.run { demo in
            let task = """
                apiVersion: future.ideas.protosam/v1beta1
                kind: TaskOwner
                metadata: {name: failing}
                spec: {retries: 1, payload: {fail: no disk}}
                """
            #expect(try demo.kubectl("apply", "-f", "-", input: task).status == 0)
            try await demo.eventually("the story is told") {
                try demo.kubectl("describe", "task-owner", "failing").output.contains("TriesUsedUp  ")
            }
            let story = try demo.kubectl("describe", "task-owner", "failing").output
            #expect(story.contains("Warning  Retrying"), "\(story)")
            #expect(
                story.contains("no disk (try 1 of 2)") && story.contains("no disk (the last of 2 tries)"),
                "\(story)"
            )
            #expect(story.contains("(x2 over") && story.contains("try 2 on pod leaderless-operator-"), "\(story)")
            let waited = try demo.kubectl("wait", "--for=condition=Failed", "task-owner/failing", "--timeout=10s")
            #expect(waited.status == 0, "\(waited.output)")
        }
    }

    /// Where kubectl alone can say who one is, as with the plugins of clouds: the doctor asks its proxy, without TLS.
    @Test func throughKubectlsProxyAllIsSeen() async throws {
        try await RunningDemo.run { demo in
            let thread = try ReactorThread(name: "proxy-test")
            defer { thread.stop() }
            let proxy = try await Binary.start(
                [
                    "HOME=\(demo.folder.path)", "kubectl", "--kubeconfig", demo.folder.path("kubeconfig"), "proxy",
                    "--port=0",
                ],
                of: "/usr/bin/env",
                output: demo.folder.path("proxy.log"),
                on: thread
            )
            defer { proxy.handle.signal(.terminate) }
            let words = "Starting to serve on "
            try await demo.eventually("the proxy serves") { proxy.text.contains(words) && proxy.text.hasSuffix("\n") }
            let address = proxy.text.split(separator: "\n").first { $0.hasPrefix(words) }?.dropFirst(words.count) ?? ""
            let config = """
                {"apiVersion": "v1", "kind": "Config", "current-context": "proxy",
                 "clusters": [{"name": "proxy", "cluster": {"server": "http://\(address)"}}],
                 "contexts": [{"name": "proxy", "context": {"cluster": "proxy"}}]}
                """
            try demo.folder.write("proxied", Array(config.utf8))
            let report = try Binary.run(["doctor", "--kubeconfig", demo.folder.path("proxied")])
            let status = try Binary.run(["status", "--kubeconfig", demo.folder.path("proxied")])
            proxy.handle.signal(.terminate)
            _ = await proxy.end()
            #expect(report.status == 0, "\(report.output)")
            #expect(report.output.contains("API server \(address)"), "\(report.output)")
            #expect(report.output.contains("0 failed, 0 skipped"), "\(report.output)")
            #expect(status.output.contains("itself"), "\(status.output)")
        }
    }

    @Test func beforeAnInstallationItsConditionsAreLookedAt() async throws {
        try await RunningDemo.run { demo in
            let config = demo.folder.path("kubeconfig")
            let report = try Binary.run(["doctor", "--kubeconfig", config, "--before-install"])
            #expect(report.status == 0, "\(report.output)")
            #expect(report.output.contains("nothing is installed yet"))
            #expect(report.output.contains("OK       rights-of-caller"), "\(report.output)")
            // Of another namespace the seats here are another installation's.
            let elsewhere = try Binary.run([
                "doctor", "--kubeconfig", config, "--before-install", "--namespace", "other",
            ])
            #expect(elsewhere.status == 1)
            #expect(elsewhere.output.contains("FAIL     second-installation"), "\(elsewhere.output)")
        }
    }

    // MARK: - Asking

    private func doctor(_ demo: RunningDemo) throws -> (status: Int32, findings: [String: String]) {
        let end = try Binary.run(["doctor", "--kubeconfig", demo.folder.path("kubeconfig"), "-o", "json"])
        let json = try JSONValue.parse(Array(end.output.utf8))
        var bad: [String: String] = [:]
        for finding in json["findings"]?.arrayValue ?? [] where finding["verdict"] != "OK" {
            bad[finding["check"]?.stringValue ?? ""] = finding["verdict"]?.stringValue
        }
        return (end.status, bad)
    }

    private func patch(_ demo: RunningDemo, _ what: [String], _ patch: String, type: String = "merge") throws {
        // The namespace's flag stands before the verb's arguments.
        let flags = what.first == "-n" ? Array(what.prefix(2)) : []
        let object = Array(what.dropFirst(flags.count))
        let end = try demo.kubectl(flags + ["patch"] + object + ["--type", type, "-p", patch])
        #expect(end.status == 0, "\(end.output)")
    }

    private static func bundle(_ base64: String) -> String {
        #"[{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":"\#(base64)"}]"#
    }
}
