import KubeModel
import Ownership
import Wire

/// What the checkers are shown: every commit, in the step in which it is made, and what the machines say of themselves.
extension Simulation {
    mutating func observe() {
        for resource in [GroupVersionResource.taskOwners, .leases] {
            _ = openStream(.watch(resource, from: ResourceVersion("0")), .observer)
        }
    }

    mutating func saw(_ event: WatchEvent, cause: Int?) {
        switch event {
        case .added(let object), .modified(let object): sawObject(object, isGone: false, cause)
        case .deleted(let object): sawObject(object, isGone: true, cause)
        case .bookmark, .error: break
        }
    }

    private mutating func sawObject(_ object: JSONValue, isGone: Bool, _ cause: Int?) {
        if object["kind"]?.stringValue == TaskResource.kind {
            guard let task = try? TaskObject(object) else { return violate(.world, "a stored task that is none") }
            sawTask(task, isGone: isGone, cause.flatMap { network.calls[$0]?.mark })
        } else if let lease = try? Lease(object) {
            sawLease(lease, isGone: isGone)
        }
    }

    private mutating func sawTask(_ task: TaskObject, isGone: Bool, _ mark: WriterMark?) {
        liveness.saw(task, isGone: isGone, now: now)
        leases.isUsed(task.owner, now: now)
        // Assigned by a webhook that has not seen the seat go: found as where somebody deleted the Lease.
        if !isGone, !task.owner.isEmpty, !task.isFinished, leases.term(task.owner) == nil {
            liveness.troubled(by: .leaseDeletion, from: now, until: now)
        }
        if isGone {
            safety.deleted(task.meta.uid)
            return tell("store", "\(task.key.name) is gone")
        }
        let before = safety.sight(task.meta.uid)
        if let found = safety.committed(task, by: mark) { violate(found.0, found.1) }
        countTask(task, before, mark)
        let sight = TaskSight(task)
        if mark?.subresource == "status", let text = traffic.statusIsWritten(sight) {
            violate(.traffic, text)
        }
        if let before, !before.owner.isEmpty, before.owner != sight.owner,
            let text = traffic.ownerChanges(sight, now: now)
        {
            violate(.traffic, text)
        }
        tell("store", Self.describe(task, before, mark.map { name($0.process) }))
    }

    private mutating func countTask(_ task: TaskObject, _ before: TaskSight?, _ mark: WriterMark?) {
        // Between two seats of one process.
        let isDirect = mark.map { processes[$0.process].seats[task.owner]?.tenure != nil } ?? false
        count { counts in
            guard let before else { return counts.tasksCreated += 1 }
            if task.isFinished, !before.isFinished { counts.tasksFinished += 1 }
            if mark?.subresource == "status" { counts.statusWrites += 1 }
            guard task.ownership.epoch != before.epoch else { return }
            if before.owner == task.owner {
                counts.reclaims += 1
            } else if before.owner.isEmpty {
                counts.claims += 1
            } else if isDirect {
                counts.moves += 1
            } else {
                counts.releases += 1
            }
        }
    }

    private static func describe(_ task: TaskObject, _ before: TaskSight?, _ writer: String?) -> String {
        let by = writer.map { " by \($0)" } ?? ""
        let state = "owner \(task.owner.isEmpty ? "nobody" : task.owner), epoch \(task.ownership.epoch)"
        guard let before else { return "\(task.key.name) is created: \(state)" }
        if before.epoch != task.ownership.epoch {
            let from = task.ownership.from.map { ", from \($0.seat) \($0.term)" } ?? ""
            return "\(task.key.name) changes hands\(by): \(state)\(from)"
        }
        return "\(task.key.name)\(by): \(task.phase.isEmpty ? "edited" : task.phase), fence \(task.fence)"
    }

    private mutating func sawLease(_ lease: Lease, isGone: Bool) {
        let seat = lease.meta.name
        guard !isGone else {
            leases.gone(seat)
            count { $0.leasesDeleted += 1 }
            return tell("store", "Lease \(seat) is gone")
        }
        let before = leases.sights[seat]?.lease
        leases.saw(lease, now: now)
        if let text = traffic.leaseIsWritten(seat, now: now) { violate(.traffic, text) }
        count { counts in
            guard let before else { return counts.leasesCreated += 1 }
            if before.leaseTransitions == lease.leaseTransitions, before.holderIdentity == lease.holderIdentity {
                if before.renewTime == lease.renewTime {
                    counts.leaseAnnotations += 1
                } else {
                    counts.leaseRenewals += 1
                }
            } else if lease.holderIdentity.isEmpty {
                counts.seatsReleased += 1
            } else if lease.meta.annotations[SeatKeys.finalRV] != nil {
                counts.seatsHandedOver += 1
            } else {
                counts.seatsAcquired += 1
            }
        }
        if before?.term != lease.term || before?.holderIdentity != lease.holderIdentity {
            tell(
                "store",
                "Lease \(seat): holder \(lease.holderIdentity.isEmpty ? "nobody" : lease.holderIdentity), term \(lease.term)"
            )
        }
    }

    // MARK: - What is asked of them

    /// Whose right a request is made by, if it writes a task.
    mutating func mark(_ request: KubeRequest, _ process: Int) -> WriterMark? {
        guard request.resource == .taskOwners, case .patch = request.verb else { return nil }
        var (owner, epoch) = ("", Int64(0))
        for operation in request.body?.arrayValue ?? [] where operation["op"]?.stringValue == "test" {
            switch operation["path"]?.stringValue {
            case "/spec/owner": owner = operation["value"]?.stringValue ?? ""
            case "/spec/ownership/epoch": epoch = operation["value"]?.integerValue ?? 0
            default: break
            }
        }
        // A claim is made under no right to the task.
        guard !owner.isEmpty, let term = processes[process].terms[owner] else { return nil }
        return WriterMark(process: process, seat: owner, term: term, epoch: epoch, subresource: request.subresource)
    }

    func isSuperseded(_ task: TaskObject) -> Bool {
        guard let from = task.ownership.from, from.seat != task.owner else { return false }
        return leases.term(from.seat) != from.term
    }

    mutating func took(_ note: ReplicaNote, _ process: Int) {
        if case .listed(let seat, _) = note, seat == name(process), !pods[processes[process].pod].isReady {
            pods[processes[process].pod].isReady = true
            endpointsChange()
            at(.milliseconds(50), .workloadLooks)
        }
        tell(name(process), "\(note)")
    }

    // MARK: - Every half second, and at the end

    mutating func check() {
        at(.milliseconds(500), .checks)
        if !isWorkloadSettled { liveness.membershipIsUnsettled(now) }
        workloadLooks()
        if let text = liveness.overdue(now: now) { violate(.liveness, text) }
        if let text = claims.overdue(safety.openTasks, isAble: somebodyCanClaim, now: now) { violate(.liveness, text) }
    }

    private var somebodyCanClaim: Bool {
        !liveness.isKeptFromAPI(now)
            && processes.contains { process in
                let pod = pods[process.pod]
                return process.isAlive && !process.isPaused && !pod.isTerminating && pod.exists && pod.isReady
                    && process.seats.values.contains { $0.tenure != nil }
            }
    }

    mutating func checkEnd() {
        // Finished tasks and what is left of them keep a seat in use for a while.
        let since = max(.zero, scenario.duration - LivenessBounds.seatRemoval(scenario.pace.emptyEstate))
        let from = min(MonotonicInstant(nanoseconds: 0) + since, liveness.lastTrouble)
        for seat in leases.useless(since: from) {
            let isLive = pods.contains { $0.exists && $0.name == seat }
            let isOwner = safety.openTasks.contains { $0.owner == seat }
            if !isLive, !isOwner { violate(.leak, "the Lease \(seat) is of no use, and still there") }
        }
    }
}
