/// The waits of one watch: longer with every failure in a row, each cut by up to a half.
struct WatchBackoff: Sendable {
    private let backoff: Backoff
    private var random: SeededRandom
    private(set) var failures = 0

    init(first: Duration, max: Duration, seed: UInt64) {
        backoff = Backoff(base: first, cap: max, jitterPercent: 50)
        random = SeededRandom(seed: seed)
    }

    mutating func next() -> Duration {
        defer { failures += 1 }
        return backoff.delay(attempt: failures, random: random.next())
    }

    mutating func reset() { failures = 0 }

    /// Between four fifths and the whole of a length.
    mutating func jittered(_ length: Duration) -> Duration {
        Backoff(base: length, cap: length, jitterPercent: 20).delay(attempt: 0, random: random.next())
    }
}
