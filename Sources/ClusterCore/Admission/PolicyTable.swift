import Wire

/// The policies that a binding puts into force, in the order of their names and of their bindings' names.
struct PolicyTable: Sendable {
    struct Invocation: Sendable {
        var policy: AdmissionPolicy
        var binding: AdmissionPolicyBinding

        /// Names it among all of the cluster.
        var id: String { "\(policy.name)/\(binding.name)" }
    }
    private(set) var mutating: [Invocation] = []
    private(set) var validating: [Invocation] = []

    init() {}

    init(_ stores: [StoreKey: ObjectStore]) {
        mutating = Self.invocations(stores, "mutatingadmissionpolicies", "mutatingadmissionpolicybindings", true)
        validating = Self.invocations(stores, "validatingadmissionpolicies", "validatingadmissionpolicybindings", false)
    }

    private static let group = "admissionregistration.k8s.io"
    static let keys = [
        "mutatingadmissionpolicies", "mutatingadmissionpolicybindings", "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
    ].map { StoreKey(group: group, plural: $0) }

    private static func invocations(
        _ stores: [StoreKey: ObjectStore],
        _ policies: String,
        _ bindings: String,
        _ isMutating: Bool
    ) -> [Invocation] {
        let known = (stores[StoreKey(group: group, plural: bindings)]?.objects ?? []).compactMap {
            AdmissionPolicyBinding($0.object, name: $0.place.name)
        }
        return (stores[StoreKey(group: group, plural: policies)]?.objects ?? []).flatMap { stored -> [Invocation] in
            let bound = known.filter { $0.policy == stored.place.name }
            guard !bound.isEmpty,
                let policy = AdmissionPolicy(stored.object, name: stored.place.name, isMutating: isMutating)
            else { return [] }
            return bound.map { Invocation(policy: policy, binding: $0) }
        }
    }
}
