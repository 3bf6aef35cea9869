// KubeRuntime: keeps watches, the seat and workers going. Each shell performs what a machine of Ownership decides.
// Next door: KubeClient carries the requests, Product puts the shells together.
import LinuxIO
package import Wire

/// The time of the control plane, so that tests can have their own.
package struct ControlClock: Sendable {
    package var now: @Sendable () -> MonotonicInstant
    /// Returns early when the task is cancelled.
    package var pause: @Sendable (Duration) async -> Void

    package init(
        now: @escaping @Sendable () -> MonotonicInstant,
        pause: @escaping @Sendable (Duration) async -> Void
    ) {
        self.now = now
        self.pause = pause
    }

    package static let live = ControlClock(now: { BootClock.now() }, pause: { try? await Task.sleep(for: $0) })
}
