import Schema
import Wire

/// Checks of PodDisruptionBudgets. They are kept for clients that install them: nobody evicts pods here.
enum DisruptionBudgetRules {
    static func validate(_ object: JSONValue) -> [FieldCause] {
        let spec = object["spec"] ?? [:]
        var causes: [FieldCause] = []
        if spec["minAvailable"] != nil, spec["maxUnavailable"] != nil {
            causes.append(.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set"))
        }
        for name in ["minAvailable", "maxUnavailable"] {
            if let value = spec[name] { causes += FieldRules.count(value, "spec.\(name)") }
        }
        causes += FieldRules.selector(spec["selector"] ?? [:], "spec.selector")
        let policies = ["AlwaysAllow", "IfHealthyBudget"]
        if let policy = spec["unhealthyPodEvictionPolicy"], !policies.contains(policy.stringValue ?? "") {
            causes.append(.notSupported("spec.unhealthyPodEvictionPolicy", policy, policies))
        }
        return causes
    }
}
