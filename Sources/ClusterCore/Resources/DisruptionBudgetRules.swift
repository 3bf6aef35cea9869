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
            if let value = spec[name] { causes += count(value, "spec.\(name)") }
        }
        let policies = ["AlwaysAllow", "IfHealthyBudget"]
        if let policy = spec["unhealthyPodEvictionPolicy"], !policies.contains(policy.stringValue ?? "") {
            causes.append(.notSupported("spec.unhealthyPodEvictionPolicy", policy, policies))
        }
        return causes
    }

    /// A number of pods, or a part of them in percent.
    private static func count(_ value: JSONValue, _ path: String) -> [FieldCause] {
        if let number = value.integerValue {
            return number >= 0 ? [] : [.invalid(path, value, "must be greater than or equal to 0")]
        }
        let text = value.stringValue ?? ""
        guard text.hasSuffix("%"), let percent = UInt64(text.dropLast()) else {
            let why =
                "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex "
                + "used for validation is '[0-9]+%')"
            return [.invalid(path, value, why)]
        }
        return percent <= 100 ? [] : [.invalid(path, value, "must not be greater than 100%")]
    }
}
