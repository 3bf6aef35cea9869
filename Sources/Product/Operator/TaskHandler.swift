package import KubeModel
import Wire

/// What is done with a task. Implementations must stop soon when their task is cancelled: the seat may be lost.
package protocol TaskHandler: Sendable {
    /// An error is a failed try.
    func reconcile(_ task: TaskObject, _ context: TaskContext) async throws -> TaskOutcome

    /// The seat is lost: stop everything now. Called on the seat keeper's thread, which it must not block; it must not
    /// need Swift's thread pool.
    func fence()
}

/// Under what right a task is worked on. (epoch, leaseTransitions) is the fencing token for the outside world.
package struct TaskContext: Sendable, Equatable {
    package var seat: String
    package var term: String
    package var epoch: Int64
    package var leaseTransitions: Int64
    /// Counts from 1.
    package var attempt: Int64

    package init(seat: String, term: String, epoch: Int64, leaseTransitions: Int64, attempt: Int64) {
        self.seat = seat
        self.term = term
        self.epoch = epoch
        self.leaseTransitions = leaseTransitions
        self.attempt = attempt
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
