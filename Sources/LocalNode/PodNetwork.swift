/// Gives pods addresses, and their processes a network to be in: what a CNI plugin is to a kubelet.
package protocol PodNetwork: Sendable {
    /// The pod's address, until `detach`.
    func attach(_ pod: PodSpec) async throws -> String
    /// What to execute so that `program` runs in the pod's network.
    func wrapping(_ program: [String], for pod: PodSpec) -> [String]
    func detach(_ pod: PodSpec, address: String) async
}

package struct PodNetworkError: Error, Sendable, CustomStringConvertible {
    package var description: String
}

/// All pods in the node's own network, each with a loopback address of its own. An address is used again only when the
/// others have been.
package actor LoopbackNetwork: PodNetwork {
    private let prefix: String
    private var next: UInt8 = 2
    private var used: Set<UInt8> = []

    /// `random` picks one of the 63 × 256 networks 127.64.0 to 127.126.255, so that two nodes do not meet.
    package init(random: UInt64) {
        prefix = "127.\(64 + random % 63).\(random / 63 % 256)"
    }

    /// `range` is the first three numbers, as "10.77.4"; the caller has made them this machine's.
    package init(range: String) { prefix = range }

    package func attach(_ pod: PodSpec) throws -> String {
        for _ in 0..<NodeLimits.podsMax {
            let host = next
            next = host == 253 ? 2 : host + 1
            if used.insert(host).inserted { return "\(prefix).\(host)" }
        }
        throw PodNetworkError(description: "all \(NodeLimits.podsMax) addresses are in use; Pod \(pod.name) gets none")
    }

    package nonisolated func wrapping(_ program: [String], for pod: PodSpec) -> [String] { program }

    package func detach(_ pod: PodSpec, address: String) {
        if let host = address.split(separator: ".").last.flatMap({ UInt8($0) }) { used.remove(host) }
    }
}
