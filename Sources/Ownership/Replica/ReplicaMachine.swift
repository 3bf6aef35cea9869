package import Wire

/// Everything that one operator pod decides: which seats it takes, which tasks it works on, when it lets go. A value:
/// events in, actions out, no I/O, no clock; the process, the simulation and the tests run the same one. Holding a seat
/// is the business of a `SeatMachine` each, which runs beside it on a thread of its own.
package struct ReplicaMachine: Sendable {
    package let configuration: ReplicaConfiguration

    package init(_ configuration: ReplicaConfiguration) {
        self.configuration = configuration
    }

    /// When the next `.tick` is due.
    package var nextDeadline: MonotonicInstant? { nil }

    /// `wall` is written into objects for people, and read for the age of finished tasks.
    package mutating func step(_ event: Event, now: MonotonicInstant, wall: Timestamp) -> [Action] {
        []
    }
}
