package import Wire

/// Under what right a task is worked on. (epoch, leaseTransitions) is the fencing token for the outside world.
package struct TaskContext: Sendable, Equatable {
    package var seat: String
    package var term: String
    package var epoch: Int64
    package var leaseTransitions: Int64
    /// Counts from 1.
    package var attempt: Int64
    /// When the right ends, as known at the start; renewals move it.
    package var until: MonotonicInstant

    package init(
        seat: String,
        term: String,
        epoch: Int64,
        leaseTransitions: Int64,
        attempt: Int64,
        until: MonotonicInstant
    ) {
        self.seat = seat
        self.term = term
        self.epoch = epoch
        self.leaseTransitions = leaseTransitions
        self.attempt = attempt
        self.until = until
    }
}

package enum TaskOutcome: Sendable, Equatable {
    case succeeded(String)
    /// For good: no further try.
    case failed(String)
    /// Not done yet; again after so long. This is no failed try.
    case again(after: Duration, String)
}

/// A try that failed, in words for the task's status.
package struct TaskFailure: Error, Equatable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}
