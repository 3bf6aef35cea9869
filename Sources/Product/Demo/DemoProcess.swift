internal import KubeClient
internal import KubeModel
internal import LinuxIO
internal import LocalNode
internal import Logging
internal import Wire

/// `workclaim demo`: an API server, a webhook and operators as real processes, and tasks for them.
package struct DemoProcess {
    static let namespace = "workclaim"
    static let operatorName = "leaderless-operator"
    static let webhookName = "workclaim-webhook"

    private let configuration: DemoConfiguration
    private let environment: [String: String]
    /// Where people read; the log goes to standard error.
    private let say: @Sendable (String) -> Void

    package init(
        _ configuration: DemoConfiguration,
        environment: [String: String],
        say: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.environment = environment
        self.say = say
    }

    /// Until the task is cancelled, or with `exitsWhenDone` until the tasks are done. Leaves nothing behind.
    package func run() async throws {
        let folder = try DemoFolder(environment: environment)
        defer { folder.remove() }
        let executable = try ThisProcess.executable()
        let thread = try ReactorThread(name: "demo")
        defer { thread.stop() }
        let server = try await APIServerProcess.start(
            executable: executable,
            folder: folder,
            listen: configuration.listen,
            auditLog: configuration.auditLog,
            on: thread
        )
        let kubeconfig = configuration.kubeconfigOut ?? server.kubeconfig
        if kubeconfig != server.kubeconfig {
            try FileWriting.replace(kubeconfig, try FileReading.read(server.kubeconfig), mode: 0o600)
        }
        let cluster = try ClusterConfiguration.discover(kubeconfig: server.kubeconfig, environment: environment)
        let api = try RemoteKubeAPI(cluster, on: thread)
        do {
            try await play(api, folder, executable, kubeconfig, server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func play(
        _ api: RemoteKubeAPI,
        _ folder: DemoFolder,
        _ executable: String,
        _ kubeconfig: String,
        _ server: APIServerProcess
    ) async throws {
        try await install(api)
        var settings = NodeConfiguration(
            executable: executable,
            folder: folder.path,
            baseEnvironment: [("SWIFT_BACKTRACE", "enable=no")],
            network: LoopbackNetwork(random: RandomBytes.word())
        )
        let credentials = PodCredentials(api: api, adminKubeconfig: server.kubeconfig, folder: folder.path)
        settings.credentials = { try await credentials.environment(for: $0) }
        let node = try LocalNode(api, settings, log: Logger(label: "node"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await node.run() }
            group.addTask { await NodeWatch.run(api, feeding: node) }
            let story = DemoStory(
                configuration: configuration,
                api: api,
                folder: folder,
                kubeconfig: kubeconfig,
                say: say
            )
            // The node ends with the group, whatever the story came to.
            defer { group.cancelAll() }
            try await story.tell()
        }
    }

    /// CRD, identities, webhook and operator from the manifests; the webhook makes its certificate by itself.
    private func install(_ api: RemoteKubeAPI) async throws {
        let installer = ManifestInstaller(api: api)
        let operators = configuration.operators
        try await installer.install(from: configuration.manifests) { object in
            var object = object
            switch object["kind"]?.stringValue {
            case "Deployment" where object.at("metadata", "name")?.stringValue == Self.operatorName:
                object["spec"]?["replicas"] = .integer(Int64(operators))
            case "Deployment": Self.shortenDrain(&object)
            default: break
            }
            return object
        }
        try await installer.apply(["apiVersion": "v1", "kind": "Node", "metadata": ["name": "local-node"]])
    }

    /// When the demo ends nobody is left who would need the webhook's ten seconds as a lame duck.
    private static func shortenDrain(_ deployment: inout JSONValue) {
        guard var containers = deployment.at("spec", "template", "spec", "containers")?.arrayValue, !containers.isEmpty
        else {
            return
        }
        containers[0]["args"] = .array((containers[0]["args"]?.arrayValue ?? []) + ["--drain=1"])
        deployment["spec"]?["template"]?["spec"]?["containers"] = .array(containers)
    }
}
