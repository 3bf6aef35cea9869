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
    /// Pods get 127.SECOND.THIRD.2 and up.
    package var network: PodNetwork

    package init(
        executable: String,
        folder: String,
        baseEnvironment: [(name: String, value: String)] = [],
        network: PodNetwork
    ) {
        self.executable = executable
        self.folder = folder
        self.baseEnvironment = baseEnvironment
        self.network = network
    }
}

/// Hands out loopback addresses; one is used again only when the others have been.
package struct PodNetwork: Sendable {
    private let prefix: String
    private var next: UInt8 = 2
    private var used: Set<UInt8> = []

    /// `random` picks one of the 63 × 256 networks 127.64.0 to 127.126.255, so that two demos do not meet.
    package init(random: UInt64) {
        prefix = "127.\(64 + random % 63).\(random / 63 % 256)"
    }

    /// nil: all 252 addresses are in use.
    package mutating func take() -> String? {
        for _ in 0..<252 {
            let host = next
            next = host == 253 ? 2 : host + 1
            if used.insert(host).inserted { return "\(prefix).\(host)" }
        }
        return nil
    }

    package mutating func giveBack(_ address: String) {
        if let host = address.split(separator: ".").last.flatMap({ UInt8($0) }) { used.remove(host) }
    }
}

/// Bounds of what LocalNode does at once.
package enum NodeLimits {
    /// Pods on the node; the addresses of one network end there.
    package static let podsMax = 252
    /// Actions that wait to be performed: a few for each Pod.
    package static let pendingActionsMax = 4_096
}
