package import KubeModel
package import Ownership

/// What is done with a task. Implementations must stop soon when their task is cancelled: the seat may be lost.
package protocol TaskHandler: Sendable {
    /// An error is a failed try.
    func reconcile(_ task: TaskObject, _ context: TaskContext) async throws -> TaskOutcome

    /// The seat is lost: stop everything now. Called on the seat keeper's thread, which it must not block; it must not
    /// need Swift's thread pool.
    func fence()
}
