import Wire

/// When somebody else has undone the caBundle. Every write of it makes each API server read its admission configuration anew.
struct BundleRepairs: Sendable {
    private(set) var pace = RepairPace()
    /// What every webhook's bundle was when it was right last, and nobody is known to have undone since.
    private var inForce: [CertificateFacts]?
    private var due: [CertificateFacts] = []

    /// At every look: what the bundles are, and what each of them is to be.
    mutating func saw(_ bundles: [[CertificateFacts]], due: [CertificateFacts], at now: MonotonicInstant) {
        self.due = due
        pace.looked(at: now)
        guard bundles.contains(where: { $0 != due }) else {
            inForce = due
            return
        }
        // That the Secret has moved on is nobody's fault.
        if inForce == due { pace.wasUndone(at: now) }
        inForce = nil
    }

    /// What the last look found due is now there.
    mutating func wrote() { inForce = due }
}
