package import Wire

/// When a guard ends what it guards. Pure: the time is an argument.
package struct GuardMachine: Sendable {
    private enum State {
        /// The right to work lasts until then.
        case guarding(until: MonotonicInstant)
        /// Asked to end: the rest of the right, or of the grace, whichever is shorter.
        case ending(until: MonotonicInstant, graceEnds: MonotonicInstant)
        /// Final: whatever is heard from now on changes nothing.
        case killing
    }

    package enum Event: Sendable, Equatable {
        case ordered(GuardOrder)
        /// Nobody is left who could give orders.
        case operatorGone
        case programEnded
        case tick
    }

    package enum Action: Sendable, Equatable {
        /// SIGTERM
        case terminate
        /// SIGKILL for everything that descends from the guard, until nothing is left.
        case kill
    }

    private var state: State
    /// It ended because the right to work had run out, not because anybody said so.
    package private(set) var hasRunOut = false

    package init(until: MonotonicInstant) { state = .guarding(until: until) }

    /// When to tick; nil once all is decided.
    package var deadline: MonotonicInstant? {
        switch state {
        case .guarding(let until): until
        case .ending(let until, let graceEnds): min(until, graceEnds)
        case .killing: nil
        }
    }

    package mutating func step(_ event: Event, now: MonotonicInstant) -> Action? {
        switch (state, event) {
        case (.killing, _): return nil
        case (_, .ordered(.kill)), (_, .operatorGone), (_, .programEnded): return kill()
        // Behind an order may wait one that moves the end further: whether it is late the tick says, once all have been heard.
        case (.guarding, .ordered(.work(let until))): state = .guarding(until: until)
        case (.ending(_, let graceEnds), .ordered(.work(let until))):
            state = .ending(until: until, graceEnds: graceEnds)
        case (.guarding(let until), .ordered(.stop(let grace))):
            state = .ending(until: until, graceEnds: now + grace)
            return .terminate
        // The first grace goes on; a second SIGTERM would say nothing new.
        case (.ending, .ordered(.stop)): break
        case (.guarding(let until), .tick) where now >= until:
            hasRunOut = true
            return kill()
        case (.ending(let until, let graceEnds), .tick) where now >= min(until, graceEnds):
            hasRunOut = now >= until
            return kill()
        case (.guarding, .tick), (.ending, .tick): break
        }
        return nil
    }

    private mutating func kill() -> Action {
        state = .killing
        return .kill
    }
}
