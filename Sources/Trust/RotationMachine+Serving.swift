import Wire

extension RotationMachine {
    /// Which certificate new connections get, now that the Secret holds that one.
    mutating func serve(_ view: TrustView) -> [Action] {
        var actions: [Action] = []
        if view.secret.keeper == nil, let leaf = view.secret.leaf, isPresentable(leaf), mayReplaceServed(leaf) {
            if leaf.certificate != served?.certificate { actions.append(.serve(leaf)) }
            served = leaf
        }
        if !isReady, let served, isBelieved(served) {
            isReady = true
            actions.append(.ready)
        }
        return actions
    }

    private mutating func mayReplaceServed(_ leaf: LeafFacts) -> Bool {
        if policy.omits(.serveAtOnce) { return true }
        guard let served, isPresentable(served) else { return true }
        // The same authority: nobody believes the one and not the other.
        if !served.issuers.isDisjoint(with: leaf.issuers) { return true }
        // Whoever is believed no more loses nothing by another that is.
        if !isInForce(served.issuers) { return isInForce(leaf.issuers) }
        return hasBeenInForce(leaf.issuers)
    }

    private mutating func isBelieved(_ leaf: LeafFacts) -> Bool {
        if policy.omits(.readyAtOnce) { return true }
        guard isInForce(leaf.issuers) else { return false }
        return !trustedAtOnce.isDisjoint(with: leaf.issuers) || hasBeenInForce(leaf.issuers)
    }

    /// Not run out, and for the names by which we are called. Whether it has begun is for others' clocks to say: whoever
    /// wrote it saw a later time than we do.
    func isPresentable(_ leaf: LeafFacts) -> Bool { leaf.hasNames && wall < leaf.certificate.notAfter }

    /// By a clock that may be slow: one that begins a little later than now is valid to others.
    func isValid(_ certificate: CertificateFacts) -> Bool {
        wall < certificate.notAfter && certificate.notBefore <= wall + policy.margin
    }

    /// One of them is in every webhook's bundle.
    func isInForce(_ authorities: Set<Fingerprint>) -> Bool {
        guard let bundles, let first = bundles.seen.first else { return false }
        return first.contains { authority in
            authorities.contains(authority.fingerprint) && bundles.seen.allSatisfy { $0.contains(authority) }
        }
    }

    /// In force, and for so long that every API server has seen it.
    mutating func hasBeenInForce(_ authorities: Set<Fingerprint>) -> Bool {
        guard isInForce(authorities), let bundles else { return false }
        let left = policy.propagation - (now - bundles.since)
        if left > .zero { reviews.append(left) }
        return left <= .zero
    }
}
