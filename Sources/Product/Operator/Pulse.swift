import Synchronization
package import Wire

/// Whether the replica's loop still turns: it says so every second. Seats are renewed on a thread of their own, so an operator
/// whose loop stands still would hold them for ever and do nothing.
package final class Pulse: Sendable {
    /// Far more than a busy node delays a second, so that no pod is restarted for being slow.
    package static let silence = Duration.seconds(60)
    /// Who was stopped (SIGSTOP, a suspended machine) and goes on beats within a second: for so long nobody is blamed who is
    /// found silent for the first time.
    private static let grace = Duration.seconds(2)

    private struct State {
        /// nil: the loop does not run yet, or no longer.
        var last: MonotonicInstant?
        /// When it was first found silent since.
        var found: MonotonicInstant?
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> MonotonicInstant

    /// `now`: CLOCK_BOOTTIME.
    package init(now: @escaping @Sendable () -> MonotonicInstant) { self.now = now }

    package func beat() {
        let time = now()
        state.withLock { $0 = State(last: time) }
    }

    /// The loop has ended in order.
    package func rest() { state.withLock { $0 = State() } }

    /// nil: it beats, or is not expected to.
    package var problem: String? {
        let time = now()
        return state.withLock { state in
            guard let last = state.last, time - last > Self.silence else { return nil }
            guard let found = state.found else {
                state.found = time
                return nil
            }
            guard time - found >= Self.grace else { return nil }
            return "the loop that works on tasks has not turned for \((time - last).components.seconds) s"
        }
    }
}
