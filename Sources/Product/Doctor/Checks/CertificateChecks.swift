import TLSEngine
import Wire

/// Whether the API server can trust the webhook, and for how long.
enum CertificateChecks {
    private static let week: Int64 = 7 * 86_400

    /// A week ahead, or where a certificate lives short by intention, a fifth of its life.
    private static func isNear(_ end: Timestamp, of certificate: CertificateSummary?, at now: Timestamp) -> Bool {
        let life = certificate.map { $0.notAfter.seconds - $0.notBefore.seconds } ?? .max
        return end.seconds - now.seconds < min(week, life / 5)
    }

    static func bundle(_ facts: ClusterFacts) -> Judgement {
        guard let webhook = facts.webhooks.value?.first else {
            return .skipped("there is no webhook to look at", "see webhook-configuration")
        }
        let refill = facts.certificates.keeper.refill
        guard webhook.caBundle != nil else {
            guard webhook.service == nil else { return .fail("the caBundle is empty: nothing is trusted", refill) }
            return .skipped("there is none: the API server's own authorities are asked", "see assignment")
        }
        switch facts.certificates.authorities {
        case .absent: return .fail("the caBundle holds no certificate", refill)
        case .unknown(let why): return .fail("the caBundle cannot be read: \(why)", refill)
        case .known(let authorities):
            return life(of: authorities, facts) ?? chain(facts)
        }
    }

    /// Of the authority that matters: of those that have signed what is served the one that lives longest. Beside it
    /// there may be some that run out, or have: so ends every change of authorities.
    private static func life(of authorities: [CertificateSummary], _ facts: ClusterFacts) -> Judgement? {
        let signers = facts.certificates.signers.isEmpty ? authorities : facts.certificates.signers
        guard let last = signers.max(by: { $0.notAfter < $1.notAfter }) else { return nil }
        let remedy = facts.certificates.keeper.renewAuthority
        if last.notAfter < facts.now {
            return .fail("the authority \(last.subject) ran out at \(last.notAfter.rfc3339)", remedy)
        }
        guard isNear(last.notAfter, of: last, at: facts.now) else { return nil }
        return .warn("the authority \(last.subject) runs out at \(last.notAfter.rfc3339)", remedy)
    }

    /// Whether it signed what is served, by the best witness there is.
    private static func chain(_ facts: ClusterFacts) -> Judgement {
        let refill = facts.certificates.keeper.refill
        for answer in facts.answers {
            if case .untrusted(let why) = answer.outcome {
                return .fail("the caBundle does not trust what \(answer.pod) serves: \(why)", refill)
            }
        }
        if facts.answers.contains(where: { $0.outcome == .ready && $0.way == .direct }) {
            return .ok("it trusts the chain that the replicas serve")
        }
        if case .known = facts.certificates.secret {
            guard let why = facts.certificates.secretProblem else { return .ok("it trusts the chain in the Secret") }
            return .fail("the caBundle does not trust the certificate in the webhook's Secret: \(why)", refill)
        }
        if case .owned = facts.probe { return .ok("the API server trusts the webhook: it has assigned an owner") }
        return .skipped(
            "the served chain cannot be seen from here",
            "run this in the cluster, or as somebody who may read the webhook's Secret"
        )
    }

    static func expiry(_ facts: ClusterFacts) -> Judgement {
        let known = [facts.certificates.servedUntil, facts.certificates.secret.value?.notAfter].compactMap { $0 }
        guard let end = known.min() else {
            return .skipped(
                "the certificate cannot be seen from here",
                "run this in the cluster, or as somebody who may read the webhook's Secret or get pods/proxy"
            )
        }
        let remedy = facts.certificates.keeper.renewLeaf
        if end < facts.now { return .fail("it ran out at \(end.rfc3339)", remedy) }
        if isNear(end, of: facts.certificates.secret.value, at: facts.now) {
            return .warn("it runs out at \(end.rfc3339)", remedy)
        }
        return .ok("good until \(end.rfc3339)")
    }
}
