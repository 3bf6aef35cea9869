import Wire

/// How often somebody else has undone what replicas keep, and when it may be put right again: two who want different things
/// must not go on answering at once.
struct RepairPace: Sendable {
    /// Since the last quiet time.
    private var undone = 0
    private var undoneAt = MonotonicInstant(nanoseconds: 0)

    /// At every look.
    mutating func looked(at now: MonotonicInstant) {
        if quietLeft(now) == nil { undone = 0 }
    }

    mutating func wasUndone(at now: MonotonicInstant) {
        undone += 1
        undoneAt = now
    }

    /// How long the next repair is to wait. The first is due at once.
    func wait(at now: MonotonicInstant, jitter: Double) -> Duration? {
        guard undone > 1 else { return nil }
        let wait = min(TrustLimits.retryMax, TrustLimits.retryFirst * (1 << min(undone - 1, 10)))
        let left = wait * (0.5 + 0.5 * jitter) - (now - undoneAt)
        // A part of a nanosecond is no time.
        return left.wholeNanoseconds > 0 ? left : nil
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
