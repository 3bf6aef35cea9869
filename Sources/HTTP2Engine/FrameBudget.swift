internal import Wire

/// How many frames a peer may make us handle that bring nothing. A burst is allowed, then a rate; streams that end well earn
/// more. A connection that is idle for days and pings twice a minute, as Go's clients do, never runs out.
struct FrameBudget {
    let burst: Int
    private let perSecond: Int
    private var left: Int
    private var refilledAt: MonotonicInstant?

    init(burst: Int, perSecond: Int) {
        self.burst = burst
        self.perSecond = perSecond
        left = burst
    }

    /// False once it is overdrawn.
    mutating func spend(_ frames: Int, refill: Int, now: MonotonicInstant) -> Bool {
        guard frames > 0 || refill > 0 else { return left >= 0 }
        let elapsed = refilledAt.map { (now - $0).wholeMilliseconds } ?? 0
        let earned = min(Int64(burst), elapsed.multipliedReportingOverflow(by: Int64(perSecond)).partialValue / 1_000)
        // Fractions are kept: the clock moves on only when a whole frame was earned.
        if refilledAt == nil || earned > 0 { refilledAt = now }
        left = min(burst, left + refill + Int(earned)) - frames
        return left >= 0
    }
}
