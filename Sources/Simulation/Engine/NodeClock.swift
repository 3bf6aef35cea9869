import Wire

/// The clock of one node: it began at another time than the world's, and runs a little faster or slower.
struct NodeClock: Sendable {
    let offset: Duration
    /// Parts per million, ± `SimulationLimits.clockErrorMax`.
    let error: Int64

    func local(_ world: MonotonicInstant) -> MonotonicInstant {
        world + offset + .nanoseconds(world.nanoseconds / 1_000 * error / 1_000)
    }

    /// The first moment at which the local clock shows no less.
    func world(_ local: MonotonicInstant) -> MonotonicInstant {
        // "Never", as only a machine without a fence says it.
        if local.nanoseconds > .max / 2 { return local }
        let passed = (local - offset).nanoseconds
        // 1 / (1 + e) to the second order; then forward until it is true.
        var guess = MonotonicInstant(nanoseconds: passed - passed / 1_000 * error / 1_000)
        for _ in 0..<8 {
            let missing = (local - self.local(guess)).wholeNanoseconds
            if missing <= 0 { break }
            guess = guess + .nanoseconds(missing + 1)
        }
        return guess
    }
}
