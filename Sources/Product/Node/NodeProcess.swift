package import KubeClient
internal import KubeModel
internal import LinuxIO
internal import LocalNode
internal import Logging
internal import Wire

/// `workclaim node`: the played node beside any API server, with this program as every container.
package struct NodeProcess: Sendable {
    package struct Configuration: Sendable {
        package var cluster: ClusterConfiguration
        package var name = "local-node"
        /// Logs of containers and mounted Secrets; made if missing.
        package var folder: String
        /// A program that gives pods networks (`PluginNetwork`); nil: loopback addresses.
        package var networkPlugin: String?
        /// The first three numbers of the pods' addresses, which this machine must have; nil: somewhere below 127.
        package var podRange: String?
        /// A kubeconfig that says where the API is; each pod gets a copy with a token of its own service account. nil: what
        /// `environment` says.
        package var kubeconfig: String?
        /// False beside a kube-controller-manager: then this is a kubelet, and binds Pods as a scheduler with one node does.
        package var runsControllers = true
        package var orphansLiveOn = Duration.zero
        /// What every container and the plugin inherit.
        package var environment: [String: String] = [:]

        package init(cluster: ClusterConfiguration, folder: String) {
            self.cluster = cluster
            self.folder = folder
        }
    }

    private let configuration: Configuration

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// Until the task is cancelled, and then until every container has ended.
    package func run() async throws {
        let thread = try ReactorThread(name: "node-api")
        defer { thread.stop() }
        let api = try RemoteKubeAPI(configuration.cluster, on: thread)
        defer { api.close() }
        for folder in [configuration.folder, configuration.folder + "/logs"] {
            do throws(Errno) {
                try FileWriting.makeFolder(folder, mode: 0o700)
            } catch {
                throw UsageProblem(
                    flag: "--folder",
                    value: folder,
                    remedy: "\(error.text); a folder to write in is expected"
                )
            }
        }
        try await register(api)
        let environment = configuration.environment.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        let network: any PodNetwork =
            if let plugin = configuration.networkPlugin {
                PluginNetwork(plugin, environment: environment, on: thread)
            } else {
                configuration.podRange.map(LoopbackNetwork.init(range:)) ?? LoopbackNetwork(random: RandomBytes.word())
            }
        var settings = NodeConfiguration(
            executable: try ThisProcess.executable(),
            folder: configuration.folder,
            baseEnvironment: environment,
            network: network
        )
        settings.name = configuration.name
        settings.orphansLiveOn = configuration.orphansLiveOn
        settings.runsControllers = configuration.runsControllers
        if let kubeconfig = configuration.kubeconfig {
            let credentials = PodCredentials(api: api, adminKubeconfig: kubeconfig, folder: configuration.folder)
            settings.credentials = { try await credentials.environment(for: $0) }
        }
        let node = try LocalNode(api, settings, log: Logger(label: "node"))
        await withDiscardingTaskGroup { group in
            group.addTask { await node.run() }
            group.addTask { await NodeWatch.run(api, feeding: node) }
        }
    }

    /// As a kubelet does; a Node of that name that is there already is this one.
    private func register(_ api: RemoteKubeAPI) async throws {
        let node: JSONValue = [
            "apiVersion": "v1", "kind": "Node", "metadata": ["name": .string(configuration.name)],
        ]
        do throws(KubeError) {
            _ = try await api.send(.create(.nodes, namespace: "", node))
        } catch {
            guard error.status?.code == 409 else { throw error }
        }
    }
}
