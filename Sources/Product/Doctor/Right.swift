/// One thing that somebody must be allowed to do.
package struct Right: Sendable, Hashable {
    package var verb: String
    package var group: String
    package var resource: String
    package var subresource = ""
    /// The one object that it is about; empty: all.
    package var name = ""
    /// Whether it is wanted in the installation's namespace only; else everywhere.
    package var isLocal: Bool

    static func local(_ verbs: String, _ resource: String, _ group: String) -> [Right] {
        rights(verbs, resource, group, isLocal: true)
    }

    static func everywhere(_ verbs: String, _ resource: String, _ group: String) -> [Right] {
        rights(verbs, resource, group, isLocal: false)
    }

    private static func rights(_ verbs: String, _ resource: String, _ group: String, isLocal: Bool) -> [Right] {
        let parts = resource.split(separator: "/").map(String.init)
        return verbs.split(separator: " ").map { verb in
            var right = Right(verb: String(verb), group: group, resource: parts[0], isLocal: isLocal)
            if parts.count > 1 { right.subresource = parts[1] }
            return right
        }
    }

    package var text: String {
        let name = subresource.isEmpty ? resource : resource + "/" + subresource
        return "\(verb) \(group.isEmpty ? name : name + "." + group)" + (self.name.isEmpty ? "" : " " + self.name)
    }

    fileprivate static func named(_ name: String, _ rights: [Right]) -> [Right] {
        rights.map { right in
            var right = right
            right.name = name
            return right
        }
    }
}

/// Whose rights are asked for, and which.
package enum RightHolder: String, Sendable, CaseIterable {
    /// Whoever asks, before an installation.
    case installer
    /// Whoever asks, to see what the other checks need.
    case examiner
    case webhook
    /// A webhook that keeps its certificate itself.
    case certificates
    case operators

    /// As in manifests/base/rbac.yaml; a test holds the two together.
    package var rights: [Right] {
        switch self {
        case .webhook:
            Right.local("list watch", "endpointslices", Self.discovery)
                + Right.local("list watch", "leases", Self.coordination)
        case .certificates:
            Right.named("workclaim-webhook-tls", Right.local("get list watch update", "secrets", ""))
                + Right.named(
                    "workclaim",
                    Right.everywhere("get list watch patch", "mutatingwebhookconfigurations", Self.registration)
                )
        case .operators:
            Right.local("get list watch create patch delete", "leases", Self.coordination)
                + Right.local("get list watch", "pods", "")
                + Right.local("list", "endpointslices", Self.discovery)
                + Right.everywhere("get list watch patch delete handover", "task-owners", Self.tasks)
                + Right.everywhere("patch", "task-owners/status", Self.tasks)
                + Right.everywhere("list", "leases", Self.coordination)
                + Right.everywhere("create patch", "events", "")
        case .examiner:
            Right.local("get list", "pods", "") + Right.local("get", "services", "")
                + Right.local("list", "endpointslices", Self.discovery)
                + Right.everywhere("create", "task-owners", Self.tasks)
                + Right.everywhere("list", "leases", Self.coordination)
                + Right.everywhere("list", "task-owners", Self.tasks)
                + Right.everywhere("get", "customresourcedefinitions", Self.extensions)
                + Right.everywhere("list", "mutatingwebhookconfigurations", Self.registration)
                + Right.everywhere("create", "subjectaccessreviews", "authorization.k8s.io")
        case .installer:
            Right.everywhere("create", "namespaces", "")
                + Right.everywhere("create", "customresourcedefinitions", Self.extensions)
                + Right.everywhere("create", "mutatingwebhookconfigurations", Self.registration)
                + Right.everywhere("create", "validatingadmissionpolicies", Self.registration)
                + Right.everywhere("create", "validatingadmissionpolicybindings", Self.registration)
                + Right.everywhere("create", "clusterroles", Self.rbac)
                + Right.everywhere("create", "clusterrolebindings", Self.rbac)
                + Self.mutatingPolicies
                + Right.everywhere("create", "flowschemas", "flowcontrol.apiserver.k8s.io")
                + Right.everywhere("create", "prioritylevelconfigurations", "flowcontrol.apiserver.k8s.io")
                + Right.local("create", "roles", Self.rbac) + Right.local("create", "rolebindings", Self.rbac)
                + Right.local("create", "serviceaccounts", "") + Right.local("create", "services", "")
                + Right.local("create", "secrets", "") + Right.local("create", "deployments", "apps")
                + Right.local("create", "networkpolicies", "networking.k8s.io")
                + Right.local("create", "poddisruptionbudgets", "policy")
                // Nobody may give a right away that he does not have.
                + Right.everywhere("handover", "task-owners", Self.tasks)
        }
    }

    /// Of an installer, where the API server has such policies.
    package static let mutatingPolicies =
        Right.everywhere("create", "mutatingadmissionpolicies", registration)
        + Right.everywhere("create", "mutatingadmissionpolicybindings", registration)

    private static let coordination = "coordination.k8s.io"
    private static let discovery = "discovery.k8s.io"
    private static let tasks = "future.ideas.protosam"
    private static let extensions = "apiextensions.k8s.io"
    private static let registration = "admissionregistration.k8s.io"
    private static let rbac = "rbac.authorization.k8s.io"
}

/// What an API server answered about somebody's rights.
package struct RightsFacts: Sendable, Equatable {
    package var holder: RightHolder
    /// In words: a user's or service account's name.
    package var name: String
    package var missing: Fact<[Right]>

    package init(_ holder: RightHolder, name: String, missing: Fact<[Right]>) {
        self.holder = holder
        self.name = name
        self.missing = missing
    }
}
