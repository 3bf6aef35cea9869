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

    /// 256 random bits in hexadecimal; `identity` is given the token's own name, which is no secret. nil if too many are
    /// out already.
    func issue(_ identity: (_ tokenID: String) -> Identity) -> String? {
        let token = RandomUUID.hex(RandomBytes.make(32))
        let identity = identity(RandomUUID.make())
        return identities.withLock { table in
            guard table.count < LocalClusterLimits.tokensMax else { return nil }
            table[token] = identity
            return token
        }
    }

    /// All of them, for a restart.
    var all: [(token: String, identity: Identity)] {
        identities.withLock { $0.map { ($0.key, $0.value) } }.sorted { $0.token < $1.token }
    }

    func identity(of token: String) -> Identity? { identities.withLock { $0[token] } }
}

extension Identity {
    /// The extra that says by which token or certificate the user proved himself.
    static let credentialID = "authentication.kubernetes.io/credential-id"

    /// Its uid is that of the ServiceAccount, which the rules know. `tokenID`: the JTI of the token.
    static func serviceAccount(_ name: String, namespace: String, pod: TokenPod?, tokenID: String) -> Identity {
        var extra: [(name: String, values: [String])] = []
        if let pod {
            let prefix = "authentication.kubernetes.io/"
            if let node = pod.node { extra.append((prefix + "node-name", [node])) }
            extra.append((prefix + "pod-name", [pod.name]))
            extra.append((prefix + "pod-uid", [pod.uid]))
        }
        let identity = Identity(
            user: "system:serviceaccount:\(namespace):\(name)",
            groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"],
            extra: extra
        )
        return withCredential(identity, tokenID: tokenID)
    }

    static func withCredential(_ identity: Identity, tokenID: String) -> Identity {
        var identity = identity
        identity.extra.insert((credentialID, ["JTI=\(tokenID)"]), at: 0)
        return identity
    }
}

/// 128 random bits, as Kubernetes writes uids.
enum RandomUUID {
    static func make() -> String {
        let digits = hex(RandomBytes.make(16))
        var groups: [Substring] = []
        var rest = digits[...]
        for count in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return groups.joined(separator: "-")
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
