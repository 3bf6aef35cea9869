import Wire

/// Whether the API server can do what is needed of it.
enum ServerChecks {
    private static let least = 31

    static func version(_ facts: ClusterFacts) -> Judgement {
        facts.version.judge("the version", absent: .fail("there is no /version", "is this a Kubernetes API server?")) {
            let name = $0["gitVersion"]?.stringValue ?? "of unknown version"
            guard let major = number($0["major"]), let minor = number($0["minor"]) else {
                return .warn("the API server is \(name), which cannot be read", "1.\(least) or later is expected")
            }
            guard major > 1 || minor >= least else {
                return .fail(
                    "the API server is \(name); selectableFields of CRDs need 1.\(least)",
                    "upgrade it to 1.\(least) or later"
                )
            }
            return .ok("Kubernetes \(name)")
        }
    }

    /// A cloud's minor may read `31+`.
    private static func number(_ value: JSONValue?) -> Int? {
        Int((value?.stringValue ?? "").prefix { $0.isASCII && $0.isNumber })
    }

    static func mutatingPolicies(_ facts: ClusterFacts) -> Judgement {
        servesMutatingPolicies(facts).map { isServed -> Judgement in
            .ok(
                isServed
                    ? "MutatingAdmissionPolicy is served: apply mutating-admission-policy.yaml too"
                    : "MutatingAdmissionPolicy is not served: leave mutating-admission-policy.yaml out"
            )
        } ?? .skipped("what admissionregistration.k8s.io/v1 serves cannot be read", "look at kubectl api-resources")
    }

    static func servesMutatingPolicies(_ facts: ClusterFacts) -> Bool? {
        facts.admissionResources.value.map { $0.contains("mutatingadmissionpolicies") }
    }
}
