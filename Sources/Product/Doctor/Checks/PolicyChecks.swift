import Wire

/// Whether the API server itself guards ownership, also while the webhook is away.
enum PolicyChecks {
    /// Those of admission-policies.yaml, and what goes on without each.
    private static let guards = [
        ("workclaim", "what forges ownership is not refused while the webhook is away"),
        ("workclaim-webhook", "whoever has the webhook's token may point its configuration at other resources"),
        ("workclaim-seats", "whoever may write Leases in any namespace may keep operators from starting"),
    ]

    static func validating(_ facts: ClusterFacts) -> Judgement {
        facts.policies.validating.judge("the ValidatingAdmissionPolicies", absent: guarding([], [])) { policies in
            facts.policies.validatingBindings.judge("their bindings", absent: guarding(policies, [])) { bindings in
                guarding(policies, bindings)
            }
        }
    }

    private static func guarding(_ policies: [JSONValue], _ bindings: [JSONValue]) -> Judgement {
        let apply = "kubectl apply -f manifests/base/admission-policies.yaml"
        var problems: [Judgement] = []
        for (wanted, without) in guards {
            guard let policy = policies.first(where: { name($0) == wanted }) else {
                problems.append(.warn("\(wanted) is missing: \(without)", apply))
                continue
            }
            let own = bindings.filter { isOf(policy, $0) }
            let denies = own.contains { ($0.at("spec", "validationActions")?.arrayValue ?? []).contains("Deny") }
            if own.isEmpty {
                problems.append(unbound(policy, apply))
            } else if !denies {
                problems.append(.fail("\(wanted) is bound, but does not Deny: \(without)", apply))
            } else {
                problems += weaknesses(policy, apply)
            }
        }
        return .worst(of: problems, otherwise: "\(few(guards.map { $0.0 })) are bound and deny")
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
            return .ok("not served here (Kubernetes 1.36 serves it): \(withoutMutating(facts))")
        }
        let none = Judgement.warn("there is none: \(withoutMutating(facts))", apply)
        return facts.policies.mutating.judge("the MutatingAdmissionPolicies", absent: none) { policies in
            guard let policy = policies.first else { return none }
            return facts.policies.mutatingBindings.judge("their bindings", absent: unbound(policy, apply)) { bindings in
                guard bindings.contains(where: { isOf(policy, $0) }) else { return unbound(policy, apply) }
                return .worst(of: weaknesses(policy, apply), otherwise: "\(name(policy)) is bound")
            }
        }
    }

    /// What the validating policy cannot tell from the webhook's own doing, it lets pass.
    private static func withoutMutating(_ facts: ClusterFacts) -> String {
        let failsClosed = facts.webhooks.value?.first?.failsClosed ?? false
        return "only the webhook puts ownership back; "
            + (failsClosed
                ? "while none answers, what would need that is refused (failurePolicy Fail)"
                : "while none answers, users may name the owner of a task that is new or unowned, and never move one "
                    + "that is owned")
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
