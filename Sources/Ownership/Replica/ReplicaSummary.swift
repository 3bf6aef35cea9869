package import Wire

/// What a replica has in hand at one instant, for gauges and health; nothing is decided by it.
package struct ReplicaSummary: Sendable, Equatable {
    package struct Seat: Sendable, Equatable {
        package var name: String
        package var kind: SeatMachine.Aim.Kind
        /// Tasks that are not finished.
        package var tasks: Int
        /// Its tasks have been listed in this tenure.
        package var isListed: Bool
    }

    /// Held ones, in name order.
    package var seats: [Seat] = []
    package var running = 0
    /// Tasks that nobody owns, as far as this pod sees.
    package var unowned = 0
    package var oldestUnowned: Duration = .zero

    package init() {}
}

extension ReplicaMachine {
    package func summary(now: MonotonicInstant) -> ReplicaSummary {
        var summary = ReplicaSummary()
        summary.seats = estates.keys.sorted(by: bytewise).compactMap { seat in
            guard let estate = estates[seat], estate.isHeld(at: now), let kind = estate.tenure?.kind else { return nil }
            return .init(name: seat, kind: kind, tasks: estate.unfinished, isListed: estate.hasListed)
        }
        summary.running = runs.count
        summary.unowned = unowned.tasks.count
        summary.oldestUnowned = unowned.since.values.min().map { now - $0 } ?? .zero
        return summary
    }
}
