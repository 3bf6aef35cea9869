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
        case (.guarding, .ordered(.work(let until))): state = .guarding(until: until)
        case (.ending(_, let graceEnds), .ordered(.work(let until))):
            state = .ending(until: until, graceEnds: graceEnds)
        case (.guarding(let until), .ordered(.stop(let grace))):
            state = .ending(until: until, graceEnds: now + grace)
            return lateOr(.terminate, now)
        // The first grace goes on; a second SIGTERM would say nothing new.
        case (.ending, .ordered(.stop)), (.guarding, .tick), (.ending, .tick): break
        }
        return lateOr(nil, now)
    }

    private mutating func lateOr(_ action: Action?, _ now: MonotonicInstant) -> Action? {
        guard let deadline, now >= deadline else { return action }
        switch state {
        case .guarding(let until), .ending(let until, _): hasRunOut = now >= until
        case .killing: break
        }
        return kill()
    }

    private mutating func kill() -> Action {
        state = .killing
        return .kill
    }
}
