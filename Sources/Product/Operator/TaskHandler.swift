package import KubeModel
package import Ownership
package import Wire

/// What is done with a task. Implementations must stop soon when their task is cancelled: the seat may be lost.
///
/// `renewed` and `fence` are called on the seat keeper's thread, in the order of the news: they must not block and must
/// not need Swift's thread pool. A seat is renewed at least once before the first task of it, and again when it is
/// granted anew after a fence; all tries of the seat have ended in between.
package protocol TaskHandler: Sendable {
    /// An error is a failed try. `context.until` is the end of the right to work as known at the start.
    func reconcile(_ task: TaskObject, _ context: TaskContext) async throws -> TaskOutcome

    /// The right to work under that seat lasts until then now (CLOCK_BOOTTIME).
    func renewed(seat: String, until: MonotonicInstant)

    /// The seat is lost or given up: stop everything of it now.
    func fence(seat: String)
}
