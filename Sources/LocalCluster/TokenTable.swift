internal import ClusterCore
internal import LinuxIO
internal import Synchronization
internal import Wire

/// The pod that holds a service account's token, as a projected token names it.
package struct TokenPod: Sendable, Equatable {
    package var name: String
    package var uid: String
    package var node: String?

    package init(name: String, uid: String, node: String? = nil) {
        self.name = name
        self.uid = uid
        self.node = node
    }
}

/// The bearer tokens given out, and who each one stands for.
final class TokenTable: Sendable {
    private let identities: Mutex<[String: Identity]>

    init(restored: [(token: String, identity: Identity)] = []) {
        identities = Mutex(Dictionary(restored.map { ($0.token, $0.identity) }) { first, _ in first })
    }

    /// 256 random bits in hexadecimal.
    func issue(_ identity: Identity) -> String {
        let token = RandomBytes.make(32).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        identities.withLock { table in
            precondition(table.count < LocalClusterLimits.tokensMax, "too many tokens were given out")
            table[token] = identity
        }
        return token
    }

    /// All of them, for a restart.
    var all: [(token: String, identity: Identity)] {
        identities.withLock { $0.map { ($0.key, $0.value) } }.sorted { $0.token < $1.token }
    }

    func identity(of token: String) -> Identity? { identities.withLock { $0[token] } }
}

extension Identity {
    static func serviceAccount(_ name: String, namespace: String, pod: TokenPod?) -> Identity {
        var extra: [(name: String, values: [String])] = []
        if let pod {
            let prefix = "authentication.kubernetes.io/"
            if let node = pod.node { extra.append((prefix + "node-name", [node])) }
            extra.append((prefix + "pod-name", [pod.name]))
            extra.append((prefix + "pod-uid", [pod.uid]))
        }
        return Identity(
            user: "system:serviceaccount:\(namespace):\(name)",
            groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"],
            extra: extra
        )
    }
}
