import Wire

/// How long to wait before the next try: doubling from a base to a cap, cut by a random part so that those who failed
/// together do not come back together. The random bits are the caller's.
package struct Backoff: Sendable, Equatable {
    package var base: Duration
    package var cap: Duration
    /// The greatest part of a delay that chance takes off, 0…100.
    package var jitterPercent: Int

    package init(base: Duration, cap: Duration, jitterPercent: Int = 20) {
        self.base = max(base, .nanoseconds(1))
        self.cap = max(cap, self.base)
        self.jitterPercent = min(max(jitterPercent, 0), 100)
    }

    /// `attempt` counts the failures so far, from 0.
    package func delay(attempt: Int, random: UInt64) -> Duration {
        var delay = base
        for _ in 0..<min(max(attempt, 0), 64) where delay < cap { delay = delay * 2 }
        delay = min(delay, cap)
        // 0 ..< 1000 thousandths of the part that chance may take.
        let thousandths = Int(((random >> 32) * 1000) >> 32)
        return delay - delay * (jitterPercent * thousandths) / 100_000
    }
}

/// Random numbers that a seed repeats: SplitMix64. Not for secrets.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Digest64.mix(state)
    }
}
