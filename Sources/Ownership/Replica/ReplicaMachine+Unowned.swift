import KubeModel
import Wire

/// Tasks that nobody owns, and when this pod's turn comes to claim each.
struct UnownedTasks: Sendable {
    var tasks: [ObjectKey: TaskObject] = [:]
    var since: [ObjectKey: MonotonicInstant] = [:]
    var due = DelayedKeys<ObjectKey>()
    /// Claims in a row that the server has refused.
    var refusals: [ObjectKey: Int] = [:]
    var inFlight = 0

    /// Claims at a time: the backlog of an outage must not crowd out the work itself.
    static let concurrency = 4
    static let again = Backoff(base: .seconds(1), cap: .seconds(60))
}

/// Claiming tasks that were created or released while no webhook could be reached, or while nobody was live. Every pod
/// watches for them; the one that ranks first for a task tries first, and the patch tests that nobody was quicker. In
/// ordinary times the watch is empty.
extension ReplicaMachine {
    mutating func takeUnowned(_ news: WatchNews) {
        switch news {
        case .upsert(let key, let object):
            guard let task = try? TaskObject(object), task.owner.isEmpty, !task.isFinished, !task.isDeleting else {
                return forgetUnowned(key)
            }
            // Refused was the claim of another epoch, or of another task.
            if let known = unowned.tasks[key], known.meta.uid != task.meta.uid || known.ownership != task.ownership {
                unowned.refusals[key] = nil
                if unowned.since[key] != nil { unowned.due.insert(key, at: now + claimWait(key)) }
            }
            unowned.tasks[key] = task
            guard unowned.since[key] == nil else { return }
            unowned.since[key] = now
            unowned.due.insert(key, at: now + claimWait(key))
        case .delete(let key, _): forgetUnowned(key)
        case .unhealthy(let why): tell(.watchTroubled("unowned tasks", why: why))
        case .synced, .reached, .healthy: break
        }
    }

    private func claimWait(_ key: ObjectKey) -> Duration {
        let hash = Placement.key(namespace: key.namespace, name: key.name, requestUID: "")
        return configuration.claimDelay
            + configuration.pace.rankStep * fleet.rank(of: own, for: hash, among: fleetWatch.members)
    }

    private mutating func forgetUnowned(_ key: ObjectKey) {
        unowned.tasks[key] = nil
        unowned.since[key] = nil
        unowned.refusals[key] = nil
        unowned.due.remove(key)
    }

    var unownedDeadline: MonotonicInstant? {
        claimingSeat == nil || unowned.inFlight >= UnownedTasks.concurrency ? nil : unowned.due.earliest
    }

    /// Any seat that we hold will do: if only the own one did, two pods that hold each other's would leave the task.
    private var claimingSeat: String? {
        if isStopping { return nil }
        if isHeld(own), estates[own]?.departure == nil { return own }
        if omits(.claimOwnSeatOnly) { return nil }
        return heldSeats.first { estates[$0]?.departure == nil && estates[$0]?.isRemoving == false }
    }

    mutating func advanceUnowned() {
        guard let seat = claimingSeat else { return }
        while unowned.inFlight < UnownedTasks.concurrency, let key = unowned.due.popDue(now) {
            guard let task = unowned.tasks[key] else { continue }
            var patch = TaskWrites.claim(task, seat: seat)
            if omits(.dropFrom) { patch = TaskWrites.claim(task.withoutSender, seat: seat) }
            unowned.inFlight += 1
            call(.claim(key, seat: seat), .patch(.taskOwners, key, .json, patch.json, Self.writeOptions))
        }
    }

    mutating func claimAnswered(_ key: ObjectKey, _ seat: String, _ answer: Result<JSONValue, CallFailure>) {
        unowned.inFlight -= 1
        // The watch may have shown already that it has left. The seat's watch brings it, with whoever let go of it, for the
        // start rule to judge.
        if case .success(let json) = answer, (try? TaskObject(json))?.owner == seat { tell(.claimed(key, seat: seat)) }
        guard unowned.tasks[key] != nil else { return }
        // Somebody was quicker, or it is gone: the watch says so. Anything else may pass.
        var refusals = 0
        if case .failure(.status(let status)) = answer, status.code < 500, !status.isOverload {
            refusals = unowned.refusals[key] ?? 0
            unowned.refusals[key] = refusals + 1
        }
        unowned.due.insert(key, at: now + UnownedTasks.again.delay(attempt: refusals, random: random.next()))
    }
}

extension TaskObject {
    fileprivate var withoutSender: TaskObject {
        var copy = self
        copy.ownership.from = nil
        return copy
    }
}
