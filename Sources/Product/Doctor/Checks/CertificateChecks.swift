import TLSEngine
import Wire

/// Whether the API server can trust the webhook, and for how long.
enum CertificateChecks {
    private static let week: Int64 = 7 * 86_400

    /// A week ahead, or where a certificate lives short by intention, a fifth of its life.
    private static func isDying(_ certificate: CertificateSummary, at now: Timestamp) -> Bool {
        let life = certificate.notAfter.seconds - certificate.notBefore.seconds
        return certificate.notAfter.seconds - now.seconds < min(week, life / 5)
    }

    private static let make =
        "make a certificate (workclaim certs), put it into the Secret and its authority into the caBundle"
    private static let refill =
        "put the authority that signed the webhook's certificate, base64, into clientConfig.caBundle (docs/operations.md, Certificates)"

    static func bundle(_ facts: ClusterFacts) -> Judgement {
        guard let webhook = facts.webhooks.value?.first else {
            return .skipped("there is no webhook to look at", "see webhook-configuration")
        }
        guard webhook.caBundle != nil else {
            guard webhook.service == nil else { return .fail("the caBundle is empty: nothing is trusted", refill) }
            return .skipped("there is none: the API server's own authorities are asked", "see assignment")
        }
        switch facts.certificates.authorities {
        case .absent: return .fail("the caBundle holds no certificate", refill)
        case .unknown(let why): return .fail("the caBundle cannot be read: \(why)", refill)
        case .known(let authorities):
            if let dead = authorities.first(where: { $0.notAfter < facts.now }) {
                return .fail("the authority \(dead.subject) ran out at \(dead.notAfter.rfc3339)", make)
            }
            if let dying = authorities.first(where: { isDying($0, at: facts.now) }) {
                return .warn("the authority \(dying.subject) runs out at \(dying.notAfter.rfc3339)", make)
            }
        }
        return chain(facts)
    }

    /// Whether it signed what is served, by the best witness there is.
    private static func chain(_ facts: ClusterFacts) -> Judgement {
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
                "run this in the cluster, or as somebody who may read the webhook's Secret or get services/proxy"
            )
        }
        if end < facts.now { return .fail("it ran out at \(end.rfc3339)", make) }
        let endsSoon =
            facts.certificates.secret.value.map { isDying($0, at: facts.now) }
            ?? (end.seconds - facts.now.seconds < week)
        if endsSoon { return .warn("it runs out at \(end.rfc3339)", make) }
        return .ok("good until \(end.rfc3339)")
    }
}
