/// Exponential waits, spread: the n-th is between half and the whole of `first · 2ⁿ⁻¹`, at most `max`.
struct WatchBackoff: Sendable {
    let first: Duration
    let max: Duration
    private(set) var failures = 0
    private var random: UInt64

    init(first: Duration, max: Duration, seed: UInt64) {
        self.first = first
        self.max = max
        random = seed
    }

    mutating func next() -> Duration {
        failures += 1
        let whole = Swift.min(max, first * (1 << Swift.min(failures - 1, 20)))
        return whole / 2 + whole / 2 * share()
    }

    mutating func reset() { failures = 0 }

    /// Between four fifths and the whole of a length.
    mutating func jittered(_ length: Duration) -> Duration { length * (0.8 + 0.2 * share()) }

    /// 0..<1, by splitmix64 (S. Vigna): the seed tells the whole sequence.
    private mutating func share() -> Double {
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Double(mixed >> 11) / Double(1 << 53)
    }
}
