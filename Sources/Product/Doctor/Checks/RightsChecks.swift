/// Whether everybody may do what is expected of him.
enum RightsChecks {
    static func rights(_ holder: RightHolder, _ facts: ClusterFacts) -> Judgement {
        let asked = facts.rights.filter { $0.holder == holder }
        guard !asked.isEmpty else { return .skipped("nobody was asked about them", "see api-server") }
        return .worst(
            of: asked.compactMap { judge($0, facts) },
            otherwise: "\(few(asked.map(\.name))) may do all that is needed (\(holder.rights.count) rights)"
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
            case .webhook, .operators:
                return .fail(text, "kubectl apply -f manifests/base/rbac.yaml; kubectl auth can-i tells more")
            }
        }
    }
}
