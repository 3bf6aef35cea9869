import Wire

/// How often somebody else has undone the caBundle, and when it may be put back again. Every write of it makes each API
/// server read its admission configuration anew, so two who want different things must not go on answering at once.
struct BundleRepairs: Sendable {
    /// Since the last quiet time.
    private var undone = 0
    private var undoneAt = MonotonicInstant(nanoseconds: 0)
    /// What every webhook's bundle was when it was right last, and nobody is known to have undone since.
    private var inForce: [CertificateFacts]?
    private var due: [CertificateFacts] = []

    /// At every look: what the bundles are, and what each of them is to be.
    mutating func saw(_ bundles: [[CertificateFacts]], due: [CertificateFacts], at now: MonotonicInstant) {
        self.due = due
        if quietLeft(now) == nil { undone = 0 }
        guard bundles.contains(where: { $0 != due }) else {
            inForce = due
            return
        }
        // That the Secret has moved on is nobody's fault.
        if inForce == due {
            undone += 1
            undoneAt = now
        }
        inForce = nil
    }

    /// What the last look found due is now there.
    mutating func wrote() { inForce = due }

    /// How long the next repair is to wait. The first is due at once.
    func wait(at now: MonotonicInstant, jitter: Double) -> Duration? {
        guard undone > 1 else { return nil }
        let wait = min(TrustLimits.retryMax, TrustLimits.retryFirst * (1 << min(undone - 1, 10)))
        let left = wait * (0.5 + 0.5 * jitter) - (now - undoneAt)
        return left > .zero ? left : nil
    }

    /// How long it must stay right until it is forgotten that somebody else writes it, too; nil: nobody is believed to.
    func contestLeft(at now: MonotonicInstant) -> Duration? {
        undone >= TrustLimits.undoneMax ? quietLeft(now) : nil
    }

    private func quietLeft(_ now: MonotonicInstant) -> Duration? {
        let left = TrustLimits.quiet - (now - undoneAt)
        return undone > 0 && left > .zero ? left : nil
    }
}
