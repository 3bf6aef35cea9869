package import Wire

/// Keeps the webhook's certificate: one such machine in every replica, none of them a leader. The Secret is the truth and
/// changes by compare-and-swap only; who loses looks again. It looks, does one thing, and looks again until there is nothing
/// to do; whatever its knowledge is, it came from one look.
///
/// Two rules keep every API server content. A certificate is served, and an authority signs, only once that authority has been
/// in force for as long as the slowest API server needs to see it. And an authority leaves the bundle only when it has run
/// out, because then nothing that it signed is valid either, whoever may still serve it.
///
/// Its parts: +Interface (events and actions), +Judgement (what is to be written), +Serving (what is served).
package struct RotationMachine: Sendable {
    package internal(set) var state = State.new
    package let policy: RotationPolicy

    var now = MonotonicInstant(nanoseconds: 0)
    var wall = Timestamp(seconds: 0)
    /// 0..<1, of this replica.
    let jitter: Double
    /// The last bundles that were seen, and since when they were the same.
    var bundles: (seen: [[CertificateFacts]], since: MonotonicInstant)?
    var bundleRepairs = BundleRepairs()
    var secretRepairs = SecretRepairs()
    /// In force without a wait: for long already when the first look was taken, or because nothing else is.
    var trustedAtOnce: Set<Fingerprint> = []
    /// The Secret's leaf, and since when it is that one.
    var stored: (leaf: Fingerprint, since: MonotonicInstant)?
    package internal(set) var served: LeafFacts?
    package internal(set) var isReady = false
    /// The next wall-clock or monotonic time at which the last look would be judged otherwise.
    var reviews: [Duration] = []
    private var wasHinted = false
    private var isPostponed = false
    private var failures = 0
    private var lastProblem: String?
    private var lastFaults: [String] = []
    private var lastCall: UInt64 = 0

    package enum State: Sendable, Equatable {
        case new
        case idle(until: MonotonicInstant)
        case looking(CallID)
        case writing(CallID, RotationDraft.Reason)
        case patching(CallID)
    }

    package init(_ policy: RotationPolicy, seed: UInt64) {
        self.policy = policy
        jitter = Double(Digest64.mix(seed) >> 11) / Double(1 << 53)
    }

    /// When the next `.tick` is due.
    package var nextDeadline: MonotonicInstant? {
        if case .idle(let until) = state { until } else { nil }
    }

    package mutating func step(_ event: Event, now: MonotonicInstant, wall: Timestamp) -> [Action] {
        self.now = now
        self.wall = wall
        switch (event, state) {
        case (.started, .new): return look()
        case (.changed, .idle):
            // Not while the API server is in trouble, or somebody writes all the time: it would be asked on and on.
            if failures > 0 || isPostponed { return [] }
            return look()
        case (.changed, _):
            wasHinted = true
            return []
        case (.tick, .idle(let until)): return now >= until ? look() : []
        case (.looked(let answered, let result), .looking(let call)) where answered == call:
            switch result {
            case .seen(let view): return seen(view)
            case .failed(let why): return rest(after: why)
            }
        case (.written(let answered, let result), .writing(let call, let reason)) where answered == call:
            if case .done = result { secretRepairs.wrote() }
            return written(result, .wrote(reason))
        case (.written(let answered, let result), .patching(let call)) where answered == call:
            if case .done = result { bundleRepairs.wrote() }
            return written(result, .patched)
        case (.started, _), (.tick, _), (.looked, _), (.written, _): return []
        }
    }

    // MARK: - Looking

    private mutating func look() -> [Action] {
        let call = nextCall()
        wasHinted = false
        isPostponed = false
        state = .looking(call)
        return [.look(call)]
    }

    private mutating func seen(_ view: TrustView) -> [Action] {
        reviews = []
        observe(view)
        var actions = serve(view)
        actions.append(.tell(.state(summary(view))))
        if view.secret.faults != lastFaults {
            lastFaults = view.secret.faults
            if !lastFaults.isEmpty { actions.append(.tell(.faults(lastFaults))) }
        }
        switch judge(view) {
        case .write(let draft):
            let call = nextCall()
            state = .writing(call, draft.reason)
            return actions + [.write(call, draft, over: view.secret.version)]
        case .patch(let bundle, let version):
            let call = nextCall()
            state = .patching(call)
            return actions + [.patch(call, bundle, over: version)]
        case .postpone(let wait, let problem):
            failures = 0
            isPostponed = true
            reviews.append(wait)
            state = .idle(until: now + pause)
            return actions + problemNote(problem)
        case .nothing(let problem):
            failures = 0
            if wasHinted { return actions + problemNote(problem) + look() }
            state = .idle(until: now + pause)
            return actions + problemNote(problem)
        }
    }

    /// What the look changes in what is remembered.
    private mutating func observe(_ view: TrustView) {
        if stored?.leaf != view.secret.leaf?.certificate.fingerprint {
            stored = view.secret.leaf.map { ($0.certificate.fingerprint, now) }
        }
        guard let configuration = view.configuration else {
            bundles = nil
            return
        }
        bundleRepairs.saw(configuration.bundles, due: view.secret.authorities, at: now)
        let inForce = configuration.inForce
        if bundles == nil || bundles?.seen.allSatisfy(\.isEmpty) == true {
            trustedAtOnce = established(inForce, view.secret.leaf)
        }
        trustedAtOnce.formIntersection(inForce.map(\.fingerprint))
        if bundles?.seen != configuration.bundles { bundles = (configuration.bundles, now) }
    }

    /// A young authority beside others may be news to some API server still. One that is alone is the first of all, and one
    /// whose leaf begins after it was in force long enough when that was signed (see `newLeaf`).
    private func established(_ inForce: [CertificateFacts], _ leaf: LeafFacts?) -> Set<Fingerprint> {
        let old = wall - (policy.propagation + policy.margin)
        let established = inForce.filter { authority in
            if inForce.count == 1 || authority.notBefore + policy.margin <= old { return true }
            guard let leaf, leaf.issuers.contains(authority.fingerprint) else { return false }
            return leaf.certificate.notBefore > authority.notBefore
        }
        return Set(established.map(\.fingerprint))
    }

    /// Until the next look: what was seen is judged anew when the first of its times has come.
    private var pause: Duration {
        let least = Duration.milliseconds(10)
        return max(least, min(policy.lookInterval * (1 - 0.2 * jitter), reviews.min() ?? policy.lookInterval))
    }

    private func summary(_ view: TrustView) -> RotationSummary {
        RotationSummary(
            served: served?.certificate,
            signer: view.secret.authorities.first,
            authorities: view.secret.authorities.count,
            isTrusted: served.map { isInForce($0.issuers) } ?? false
        )
    }

    // MARK: - Writing

    private mutating func written(_ result: WriteResult, _ note: Note) -> [Action] {
        switch result {
        case .done:
            failures = 0
            return [.tell(note)] + look()
        case .overtaken:
            // Somebody else was quicker, so the work as a whole goes on; but not at once for ever.
            failures += 1
            if failures <= 3 { return look() }
            return rest(after: nil)
        case .refused(let why): return rest(after: why)
        }
    }

    private mutating func rest(after problem: String?) -> [Action] {
        failures += 1
        let wait = min(TrustLimits.retryMax, TrustLimits.retryFirst * (1 << min(failures, 10)))
        state = .idle(until: now + wait * (0.5 + 0.5 * jitter))
        return problem.map { problemNote($0) } ?? []
    }

    private mutating func problemNote(_ problem: String?) -> [Action] {
        guard problem != lastProblem else { return [] }
        lastProblem = problem
        return [.tell(.problem(problem))]
    }

    private mutating func nextCall() -> CallID {
        lastCall += 1
        return CallID(number: lastCall)
    }
}
