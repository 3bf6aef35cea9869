import FoundationEssentials
import LinuxIO
import TestSupport
import Wire

/// An API server as processes, with a kubeconfig of its administrator.
struct ControlPlane: Sendable {
    /// What real endpoints and API servers need: an address that is not loopback. `./run e2e` makes 10.77.0.0/16 this
    /// machine's own, in a network namespace.
    private static let address = "10.77.0.1"
    private static let podRange = "10.77.4"

    let kubeconfig: String
    private let programs: [RunningProgram]

    static func embedded(in folder: ScratchFolder, on thread: ReactorThread) async throws -> ControlPlane {
        let kubeconfig = folder.path("kubeconfig")
        let server = try await Binary.start(
            ["devcluster", "--kubeconfig-out", kubeconfig],
            output: folder.path("devcluster.log"),
            on: thread
        )
        try await eventually("devcluster serves", seconds: 30) { (try? FileReading.read(kubeconfig)) != nil }
        let node = try await Binary.start(
            ["node", "--kubeconfig", kubeconfig, "--folder", folder.path("node")],
            output: folder.path("node.log"),
            on: thread
        )
        return ControlPlane(kubeconfig: kubeconfig, programs: [server, node])
    }

    static func binaries(_ assets: String, in folder: ScratchFolder, on thread: ReactorThread) async throws
        -> ControlPlane
    {
        func start(_ name: String, _ arguments: [String]) async throws -> RunningProgram {
            try await Binary.start(arguments, of: "\(assets)/\(name)", output: folder.path(name + ".log"), on: thread)
        }
        let kubeconfig = try credentials(in: folder)
        let client = "http://127.0.0.1:2379"
        let etcd = try await start(
            "etcd",
            [
                "--data-dir", folder.path("etcd"), "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", "http://127.0.0.1:2380",
            ]
        )
        let key = folder.path("sa.key")
        let server = try await start(
            "kube-apiserver",
            [
                "--etcd-servers=\(client)", "--advertise-address=\(address)", "--bind-address=\(address)",
                "--secure-port=6443", "--tls-cert-file=\(folder.path("tls.crt"))",
                "--tls-private-key-file=\(folder.path("tls.key"))", "--token-auth-file=\(folder.path("tokens"))",
                "--authorization-mode=RBAC", "--service-cluster-ip-range=10.96.0.0/16",
                "--service-account-issuer=https://\(address):6443", "--service-account-key-file=\(key)",
                "--service-account-signing-key-file=\(key)",
                // Nobody routes cluster IPs here: webhooks are called at their endpoints.
                "--enable-aggregator-routing=true",
            ]
        )
        try await eventually("kube-apiserver is ready", seconds: 120) {
            try Kubectl(kubeconfig: kubeconfig, home: folder.path).run(["get", "--raw", "/readyz"]).status == 0
        }
        var programs = [etcd, server]
        let hasControllers = FileManager.default.isExecutableFile(atPath: "\(assets)/kube-controller-manager")
        if hasControllers {
            programs.append(
                try await start(
                    "kube-controller-manager",
                    [
                        "--kubeconfig=\(kubeconfig)", "--service-account-private-key-file=\(key)",
                        "--root-ca-file=\(folder.path("ca.crt"))", "--secure-port=0", "--leader-elect=false",
                        // All but those that judge nodes by a kubelet's heartbeats.
                        "--controllers=*,-node-lifecycle-controller,-node-ipam-controller,-taint-eviction-controller",
                    ]
                )
            )
        } else {
            print("kube-controller-manager is not in \(assets): our own controllers play its part")
        }
        programs.append(
            try await Binary.start(
                ["node", "--kubeconfig", kubeconfig, "--folder", folder.path("node"), "--pod-range", podRange]
                    + (hasControllers ? ["--without-controllers"] : []),
                output: folder.path("node.log"),
                on: thread
            )
        )
        return ControlPlane(kubeconfig: kubeconfig, programs: programs)
    }

    /// Certificates and tokens of the real server, and the kubeconfig that goes with them.
    private static func credentials(in folder: ScratchFolder) throws -> String {
        let made = try Binary.run(["certs", "--dir", folder.path, "--ip", address, "--name", "kubernetes"])
        guard made.status == 0 else { throw Trouble("workclaim certs: \(made.output)") }
        guard let openssl = ForeignProgram("openssl") else { throw Trouble("no openssl for the service accounts' key") }
        let key = try openssl.run(["genrsa", "-out", folder.path("sa.key"), "2048"])
        guard key.status == 0 else { throw Trouble("openssl: \(key.output)") }
        let token = UUID().uuidString
        try folder.write("tokens", Array("\(token),e2e,e2e,\"system:masters\"\n".utf8))
        let kubeconfig = """
            apiVersion: v1
            kind: Config
            current-context: e2e
            clusters: [{name: e2e, cluster: {server: "https://\(address):6443", certificate-authority: \(folder.path("ca.crt"))}}]
            users: [{name: e2e, user: {token: \(token)}}]
            contexts: [{name: e2e, context: {cluster: e2e, user: e2e}}]

            """
        try folder.write("kubeconfig", Array(kubeconfig.utf8))
        return folder.path("kubeconfig")
    }

    /// Ends all of it, the last first.
    func stop() async {
        for program in programs.reversed() {
            program.handle.signal(.terminate)
            let end = Task { await program.end() }
            // A real API server first waits for watches to close.
            let impatience = Task {
                try await Task.sleep(for: .seconds(10))
                program.handle.signal(.kill)
            }
            _ = await end.value
            impatience.cancel()
        }
    }
}

struct Trouble: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
