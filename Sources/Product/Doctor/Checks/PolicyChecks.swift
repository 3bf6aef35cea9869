import Wire

/// Whether the API server itself guards ownership, also while the webhook is away.
enum PolicyChecks {
    static func validating(_ facts: ClusterFacts) -> Judgement {
        let apply = "kubectl apply -f manifests/base/admission-policies.yaml"
        let none = Judgement.warn("there is none: while the webhook is away users may forge ownership", apply)
        return facts.policies.validating.judge("the ValidatingAdmissionPolicies", absent: none) { policies in
            guard let policy = policies.first else { return none }
            return facts.policies.validatingBindings.judge("their bindings", absent: unbound(policy, apply)) {
                bindings in
                let own = bindings.filter { isOf(policy, $0) }
                if own.isEmpty { return unbound(policy, apply) }
                let denies = own.contains { ($0.at("spec", "validationActions")?.arrayValue ?? []).contains("Deny") }
                guard denies else { return .fail("\(name(policy)) is bound, but does not Deny", apply) }
                return .worst(of: weaknesses(policy, apply), otherwise: "\(name(policy)) is bound and denies")
            }
        }
    }

    static func mutating(_ facts: ClusterFacts) -> Judgement {
        let apply = "kubectl apply -f manifests/base/mutating-admission-policy.yaml"
        guard let isServed = ServerChecks.servesMutatingPolicies(facts) else {
            return .skipped(
                "what admissionregistration.k8s.io/v1 serves cannot be read",
                "look at kubectl api-resources"
            )
        }
        guard isServed else {
            return .ok("not served here (Kubernetes 1.36 serves it): the webhook puts ownership back")
        }
        let none = Judgement.warn(
            "there is none: while the webhook is away forged ownership is refused, not put back",
            apply
        )
        return facts.policies.mutating.judge("the MutatingAdmissionPolicies", absent: none) { policies in
            guard let policy = policies.first else { return none }
            return facts.policies.mutatingBindings.judge("their bindings", absent: unbound(policy, apply)) { bindings in
                guard bindings.contains(where: { isOf(policy, $0) }) else { return unbound(policy, apply) }
                return .worst(of: weaknesses(policy, apply), otherwise: "\(name(policy)) is bound")
            }
        }
    }

    private static func weaknesses(_ policy: JSONValue, _ apply: String) -> [Judgement] {
        var found: [Judgement] = []
        if policy.at("spec", "failurePolicy")?.stringValue == "Ignore" {
            found.append(.warn("\(name(policy)) has failurePolicy Ignore; Fail is expected", apply))
        }
        for warning in policy.at("status", "typeChecking", "expressionWarnings")?.arrayValue ?? [] {
            found.append(
                .warn(
                    "\(name(policy)): \(warning["fieldRef"]?.stringValue ?? ""): a warning of the type checker",
                    apply
                )
            )
        }
        return found
    }

    private static func unbound(_ policy: JSONValue, _ apply: String) -> Judgement {
        .fail("\(name(policy)) has no binding: it does nothing", apply)
    }

    private static func isOf(_ policy: JSONValue, _ binding: JSONValue) -> Bool {
        binding.at("spec", "policyName")?.stringValue == name(policy)
    }

    private static func name(_ policy: JSONValue) -> String { policy.at("metadata", "name")?.stringValue ?? "" }
}
