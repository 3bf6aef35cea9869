internal import CLinux
package import Wire

/// One thread's event loop: readiness (epoll, level-triggered), timers and a mailbox. Not Sendable: it is made on its own
/// thread (see ReactorThread) and others reach it by `mailbox` alone.
///
/// Level-triggered, because a handler may then read less than there is (fairness) and pausing is dropping an interest:
/// nothing is lost and no handler has to drain a socket before it may wait.
package final class Reactor {
    package let mailbox: Mailbox
    private let epoll: Epoll
    /// By descriptor. A token is generation << 32 | descriptor: an event of an earlier owner of the number is dropped.
    private var slots: [Slot] = []
    private var generation: UInt32 = 0
    private var timers = TimerHeap()
    private var stopping = false
    private var atStop: [() -> Void] = []

    private struct Slot {
        var generation: UInt32 = 0
        var handler: (any ReadinessHandler)?
    }

    /// The token of the mailbox, which `epoll` watches already.
    static let mailboxToken = UInt64(UInt32.max)

    /// On the thread that will call `run`.
    init(epoll: Epoll, mailbox: Mailbox) {
        self.epoll = epoll
        self.mailbox = mailbox
        mailbox.adopt()
    }

    package var now: MonotonicInstant { BootClock.now() }

    /// When this round began: what is served now was ready then. For what is counted in longer times than a round takes, and
    /// need not ask the clock again.
    package private(set) var round = BootClock.now()

    /// Serves until `stop`.
    func run() throws(Errno) {
        var events = Epoll.Events()
        while !stopping {
            try epoll.wait(until: timers.first, from: now, &events)
            round = now
            for index in 0..<events.count {
                let (token, readiness) = events[index]
                dispatch(token, readiness)
            }
            // One instant for all of them: a timer that sets itself again at once must not starve the sockets.
            if events.count > 0 { round = now }
            while !stopping, let due = timers.popDue(round) { due() }
        }
        for body in atStop { body() }
        // Whoever got its message in before the end is answered; later posts are refused.
        for work in mailbox.close() { work(self) }
        atStop = []
        slots = []
        timers = TimerHeap()
    }

    package func stop() { stopping = true }

    /// Runs on this thread when the loop ends. Kept for the loop's life: capture weakly what may go earlier.
    package func whenStopping(_ body: @escaping () -> Void) { atStop.append(body) }

    private func dispatch(_ token: UInt64, _ readiness: Readiness) {
        let descriptor = Int(token & 0xffff_ffff)
        if descriptor == Int(UInt32.max) {
            for work in mailbox.take() { work(self) }
        } else if descriptor < slots.count, slots[descriptor].generation == UInt32(token >> 32) {
            slots[descriptor].handler?.ready(readiness)
        }
    }

    // MARK: Descriptors

    /// The descriptor stays its owner's, who cancels the registration before closing it.
    package func register(
        _ descriptor: Int32,
        _ interest: Readiness,
        _ handler: any ReadinessHandler
    ) throws(Errno) -> Registration {
        generation &+= 1
        let token = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        try epoll.control(.add, descriptor, interest, token: token)
        while slots.count <= Int(descriptor) { slots.append(Slot()) }
        slots[Int(descriptor)] = Slot(generation: generation, handler: handler)
        return Registration(reactor: self, descriptor: descriptor, token: token, interest: interest)
    }

    fileprivate func change(_ descriptor: Int32, _ interest: Readiness, _ token: UInt64) throws(Errno) {
        try epoll.control(.modify, descriptor, interest, token: token)
    }

    fileprivate func forget(_ descriptor: Int32, _ token: UInt64) {
        guard Int(descriptor) < slots.count, slots[Int(descriptor)].generation == UInt32(token >> 32) else { return }
        slots[Int(descriptor)] = Slot()
        try? epoll.control(.remove, descriptor, [], token: token)
    }

    // MARK: Timers

    package func schedule(after delay: Duration, _ body: @escaping () -> Void) -> TimerID {
        timers.insert(at: now + delay, body)
    }
    package func schedule(at deadline: MonotonicInstant, _ body: @escaping () -> Void) -> TimerID {
        timers.insert(at: deadline, body)
    }
    /// Nothing happens if it fired already.
    package func cancel(_ timer: TimerID) { timers.remove(timer) }
}

/// Told when its descriptor can be read or written, or has failed. May cancel any registration meanwhile.
package protocol ReadinessHandler: AnyObject {
    func ready(_ readiness: Readiness)
}

package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let readable = Readiness(rawValue: 1)
    package static let writable = Readiness(rawValue: 2)
    /// Error or hang-up; reported whether asked for or not.
    package static let failed = Readiness(rawValue: 4)
}

/// A descriptor's place in a reactor. Ends by `cancel`, before the descriptor is closed.
package final class Registration {
    private let reactor: Reactor
    private let descriptor: Int32
    private let token: UInt64
    package private(set) var interest: Readiness

    fileprivate init(reactor: Reactor, descriptor: Int32, token: UInt64, interest: Readiness) {
        self.reactor = reactor
        self.descriptor = descriptor
        self.token = token
        self.interest = interest
    }

    package func set(_ interest: Readiness) throws(Errno) {
        guard interest != self.interest else { return }
        try reactor.change(descriptor, interest, token)
        self.interest = interest
    }

    package func cancel() { reactor.forget(descriptor, token) }
}
