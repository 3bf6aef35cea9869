package import Wire

/// One request as it reaches the rules: who asks (already authenticated) and what.
package struct APIRequest: Sendable, Equatable {
    package var http: HTTPRequest
    package var identity: Identity

    package init(_ http: HTTPRequest, as identity: Identity = .anonymous) {
        self.http = http
        self.identity = identity
    }
}

/// Who asks. What proved it is the shell's business.
package struct Identity: Sendable, Equatable {
    package var user: String
    /// Service accounts have one, client certificates have none.
    package var uid: String?
    package var groups: [String]
    package var extra: [(name: String, values: [String])]

    package init(
        user: String,
        uid: String? = nil,
        groups: [String] = [],
        extra: [(name: String, values: [String])] = []
    ) {
        self.user = user
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    package static let anonymous = Identity(user: "system:anonymous", groups: ["system:unauthenticated"])
    /// As the namespace controller shows itself, with the uid of its account and the name of its token.
    static func namespaceController(uid: String, tokenID: String) -> Identity {
        Identity(
            user: "system:serviceaccount:kube-system:namespace-controller",
            uid: uid,
            groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
            extra: [("authentication.kubernetes.io/credential-id", ["JTI=\(tokenID)"])]
        )
    }

    /// Namespace and name, if this is a service account.
    var serviceAccount: ObjectPlace? {
        let parts = user.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" else { return nil }
        return ObjectPlace(namespace: String(parts[2]), name: String(parts[3]))
    }

    package static func == (left: Identity, right: Identity) -> Bool {
        left.user == right.user && left.uid == right.uid && left.groups == right.groups
            && left.extra.elementsEqual(right.extra) { $0.name == $1.name && $0.values == $1.values }
    }
}

/// Names one request until its answer is complete. The shell chooses the numbers.
package struct RequestID: Sendable, Hashable, Comparable {
    package var number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (left: RequestID, right: RequestID) -> Bool { left.number < right.number }
}

/// Names one webhook call until it is answered. The core chooses the numbers.
package struct CallID: Sendable, Hashable {
    package var number: UInt64
    package init(_ number: UInt64) { self.number = number }
}

/// The shell's two clocks at one step: one to wait by, one to write into objects.
package struct ClusterTime: Sendable, Equatable {
    package var monotonic: MonotonicInstant
    package var wall: Timestamp

    package init(monotonic: MonotonicInstant, wall: Timestamp) {
        self.monotonic = monotonic
        self.wall = wall
    }
}
