package import Wire

/// A promise that was not kept.
package struct Violation: Sendable, Equatable, CustomStringConvertible {
    package enum Rule: String, Sendable, CaseIterable {
        /// At most one pod works on a task at any time.
        case s1 = "S1"
        /// The epoch strictly rises, and each has one owner.
        case s2 = "S2"
        /// A move that names a superseded term starts nothing before the seat's present holder has stopped.
        case s3 = "S3"
        /// No write of a fenced pod commits after its successor's first.
        case s4 = "S4"
        /// (epoch, leaseTransitions) never goes back from one start to the next.
        case token = "token"
        /// Every task is worked on within the bound of what has gone wrong.
        case liveness = "liveness"
        /// A Lease that nobody needs does not stay.
        case leak = "leak"
        /// A flow takes no more writes and requests than it needs.
        case traffic = "traffic"
        /// Machines that go in circles.
        case livelock = "livelock"
        /// The simulation's own mistake.
        case world = "world"
    }

    package var rule: Rule
    package var at: MonotonicInstant
    package var text: String

    package var description: String {
        "\(rule.rawValue) at \((at - MonotonicInstant(nanoseconds: 0)).wholeMilliseconds) ms: \(text)"
    }
}
