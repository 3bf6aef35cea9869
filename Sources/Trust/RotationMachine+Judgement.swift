import Wire

extension RotationMachine {
    enum Verdict {
        case write(RotationDraft)
        case patch([Fingerprint], over: String)
        /// The Secret or the caBundle is to be put right, but not yet: somebody else writes it, too.
        case postpone(Duration, problem: String?)
        /// And what is wrong, if something is.
        case nothing(problem: String?)
    }

    /// What is to be done about what was seen; the Secret comes first, then the configuration follows it.
    mutating func judge(_ view: TrustView) -> Verdict {
        let secret = view.secret
        if let keeper = secret.keeper {
            return .nothing(problem: "the Secret is kept by \(keeper): it is left alone and not served from")
        }
        if isAheadOfUs(view), !policy.omits(.trustSlowClock) {
            return .nothing(
                problem:
                    "certificates of other replicas begin in the future of this machine's clock, \(wall.rfc3339): a clock is wrong"
            )
        }
        let draft = draft(view)
        secretRepairs.saw(secret, draft, at: now)
        if let draft {
            guard secretRepairs.isWrong, let wait = secretRepairs.pace.wait(at: now, jitter: jitter) else {
                return .write(draft)
            }
            return .postpone(wait, problem: secretContest())
        }
        guard let configuration = view.configuration else {
            return .nothing(problem: "the MutatingWebhookConfiguration is not there: no API server calls this webhook")
        }
        if configuration.bundles.isEmpty {
            return .nothing(problem: "the MutatingWebhookConfiguration lists no webhook: no API server calls this one")
        }
        let contest = secretContest() ?? contest(configuration)
        guard configuration.bundles.contains(where: { $0 != secret.authorities }) else {
            return .nothing(problem: contest)
        }
        if let keeper = configuration.keeper {
            return .nothing(
                problem:
                    "the caBundle of MutatingWebhookConfiguration \(configuration.name) is filled in by \(keeper), "
                    + "and is not what the Secret says: it is left alone; take the annotation away, or serve by the "
                    + "certificate of that authority (--tls-cert, --tls-key)"
            )
        }
        if let wait = bundleRepairs.pace.wait(at: now, jitter: jitter) { return .postpone(wait, problem: contest) }
        return .patch(secret.authorities.map(\.fingerprint), over: configuration.version)
    }

    /// In words, if somebody else goes on damaging the Secret.
    private mutating func secretContest() -> String? {
        guard let left = secretRepairs.pace.contestLeft(at: now) else { return nil }
        reviews.append(left)
        return
            "somebody else writes the Secret, too: whenever it is put right it is damaged again, or what was replaced is put "
            + "back; its metadata.managedFields tell who that is: have it leave the Secret alone"
    }

    /// In words, if somebody else goes on writing the caBundle.
    private mutating func contest(_ configuration: ConfigurationView) -> String? {
        guard let left = bundleRepairs.pace.contestLeft(at: now) else { return nil }
        reviews.append(left)
        return
            "somebody else writes the caBundle of MutatingWebhookConfiguration \(configuration.name): whenever it is "
            + "put right it is undone, and then no API server trusts this webhook; find out who it is (kubectl get "
            + "mutatingwebhookconfiguration \(configuration.name) -o yaml --show-managed-fields) and have it leave the "
            + "caBundle alone"
    }

    /// A clock that is far behind must not make everything anew, dated in the past.
    private func isAheadOfUs(_ view: TrustView) -> Bool {
        var others = view.configuration?.inForce ?? []
        if let signer = view.secret.authorities.first {
            others.append(signer)
            if let leaf = view.secret.leaf, leaf.issuers.contains(signer.fingerprint) {
                others.append(leaf.certificate)
            }
        }
        return others.contains { $0.notBefore > wall + policy.margin }
    }

    private mutating func draft(_ view: TrustView) -> RotationDraft? {
        let secret = view.secret
        guard let signer = secret.authorities.first, secret.canSign, isValid(signer) else { return begin(view) }
        if secret.request == .authority || secret.request == .revoke { return renewSigner(view, .requested) }
        let due = policy.due(signer, lifetime: policy.authorityLifetime, jitter: jitter)
        if wall >= due { return renewSigner(view, .authorityDue) }
        reviewAt(due)
        return renewLeaf(view, signer) ?? retire(secret, signer)
    }

    // MARK: - The authority

    /// There is nothing to sign by: a new authority. Those that are in force stay beside it, for whoever serves by them.
    private mutating func begin(_ view: TrustView) -> RotationDraft {
        let secret = view.secret
        let present = policy.omits(.forgetAnchors) ? [] : view.configuration?.inForce ?? []
        let isFirst = secret.authorities.isEmpty && secret.leaf == nil && secret.faults.isEmpty && present.isEmpty
        return beginSigner(view, among: secret.authorities + present, isFirst ? .installed : .repaired)
    }

    private mutating func renewSigner(_ view: TrustView, _ reason: RotationDraft.Reason) -> RotationDraft {
        beginSigner(view, among: view.secret.authorities, reason)
    }

    private mutating func beginSigner(
        _ view: TrustView,
        among authorities: [CertificateFacts],
        _ reason: RotationDraft.Reason
    ) -> RotationDraft {
        let secret = view.secret
        var anchors: [Fingerprint] = []
        for authority in authorities where mayBeServedBy(authority) && !anchors.contains(authority.fingerprint) {
            anchors.append(authority.fingerprint)
        }
        anchors = trimmed(anchors, keeping: (secret.leaf ?? served)?.issuers ?? [])
        let validity = policy.validity(from: wall, lifetime: policy.authorityLifetime)
        // A leaf by an authority that is in force stays until the new one is: whoever starts meanwhile needs it.
        let leaf: RotationDraft.Leaf =
            isGood(secret.leaf, anchors)
            ? .kept : .new(policy.validity(from: wall, lifetime: policy.leafLifetime, notAfter: validity.notAfter))
        return RotationDraft(
            signer: .new(validity),
            anchors: anchors,
            leaf: leaf,
            distrusted: secret.request == .revoke ? Set(anchors) : secret.distrusted.intersection(anchors),
            meetsRequest: secret.request != nil,
            reason: reason
        )
    }

    /// Room for one more. The newest stay, and whoever is served by.
    private func trimmed(_ anchors: [Fingerprint], keeping issuers: Set<Fingerprint>) -> [Fingerprint] {
        let room = TrustLimits.authoritiesMax - 1
        guard anchors.count > room else { return anchors }
        let kept = anchors.filter(issuers.contains).prefix(1)
        let others = anchors.filter { !kept.contains($0) }.prefix(room - kept.count)
        return anchors.filter { kept.contains($0) || others.contains($0) }
    }

    /// An authority leaves when it has run out, even by the clock of a slow API server: by then nothing that it signed is
    /// valid, whoever may still serve it. A distrusted one leaves when all replicas have had time to serve by another.
    private mutating func retire(_ secret: SecretView, _ signer: CertificateFacts) -> RotationDraft? {
        let servesBySigner = secret.leaf?.issuers.contains(signer.fingerprint) ?? false
        var settled = false
        if servesBySigner, !secret.distrusted.isEmpty || policy.omits(.dropOldAuthority), let stored {
            let left = policy.settling - (now - stored.since)
            settled = left <= .zero || policy.omits(.dropOldAuthority)
            if !settled { reviews.append(left) }
        }
        let others = secret.authorities.dropFirst()
        let kept = others.filter { authority in
            guard mayBeServedBy(authority) else { return false }
            reviewAt(authority.notAfter + policy.margin + .seconds(1))
            let isUnwanted = secret.distrusted.contains(authority.fingerprint) || policy.omits(.dropOldAuthority)
            return !(settled && isUnwanted)
        }
        guard kept.count < others.count else { return nil }
        let anchors = kept.map(\.fingerprint)
        return RotationDraft(
            signer: .kept,
            anchors: anchors,
            leaf: .kept,
            distrusted: secret.distrusted.intersection(anchors),
            meetsRequest: false,
            reason: .retired
        )
    }

    // MARK: - The leaf

    private mutating func renewLeaf(_ view: TrustView, _ signer: CertificateFacts) -> RotationDraft? {
        let secret = view.secret
        let anchors = secret.authorities.map(\.fingerprint)
        guard let leaf = secret.leaf, isGood(leaf, anchors) else {
            // Before it is in force, if it must be: replicas that serve something better keep to that.
            return draft(secret, newLeaf(signer), .repaired)
        }
        guard leaf.issuers.contains(signer.fingerprint) else {
            return maySign(signer) ? draft(secret, newLeaf(signer), .handedOver) : nil
        }
        if secret.request == .leaf { return draft(secret, newLeaf(signer), .requested) }
        let due = policy.due(leaf.certificate, lifetime: policy.leafLifetime, jitter: jitter)
        if wall >= due { return draft(secret, newLeaf(signer), .leafDue) }
        reviewAt(due)
        return nil
    }

    private mutating func maySign(_ signer: CertificateFacts) -> Bool {
        policy.omits(.signBeforeBundle) || hasBeenInForce([signer.fingerprint])
    }

    /// It begins after its authority if that has been in force long enough, and with it if not: so a replica that starts
    /// just then knows, whatever its clock says, whether it may be called at once.
    private mutating func newLeaf(_ signer: CertificateFacts) -> RotationDraft.Leaf {
        var validity = policy.validity(from: wall, lifetime: policy.leafLifetime, notAfter: signer.notAfter)
        validity.notBefore =
            maySign(signer) ? max(validity.notBefore, signer.notBefore + .seconds(1)) : signer.notBefore
        return .new(validity)
    }

    private func draft(
        _ secret: SecretView,
        _ leaf: RotationDraft.Leaf,
        _ reason: RotationDraft.Reason
    ) -> RotationDraft {
        RotationDraft(
            signer: .kept,
            anchors: secret.authorities.dropFirst().map(\.fingerprint),
            leaf: leaf,
            distrusted: secret.distrusted,
            meetsRequest: secret.request == .leaf,
            reason: reason
        )
    }

    /// Some slow API server may take what it signed for valid still.
    private func mayBeServedBy(_ authority: CertificateFacts) -> Bool {
        wall <= authority.notAfter + policy.margin && authority.notBefore <= wall + policy.margin
    }

    private func isGood(_ leaf: LeafFacts?, _ anchors: [Fingerprint]) -> Bool {
        guard let leaf, leaf.hasNames, isValid(leaf.certificate) else { return false }
        return anchors.contains(where: leaf.issuers.contains)
    }

    private mutating func reviewAt(_ time: Timestamp) {
        if time > wall { reviews.append(time - wall) }
    }
}
