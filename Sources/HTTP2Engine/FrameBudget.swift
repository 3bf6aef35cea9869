internal import Wire

/// How many frames a peer may make us handle that bring nothing. A burst is allowed, then a rate; streams that end well earn
/// more. A connection that is idle for days and pings twice a minute, as Go's clients do, never runs out.
struct FrameBudget {
    let burst: Int
    private let perSecond: Int
    private var left: Int
    private var refilledAt: MonotonicInstant?

    init(burst: Int, perSecond: Int) {
        precondition(perSecond > 0, "what is spent must come back")
        self.burst = burst
        self.perSecond = perSecond
        left = burst
    }

    /// False once it is overdrawn.
    mutating func spend(_ frames: Int, refill: Int, now: MonotonicInstant) -> Bool {
        guard frames > 0 || refill > 0 else { return left >= 0 }
        left = min(burst, left + refill + earned(by: now)) - frames
        return left >= 0
    }

    /// Whole frames only: the time of what remains is kept for the next, or a peer at an uneven pace would earn less.
    private mutating func earned(by now: MonotonicInstant) -> Int {
        guard let since = refilledAt, now - since < .seconds(burst / perSecond + 1) else {
            refilledAt = now
            return burst
        }
        let second: Int64 = 1_000_000_000
        let frames = (now.nanoseconds - since.nanoseconds) * Int64(perSecond) / second
        refilledAt = MonotonicInstant(nanoseconds: since.nanoseconds + frames * second / Int64(perSecond))
        return Int(frames)
    }
}
