import KubeModel
import Wire

/// How far the moving of tasks has come.
struct Balance: Sendable {
    /// Not before then.
    var nextMove: MonotonicInstant?
    /// What is left of the present pass, last first.
    var candidates: [TaskRef] = []
    /// How many tasks this pod still has to let go of, by the last count; nil: it has not counted since the members changed.
    /// It counts but rarely: loads that change are met by where new tasks go, and pods that met them by moves would pass
    /// tasks to and fro.
    var surplus: Int?
    var countedAt = MonotonicInstant(nanoseconds: 0)

    mutating func reset() { self = Balance() }

    /// Percent of the mean load: a pod above the first has a surplus, of all above the second.
    static let upper = 125
    static let lower = 110
}

/// Background moves, at a bounded rate and only while the members stay the same: tasks of adopted seats come home, and a pod
/// that has far more than its share lets some go. New tasks go where there is room anyhow.
extension ReplicaMachine {
    private var interval: Duration { .seconds(1) / max(1, configuration.pace.movesPerSecond) }

    private var mayMove: Bool { !isStopping && isHeld(own) && fleetWatch.isHealthy && estates[own]?.hasListed == true }

    private var movesFrom: MonotonicInstant? { fleetWatch.steadySince.map { $0 + configuration.pace.settle } }

    /// Adopted seats with something to bring home.
    private var guests: [String] {
        heldSeats.filter { $0 != own && (estates[$0]?.unfinished ?? 0) > 0 && estates[$0]?.departure == nil }
    }

    var balanceDeadline: MonotonicInstant? {
        guard mayMove, let movesFrom else { return nil }
        if movesFrom > now { return movesFrom }
        return balance.nextMove ?? now + interval
    }

    mutating func advanceBalance() {
        guard mayMove, let movesFrom, movesFrom <= now else { return }
        if let next = balance.nextMove, now < next { return }
        if balance.candidates.isEmpty { beginPass() }
        // Nothing to do: look again in a while.
        guard !balance.candidates.isEmpty else { return balance.nextMove = now + .seconds(1) }
        balance.nextMove = now + interval
        let loads = loads()
        while let ref = balance.candidates.popLast() {
            if moveOne(ref, loads) { return }
        }
        // None of them could be moved: the same in a while.
        balance.nextMove = now + max(interval, .seconds(1))
    }

    private mutating func beginPass() {
        if let seat = guests.first(where: { seat in hasIdle(seat) }) {
            balance.candidates = refs(of: seat)
            return
        }
        if balance.surplus == nil || now >= balance.countedAt + configuration.pace.recount {
            balance.surplus = countSurplus()
            balance.countedAt = now
        }
        if let surplus = balance.surplus, surplus > 0 { balance.candidates = refs(of: own) }
    }

    private func countSurplus() -> Int {
        let (mine, mean) = loads()
        // Of few tasks nobody has a share worth moving.
        guard mine * 100 > mean * Balance.upper, mine >= mean + 2 else { return 0 }
        return mine - mean * Balance.lower / 100
    }

    private func hasIdle(_ seat: String) -> Bool {
        guard let estate = estates[seat], estate.hasListed else { return false }
        return estate.tasks.values.contains { isIdle($0) }
    }

    /// One that was lost with its pod waits here until it is begun again: another seat would not know of the loss. And one that the
    /// holder of a former Lease may still be at work on is first re-claimed: a receiver would only look at the present one.
    private func isIdle(_ task: TaskObject) -> Bool {
        guard !task.isFinished, !task.isDeleting, jobs[task.key] == nil else { return false }
        guard let estate = estates[task.owner], let tenure = estate.tenure else { return true }
        if let refused = estate.unmoved[task.key], now < refused.until { return false }
        return !followsLoss(task, tenure) && !needsReclaim(task, tenure)
    }

    /// The seat's tasks that are at rest.
    private func refs(of seat: String) -> [TaskRef] {
        guard let estate = estates[seat] else { return [] }
        let idle = estate.tasks.filter { isIdle($0.value) }.keys.sorted()
        return idle.reversed().map { TaskRef(seat: seat, key: $0) }
    }

    /// True if a move was begun.
    private mutating func moveOne(_ ref: TaskRef, _ loads: (mine: Int, mean: Int)) -> Bool {
        guard let task = estates[ref.seat]?.tasks[ref.key], isIdle(task), estates[ref.seat]?.departure == nil
        else { return false }
        let (mine, mean) = loads
        let isShed = ref.seat == own
        if isShed, balance.surplus == 0 || mine * 100 <= mean * Balance.lower {
            balance.surplus = 0
            balance.candidates = []
            return false
        }
        let verdict = change(ref.seat) { machine, estate in machine.decide(task, &estate) }
        guard verdict == .start || omits(.releaseUnaccepted) && verdict != .notMine else { return false }
        let stays = !isShed && mine * 100 <= mean * Balance.lower
        guard beginMove(task, ref, stays ? .direct(to: own) : .release, holdsSlot: false) else { return false }
        if isShed { balance.surplus? -= 1 }
        return true
    }

    /// This pod's unfinished tasks, and the mean over the members.
    private func loads() -> (mine: Int, mean: Int) {
        let mine = estates.values.reduce(0) { $0 + (isHeld($1.seat) ? $1.unfinished : 0) }
        let others = fleetWatch.members.filter { $0 != own }.compactMap { fleet.sights[$0]?.load }
        return (mine, (mine + others.reduce(0, +)) / (others.count + 1))
    }
}
