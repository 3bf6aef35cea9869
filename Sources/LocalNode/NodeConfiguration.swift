/// What LocalNode plays with.
package struct NodeConfiguration: Sendable {
    /// The Node object's name; only Pods bound to it are run.
    package var name = "local-node"
    /// The program every container runs, whatever its image says.
    package var executable: String
    /// Below it: logs, and the Secrets that are mounted.
    package var folder: String
    /// The environment that every container starts with, such as KUBECONFIG.
    package var baseEnvironment: [(name: String, value: String)]
    /// What a Pod's programs are told beyond that, with precedence: how to reach the API as their service account.
    package var credentials: (@Sendable (PodSpec) async throws -> [(name: String, value: String)])?
    package var network: any PodNetwork
    /// How long the process of a Pod that was deleted by force lives on: as if the node heard of it so late.
    package var orphansLiveOn = Duration.zero

    /// False: Deployments, StatefulSets and EndpointSlices are somebody else's, and Pods without a node are bound to this one.
    package var runsControllers = true

    package init(
        executable: String,
        folder: String,
        baseEnvironment: [(name: String, value: String)] = [],
        network: any PodNetwork
    ) {
        self.executable = executable
        self.folder = folder
        self.baseEnvironment = baseEnvironment
        self.network = network
    }
}

/// Bounds of what LocalNode does at once.
package enum NodeLimits {
    /// Pods on the node; the addresses of one loopback network end there.
    package static let podsMax = 252
    /// Actions that wait to be performed: a few for each Pod.
    package static let pendingActionsMax = 4_096
    /// What is read of a network plugin's answer: an address, or why there is none.
    package static let pluginOutputBytesMax = 4_096
    /// A container that ran so long before it ended is started again as quickly as at first.
    package static let steadyRun = Duration.seconds(20)
    /// How long an object that we made counts before a watch has shown it.
    package static let watchPatience = Duration.seconds(10)
    /// Between two tries to write a status that must arrive.
    package static let writeRetry = Duration.milliseconds(500)
}
