/// Whether everybody may do what is expected of him.
enum RightsChecks {
    static func rights(_ holders: RightHolder..., facts: ClusterFacts) -> Judgement {
        let asked = facts.rights.filter { holders.contains($0.holder) }
        guard !asked.isEmpty else { return .skipped("nobody was asked about them", "see api-server") }
        return .worst(
            of: asked.compactMap { judge($0, facts) },
            otherwise: "\(few(Set(asked.map(\.name)).sorted())) may do all that is needed "
                + "(\(Set(asked.map(\.holder)).map(\.rights.count).reduce(0, +)) rights)"
        )
    }

    private static func judge(_ facts: RightsFacts, _ all: ClusterFacts) -> Judgement? {
        switch facts.missing {
        case .absent, .known([]): return nil
        case .unknown(let why):
            return .skipped(
                "rights of \(facts.name) cannot be asked for: \(why)",
                "run this as a cluster's administrator"
            )
        case .known(let missing):
            let text = "\(facts.name) may not \(few(missing.map(\.text)))"
            switch facts.holder {
            case .installer: return .fail(text, "install as a cluster's administrator")
            case .examiner:
                return .skipped(text, "what needs these is skipped below; run this as a cluster's administrator")
            case .webhook, .certificates, .operators:
                return .fail(text, "kubectl apply -f manifests/base/rbac.yaml; kubectl auth can-i tells more")
            }
        }
    }
}
