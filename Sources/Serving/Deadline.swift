internal import LinuxIO
internal import Wire

/// One timer that is put off again and again: moving it later costs nothing, it looks at the time when it fires.
final class Deadline {
    private let reactor: Reactor
    private let expired: () -> Void
    private var due: MonotonicInstant?
    private var armed: (timer: TimerID, at: MonotonicInstant)?

    /// `expired` is kept until `cancel`: capture weakly.
    init(_ reactor: Reactor, expired: @escaping () -> Void) {
        self.reactor = reactor
        self.expired = expired
    }

    func set(after delay: Duration) {
        let due = reactor.now + delay
        self.due = due
        if let armed, armed.at <= due { return }
        arm(due)
    }

    /// Nothing is waited for now.
    func clear() { due = nil }

    /// Frees the timer.
    func cancel() {
        due = nil
        if let armed { reactor.cancel(armed.timer) }
        armed = nil
    }

    private func arm(_ instant: MonotonicInstant) {
        if let armed { reactor.cancel(armed.timer) }
        armed = (reactor.schedule(at: instant) { [weak self] in self?.fired() }, instant)
    }

    private func fired() {
        armed = nil
        guard let due else { return }
        if due > reactor.now { return arm(due) }
        self.due = nil
        expired()
    }
}
