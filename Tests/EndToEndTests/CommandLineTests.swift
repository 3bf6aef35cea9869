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
        (
            ["operator", "--service", "s", "--profile", "hasty"],
            "--profile hasty: fast, default, calm, or R/H/D in seconds is expected"
        ),
        (["operator", "--service", "s", "--exec", "tool"], "--exec tool: a path is expected"),
        (["operator", "--service", "s", "--exec", "/no/tool"], "--exec /no/tool: No such file"),
        (["operator", "--service", "s", "--exec-again", "0"], "--exec-again 0: 1 to 86400 seconds"),
        (["operator", "--service", "s", "--drain", "3601"], "--drain 3601: 0 to 3600 seconds"),
        (["guard", "/bin/true"], "only workclaim operator can start a guard"),
        (["operator", "--service", "s", "--namespace", "n"], "POD_NAME is not set"),
        (["devcluster", "--kubeconfig-out", "/dev/null", "--listen", "8.8.8.8:1"], "--listen 8.8.8.8:1"),
        (["devcluster", "--kubeconfig-out", "/dev/null", "--listen", "nonsense"], "--listen nonsense"),
        (
            ["devcluster", "--kubeconfig-out", "/no/such/folder/config"],
            "--kubeconfig-out /no/such/folder/config: No such"
        ),
        (
            ["devcluster", "--kubeconfig-out", "/dev/null", "--data", "/no/such/folder/file"],
            "--data /no/such/folder/file: No such"
        ),
        (["devcluster", "--kubeconfig-out", "/dev/null", "--data", Binary.path], "--data \(Binary.path): "),
        (
            ["webhook", "--tls-cert", "/no/cert", "--tls-key", "/no/key", "--members", "a"],
            "--tls-cert /no/cert: No such"
        ),
        (["webhook", "--members", "a"], "with which certificate? --cert-secret NAME"),
        (["webhook", "--members", "a", "--cert-secret", "s"], "--webhook-configuration NAME is expected"),
        (
            ["webhook", "--members", "a", "--cert-secret", "s", "--webhook-configuration", "c"],
            "--own-service NAME is expected"
        ),
        (
            ["webhook", "--members", "a", "--cert-secret", "s", "--tls-cert", "f", "--tls-key", "k"],
            "exclude each other"
        ),
        (
            [
                "webhook", "--members", "a", "--cert-secret", "s", "--webhook-configuration", "c", "--own-service", "w",
                "--cert-lifetime", "90",
            ],
            "--cert-lifetime 90: a whole number with its unit is expected"
        ),
        (
            [
                "webhook", "--members", "a", "--cert-secret", "s", "--webhook-configuration", "c", "--own-service", "w",
                "--ca-lifetime", "100d",
            ],
            "an authority must live three times as long"
        ),
        (["demo", "--manifests", "/no/manifests", "--exit"], "--manifests /no/manifests: "),
        (["certs", "--dir", "/no/such", "--days", "0"], "--days 0: a number from 1 to 3650"),
        (["nonsense"], "nonsense"),
    ])
    func wrongUseIsExitCode2AndSaysWhatWouldBeRight(arguments: [String], message: String) throws {
        let end = try Binary.run(arguments)
        #expect(end.status == 2, "\(end.output)")
        #expect(end.output.contains(message), "\(end.output)")
    }

    @Test(arguments: [
        (["--members", "op-a,,op-b"], "--members op-a,,op-b: member 2: \"\" is no pod name"),
        (["--members-file", "/no/list"], "--members-file /no/list: open /no/list: No such"),
    ])
    func membersThatCannotBeAreToldAtTheStart(members: [String], message: String) throws {
        let folder = try ScratchFolder()
        let certs = try Binary.run(["certs", "--dir", folder.path("certs")])
        #expect(certs.status == 0, "\(certs.output)")
        let files = ["--tls-cert", folder.path("certs/tls.crt"), "--tls-key", folder.path("certs/tls.key")]
        let end = try Binary.run(["webhook", "--listen", "127.0.0.1:0"] + files + members)
        #expect(end.status == 2, "\(end.output)")
        #expect(end.output.contains(message), "\(end.output)")
    }

    @Test func theVersionSaysWhatTheProgramIsMadeOf() throws {
        let end = try Binary.run(["version"])
        #expect(end.status == 0)
        let lines = end.output.split(separator: "\n").map(String.init)
        let first = ["workclaim ", "commit ", "Swift 6.", "OpenSSL 3.", "nghttp2 1.", "glibc 2."]
        #expect(lines.count == first.count && zip(lines, first).allSatisfy { $0.hasPrefix($1) }, "\(end.output)")
        #expect(try Binary.run(["--version"]).output == end.output)
    }

    @Test func theDoctorOfNoClusterSaysSo() throws {
        let folder = try ScratchFolder()
        let config = """
            {"apiVersion": "v1", "kind": "Config", "current-context": "a", "users": [],
             "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}],
             "contexts": [{"name": "a", "context": {"cluster": "a"}}]}
            """
        try folder.write("config", Array(config.utf8))
        let end = try Binary.run(["doctor", "--kubeconfig", folder.path("config")])
        #expect(end.status == 1)
        #expect(end.output.contains("127.0.0.1:1") && end.output.contains("refused"), "\(end.output)")
        #expect(try Binary.run(["doctor", "-o", "yaml"]).status == 2)
    }

    @Test(arguments: ["doctor", "status"])
    func aContextIsChosenByNameAndOneThatIsNotThereIsAnsweredWithThoseThatAre(command: String) throws {
        let folder = try ScratchFolder()
        let config = """
            {"apiVersion": "v1", "kind": "Config", "current-context": "a", "users": [],
             "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}},
                          {"name": "b", "cluster": {"server": "http://127.0.0.1:2"}}],
             "contexts": [{"name": "a", "context": {"cluster": "a"}}, {"name": "b", "context": {"cluster": "b"}}]}
            """
        try folder.write("config", Array(config.utf8))
        let chosen = try Binary.run([command, "--kubeconfig", folder.path("config"), "--context", "b"])
        #expect(chosen.status == 1)
        #expect(chosen.output.contains("127.0.0.1:2"), "\(chosen.output)")
        let unknown = try Binary.run([command, "--kubeconfig", folder.path("config"), "--context", "c"])
        #expect(unknown.status == 2)
        #expect(
            unknown.output.contains(#"--context: contexts has no entry named "c"; there are: a, b"#),
            "\(unknown.output)"
        )
    }

    @Test func aReadyFileThatCannotBeWrittenIsNamed() throws {
        let folder = try ScratchFolder()
        let path = folder.path("no/such/ready")
        let end = try Binary.run(["devcluster", "--kubeconfig-out", folder.path("config"), "--ready-file", path])
        #expect(end.status == 2, "\(end.output)")
        #expect(end.output.contains("--ready-file \(path): No such file"), "\(end.output)")
    }

    @Test func aMissingKubeconfigIsNamed() throws {
        let end = try Binary.run([
            "operator", "--service", "s", "--namespace", "n", "--seat", "op-1", "--kubeconfig", "/no/such/file",
        ])
        #expect(end.status == 2)
        #expect(end.output.contains("/no/such/file"), "\(end.output)")
    }

    @Test func theWebhookAnswersCurlOnEveryEndpoint() async throws {
        let curl = try ForeignProgram.needed("curl")
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
        let address = try await readyAddress("webhook", folder, webhook)
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

    /// Told to end, and interrupted: 0 and 130.
    @Test(arguments: [(ProcessSignal.terminate, 0 as Int32), (.interrupt, 130)] as [(ProcessSignal, Int32)])
    func theDevclusterSaysWhereItServesAndHowItEnded(signal: ProcessSignal, code: Int32) async throws {
        let kubectl = try ForeignProgram.needed("kubectl")
        let folder = try ScratchFolder()
        let thread = try ReactorThread(name: "devcluster-test")
        let cluster = try await Binary.start(
            ["devcluster", "--kubeconfig-out", folder.path("config"), "--ready-file", folder.path("ready")],
            output: folder.path("log"),
            on: thread
        )
        let address = try await readyAddress("api", folder, cluster)
        let version = try kubectl.run(["--kubeconfig", folder.path("config"), "get", "--raw", "/readyz"])
        #expect(version.output.hasPrefix("ok"), "\(version.output)")
        #expect(String(decoding: try folder.read("config"), as: UTF8.self).contains("https://\(address)"))
        #expect(folder.mode("config") == 0o600, "it holds an administrator's key")
        cluster.handle.signal(signal)
        #expect(await cluster.end()?.exitCode == code)
    }

    /// Clients need not notice more than an outage: the address, the authority and the objects are those of before.
    @Test func theDevclusterGoesOnFromItsDataFileAfterARestart() async throws {
        let kubectl = try ForeignProgram.needed("kubectl")
        let folder = try ScratchFolder()
        let thread = try ReactorThread(name: "devcluster-test")
        var listen = "127.0.0.1:0"
        for round in 1...3 {
            let cluster = try await Binary.start(
                [
                    "devcluster", "--listen", listen, "--kubeconfig-out", folder.path("config-\(round)"),
                    "--ready-file", folder.path("ready"), "--data", folder.path("data"),
                ],
                output: folder.path("log"),
                on: thread
            )
            listen = try await readyAddress("api", folder, cluster)
            let options = ["--kubeconfig", folder.path("config-1")]
            let name = "m\(round)"
            #expect(try kubectl.run(options + ["create", "configmap", name]).status == 0)
            let names = try kubectl.run(options + ["get", "configmaps", "-o", "name"]).output
            #expect(names.split(separator: "\n").count == round, "\(names)")
            cluster.handle.signal(.terminate)
            #expect(await cluster.end()?.exitCode == 0)
            try FileWriting.remove(folder.path("ready"))
        }
    }

    /// From the one JSON object that the ready file gets: `addresses` by their names, and `pid`.
    private func readyAddress(
        _ name: String,
        _ folder: ScratchFolder,
        _ program: RunningProgram
    ) async throws -> String {
        let deadline = BootClock.now() + .seconds(20)
        while BootClock.now() < deadline {
            if let bytes = try? folder.read("ready") {
                let ready = try JSONValue.parse(bytes)
                #expect(ready["pid"] == .integer(Int64(program.handle.pid)))
                return try #require(ready.at("addresses", name)?.stringValue)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("not ready: \(program.text)")
        return ""
    }
}
