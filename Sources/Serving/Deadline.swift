internal import LinuxIO
internal import Wire

/// One timer that is put off again and again: moving it later costs nothing, it looks at the time when it fires.
final class Deadline {
    private let reactor: Reactor
    private var expired: (() -> Void)?
    private var due: MonotonicInstant?
    private var last = (delay: Duration.zero, nanoseconds: Int64(0))
    private var armed: (timer: TimerID, at: MonotonicInstant)?

    /// `expired` is kept, and what it captures, until `cancel`.
    init(_ reactor: Reactor, expired: @escaping () -> Void) {
        self.reactor = reactor
        self.expired = expired
    }

    func set(after delay: Duration) {
        // Nearly always the same delay again, and a Duration's 128 bits are slow to divide.
        if delay != last.delay { last = (delay, delay.wholeNanoseconds) }
        // After this round at the earliest, or a timer that sets itself again would be due for ever.
        let due = MonotonicInstant(nanoseconds: reactor.round.nanoseconds + max(1, last.nanoseconds))
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
        expired = nil
    }

    private func arm(_ instant: MonotonicInstant) {
        if let armed { reactor.cancel(armed.timer) }
        armed = (reactor.schedule(at: instant) { self.fired() }, instant)
    }

    private func fired() {
        armed = nil
        guard let due else { return }
        if due > reactor.now { return arm(due) }
        self.due = nil
        expired?()
    }
}
