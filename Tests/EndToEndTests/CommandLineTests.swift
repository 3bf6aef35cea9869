import LinuxIO
import TestSupport
import Testing
import Wire

/// What other tools rely on: exit codes, messages that name the flag, health endpoints, the ready file.
@Suite struct CommandLineTests {
    @Test(arguments: [
        (["demo", "--operators", "0"], "--operators 0: 1 to 50"),
        (["webhook", "--tls-cert", "a", "--tls-key", "b"], "who may own tasks?"),
        (["webhook", "--tls-cert", "a", "--tls-key", "b", "--members", "a", "--service", "s"], "exclude each other"),
        (["operator", "--service", "s", "--profile", "hasty"], "--profile hasty: fast, default or calm"),
        (["operator", "--service", "s", "--exec", "tool"], "--exec tool: a path is due"),
        (["operator", "--service", "s", "--namespace", "n"], "POD_NAME is not set"),
        (["devcluster", "--kubeconfig-out", "/dev/null", "--listen", "8.8.8.8:1"], "--listen 8.8.8.8:1"),
        (["devcluster", "--kubeconfig-out", "/dev/null", "--listen", "nonsense"], "--listen nonsense"),
        (["nonsense"], "nonsense"),
    ])
    func wrongUseIsExitCode2AndSaysWhatWouldBeRight(arguments: [String], message: String) throws {
        let end = try Binary.run(arguments)
        #expect(end.status == 2, "\(end.output)")
        #expect(end.output.contains(message), "\(end.output)")
    }

    @Test func aMissingKubeconfigIsNamed() throws {
        let end = try Binary.run([
            "operator", "--service", "s", "--namespace", "n", "--seat", "op-1", "--kubeconfig", "/no/such/file",
        ])
        #expect(end.status == 2)
        #expect(end.output.contains("/no/such/file"), "\(end.output)")
    }

    @Test func theWebhookAnswersCurlOnEveryEndpoint() async throws {
        guard let curl = ForeignProgram("curl") else { return }
        let folder = try ScratchFolder()
        let certs = try Binary.run(["certs", "--dir", folder.path("certs"), "--name", "localhost", "--ip", "127.0.0.1"])
        #expect(certs.status == 0, "\(certs.output)")
        let thread = try ReactorThread(name: "webhook-test")
        let webhook = try await Binary.start(
            [
                "webhook", "--listen", "127.0.0.1:0", "--tls-cert", folder.path("certs/tls.crt"), "--tls-key",
                folder.path("certs/tls.key"), "--members", "op-a,op-b", "--ready-file", folder.path("ready"), "--drain",
                "0",
            ],
            output: folder.path("log"),
            on: thread
        )
        let address = try await readyAddress(folder, webhook)
        let base = ["-sS", "--cacert", folder.path("certs/ca.crt")]
        func get(_ path: String, _ more: String...) throws -> String {
            try curl.run(base + more + ["https://\(address)\(path)"]).output
        }
        #expect(try get("/healthz") == "ok\n")
        #expect(try get("/livez", "--http1.1") == "ok\n")
        #expect(try get("/readyz", "--http2") == "ok\n")
        let verbose = try get("/readyz?verbose")
        #expect(verbose.contains("[+]certificate ok\n") && verbose.contains("[+]members ok\n"), "\(verbose)")
        #expect(verbose.hasSuffix("readyz check passed\n"))
        let sample = "\(Binary.root)/Tests/OwnershipTests/Fixtures/admission-samples/01-create-name.CREATE.001.json"
        for version in ["--http1.1", "--http2"] {
            let answer = try get(
                "/mutate/task-owners",
                version,
                "-H",
                "Content-Type: application/json",
                "--data-binary",
                "@\(sample)"
            )
            #expect(answer.contains(#""allowed":true"#) && answer.contains(#""patchType":"JSONPatch""#), "\(answer)")
        }
        let broken = try get(
            "/mutate/task-owners",
            "-w",
            "%{http_code}",
            "-d",
            "{}",
            "-H",
            "Content-Type: application/json"
        )
        #expect(broken.hasSuffix("400"), "\(broken)")
        let metrics = try get("/metrics")
        #expect(metrics.contains(#"workclaim_admissions_total{outcome="filled"} 2"#), "\(metrics)")
        #expect(metrics.contains("workclaim_members 2"))
        webhook.handle.signal(.terminate)
        #expect(await webhook.end()?.exitCode == 0)
    }

    private func readyAddress(_ folder: ScratchFolder, _ program: RunningProgram) async throws -> String {
        let deadline = BootClock.now() + .seconds(20)
        while BootClock.now() < deadline {
            if let bytes = try? folder.read("ready") {
                let text = String(decoding: bytes, as: UTF8.self)
                let parts = text.split(separator: "\"")
                if let index = parts.firstIndex(of: "webhook") { return String(parts[index + 2]) }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("not ready: \(program.text)")
        return ""
    }
}
