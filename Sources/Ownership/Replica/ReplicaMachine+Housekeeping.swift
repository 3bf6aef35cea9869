import KubeModel
import Wire

/// When what is looked after now and then is due.
struct Housekeeping: Sendable {
    var leaseListAt: MonotonicInstant?
    var isListing = false
    var auditAt: MonotonicInstant?
    var isAuditing = false
    /// All pages of one list are asked for in the same words.
    var auditScope = ListScope()
    /// The server does not take a selector that leaves seats out.
    var auditsAll = false
    /// Lists that end take fewer; one that does not is given up.
    var pages = 0
    /// Owners that have no Lease, found in this audit.
    var missing: Set<String> = []
    /// Tasks with an owner that no pod can be, in this audit: some of them are told of.
    var impossible = 0
}

/// Finished tasks that are being removed.
struct Removals: Sendable {
    var underWay = 0
    /// In a row.
    var failures = 0
}

/// Removing what is finished and has outlived its time, seats that nobody needs any more, and looking for what the
/// watches cannot show.
extension ReplicaMachine {
    mutating func scheduleHousekeeping() {
        housekeeping.leaseListAt = now + spread(configuration.pace.leaseList)
        housekeeping.auditAt = now + spread(configuration.pace.audit)
    }

    /// Who would have asked next may be gone, and a Lease that is gone may have left owners behind. Many changes bring one
    /// audit, and none puts it off: pods that come and go all the time would never get to it.
    mutating func auditSoon() {
        let soon = now + spread(configuration.pace.auditAfterChange)
        housekeeping.auditAt = min(housekeeping.auditAt ?? soon, soon)
    }

    /// ± 20 %, so that many pods do not ask in the same second.
    private mutating func spread(_ duration: Duration) -> Duration {
        let percent = 80 + Int(random.next() >> 32) * 41 / (1 << 32)
        return duration * percent / 100
    }

    var housekeepingDeadline: MonotonicInstant? {
        var times: [MonotonicInstant] = []
        // What is under way is not due again before it has been answered.
        if let at = housekeeping.leaseListAt, !housekeeping.isListing { times.append(at) }
        if let at = housekeeping.auditAt, !housekeeping.isAuditing { times.append(at) }
        for estate in estates.values where mayBeRemoved(estate) {
            if let emptiness = estate.emptiness { times.append(emptiness.since + configuration.pace.emptyEstate) }
        }
        return times.min()
    }

    private func mayBeRemoved(_ estate: Estate) -> Bool {
        estate.seat != own && estate.isHeld(at: now) && estate.departure == nil && !estate.isRemoving
    }

    mutating func advanceHousekeeping() {
        if let at = housekeeping.leaseListAt, at <= now, !housekeeping.isListing {
            housekeeping.leaseListAt = now + spread(configuration.pace.leaseList)
            housekeeping.isListing = true
            let scope = ListScope(
                namespace: configuration.namespace,
                labelSelector: "\(SeatKeys.seatLabel)=true"
            )
            call(.leaseList, .list(.leases, scope, limit: nil))
        }
        if let at = housekeeping.auditAt, at <= now, !housekeeping.isAuditing {
            housekeeping.auditAt = now + spread(configuration.pace.audit)
            if !isStopping, fleet.rank(of: own, for: Digest64.of("audit"), among: fleetWatch.members) == 0 {
                if isHeld(own) { beginAudit() } else { auditSoon() }
            }
        }
        for seat in seats(where: { isRemovalInQuestion($0) }) { considerRemoval(of: seat) }
    }

    /// The backstop of the watch of Leases: a consistent list. What was seen before it and is not in it is gone, and the watch may
    /// never have shown it.
    mutating func leasesListed(_ answer: Result<JSONValue, CallFailure>) {
        housekeeping.isListing = false
        guard case .success(let json) = answer, let page = try? ListPage(json) else { return }
        for item in page.items {
            guard let lease = try? Lease(item) else { continue }
            // On its way it may have been overtaken by the news that a Lease is gone, which comes once.
            if fleet.sights[lease.meta.name] == nil, fleetWatch.hasPassed(page.resourceVersion) { continue }
            see(lease)
        }
        guard page.continuation == nil else { return }
        let listed = Set(page.items.compactMap { $0.at("metadata", "name")?.stringValue })
        let gone = fleet.sights.filter { name, sight in
            !listed.contains(name) && page.resourceVersion.isNewer(than: sight.lease.meta.resourceVersion) == true
        }
        for seat in gone.keys.sorted(by: bytewise) { leaseVanished(seat) }
    }

    // MARK: - Owners without a Lease

    /// All tasks but those of seats that are there, which the server leaves out: as long as their names make an address.
    private var ownersNotInSight: ListScope {
        guard !housekeeping.auditsAll else { return ListScope() }
        let seats = Set(fleet.sights.keys).union(machines.keys).sorted(by: bytewise)
        let selector = ([""] + seats).map { "spec.owner!=\($0)" }.joined(separator: ",")
        return selector.utf8.count <= SeatLimits.auditSelectorBytesMax
            ? ListScope(fieldSelector: selector) : ListScope()
    }

    private mutating func beginAudit() {
        housekeeping.isAuditing = true
        housekeeping.auditScope = ownersNotInSight
        housekeeping.missing = []
        housekeeping.impossible = 0
        housekeeping.pages = 0
        call(.audit, .list(.taskOwners, housekeeping.auditScope))
    }

    mutating func audited(_ answer: Result<JSONValue, CallFailure>) {
        let page: ListPage
        switch answer {
        case .success(let json):
            do { page = try ListPage(json) } catch { return giveUpAudit(why: "\(error)") }
        case .failure(let failure):
            if case .status(let status) = failure, status.code == 400 { housekeeping.auditsAll = true }
            giveUpAudit(why: "\(failure)")
            return auditSoon()
        }
        housekeeping.pages += 1
        for item in page.items where housekeeping.missing.count < SeatLimits.missingOwnersMax {
            // What is finished needs somebody only if it is to be removed.
            guard let task = try? TaskObject(item), !task.owner.isEmpty, !task.isFinished || task.expiry != nil,
                !task.isDeleting, fleet.sights[task.owner] == nil, machines[task.owner] == nil
            else { continue }
            // Never a pod's: no Lease can have that name, so it has no seat that could be taken.
            guard PodName.isOne(task.owner) else {
                housekeeping.impossible += 1
                if housekeeping.impossible <= SeatLimits.missingOwnersMax {
                    tell(.ownerIsNoPod(task.owner, task: task.key))
                }
                continue
            }
            guard housekeeping.missing.insert(task.owner).inserted else { continue }
            tell(.ownerWithoutLease(task.owner, task: task.key))
        }
        if let continuation = page.continuation {
            guard housekeeping.pages < KubeLimits.pagesMax else {
                return giveUpAudit(why: "the list of tasks does not end after \(KubeLimits.pagesMax) pages")
            }
            call(.audit, .list(.taskOwners, housekeeping.auditScope, continuation: continuation))
            return
        }
        housekeeping.isAuditing = false
        if isStopping { return }
        // News of a renewal may be late.
        guard isHeld(own) else { return auditSoon() }
        for seat in housekeeping.missing.sorted(by: bytewise) where machines[seat] == nil {
            machines[seat] = .made
            tell(.adopting(seat, why: .absent))
            command(seat, .hold(.make(absenceWait: longestDuration)))
        }
    }

    private mutating func giveUpAudit(why: String) {
        housekeeping.isAuditing = false
        housekeeping.auditAt = now + spread(configuration.pace.audit)
        tell(.auditFailed(why: why))
    }

    // MARK: - Finished tasks

    /// nil while as many removals are under way as may be: the next answer goes on.
    var expiryDeadline: MonotonicInstant? { removals.underWay < TaskLimits.removalsMax ? expiries.earliest : nil }

    mutating func advanceExpiries() {
        while removals.underWay < TaskLimits.removalsMax, let ref = expiries.popDue(now) {
            guard isHeld(ref.seat), let estate = estates[ref.seat], estate.hasListed, let task = estate.tasks[ref.key],
                task.isFinished
            else {
                // Whoever holds the seat will see to it.
                if estates[ref.seat]?.tasks[ref.key] != nil { expiries.insert(ref, at: now + .seconds(5)) }
                continue
            }
            let unchanged = Preconditions(uid: task.meta.uid, resourceVersion: task.meta.resourceVersion)
            removals.underWay += 1
            call(.expiry(ref), .delete(.taskOwners, ref.key, unchanged))
        }
    }

    mutating func expiryAnswered(_ ref: TaskRef, _ answer: Result<JSONValue, CallFailure>) {
        removals.underWay -= 1
        switch answer {
        case .success:
            removals.failures = 0
            return tell(.expired(ref.key))
        // Somebody else was first, or the task has changed: the watch tells.
        case .failure(.status(let status)) where status.isNotFound || status.code == 409: removals.failures = 0
        // Whoever may not remove one task may not remove the next either.
        case .failure: removals.failures += 1
        }
        guard estates[ref.seat]?.tasks[ref.key] != nil else { return }
        let delay = Backoff(base: .seconds(5), cap: .seconds(300)).delay(
            attempt: removals.failures,
            random: random.next()
        )
        expiries.insert(ref, at: now + delay)
    }

    // MARK: - Empty estates

    /// It has become empty, or is so no longer, or has been so for long.
    private func isRemovalInQuestion(_ estate: Estate) -> Bool {
        guard mayBeRemoved(estate) else { return false }
        guard let emptiness = estate.emptiness else { return isEmpty(estate) }
        return !isEmpty(estate) || now >= emptiness.since + configuration.pace.emptyEstate
    }

    private func isEmpty(_ estate: Estate) -> Bool {
        estate.hasListed && estate.unfinished == 0 && estate.expiring == 0
    }

    /// An adopted seat that has been empty for long, whoever held it meanwhile: stale assignments have come by now, if any.
    /// One more look at the store, and its Lease goes.
    private mutating func considerRemoval(of seat: String) {
        guard let estate = estates[seat], mayBeRemoved(estate) else { return }
        guard isEmpty(estate), jobKeys(of: seat).isEmpty else {
            estates[seat]?.emptiness = nil
            return
        }
        guard let emptiness = estate.emptiness else {
            let found = emptinessFound(seat)
            estates[seat]?.emptiness = found
            return
        }
        guard now >= emptiness.since + configuration.pace.emptyEstate else { return }
        estates[seat]?.isRemoving = true
        call(.lastLook(seat), .list(.taskOwners, scope(of: seat)))
    }

    /// The tasks of a seat.
    func scope(of seat: String) -> ListScope { ListScope(fieldSelector: "spec.owner=\(seat)") }

    /// Whoever held it before may have found it empty, and has said since when. By wall clocks, and so never believed to be longer
    /// than is waited for: a clock that is wrong removes a seat too early or too late, and an audit finds what it is needed for.
    private func emptinessFound(_ seat: String) -> Estate.Emptiness {
        guard let said = fleet.sights[seat]?.lease.meta.annotations[SeatKeys.emptySince], let from = Timestamp(said)
        else {
            return Estate.Emptiness(since: now, said: wall.rfc3339Micro)
        }
        let passed = Duration.microseconds(
            (wall.seconds - from.seconds) * 1_000_000 + wall.microseconds - from.microseconds
        )
        return Estate.Emptiness(since: now - min(max(.zero, passed), configuration.pace.emptyEstate), said: said)
    }

    /// What the seat's Lease is to say of it; nil: what it says is left.
    func emptySince(_ estate: Estate) -> String? {
        if let emptiness = estate.emptiness { return emptiness.said }
        guard estate.hasListed, let said = fleet.sights[estate.seat]?.lease.meta.annotations[SeatKeys.emptySince],
            !said.isEmpty
        else { return nil }
        return ""
    }

    mutating func lastLookAnswered(_ seat: String, _ answer: Result<JSONValue, CallFailure>) {
        guard estates[seat]?.isRemoving == true else { return }
        guard case .success(let json) = answer, let page = try? ListPage(json), let lease = fleet.sights[seat]?.lease,
            isHeld(seat), lease.holderIdentity == me.text,
            !page.items.contains(where: { (try? TaskObject($0)).map { !$0.isFinished } ?? true })
        else { return giveUpRemoval(seat) }
        if let continuation = page.continuation {
            call(.lastLook(seat), .list(.taskOwners, scope(of: seat), continuation: continuation))
            return
        }
        let unchanged = Preconditions(uid: lease.meta.uid, resourceVersion: lease.meta.resourceVersion)
        call(.removal(seat), .delete(.leases, lease.meta.key, unchanged))
    }

    /// Its machine finds the Lease gone at the next renewal, and the estate ends with it.
    mutating func removalAnswered(_ seat: String, _ answer: Result<JSONValue, CallFailure>) {
        guard estates[seat]?.isRemoving == true else { return }
        guard case .success(let json) = answer else { return giveUpRemoval(seat) }
        // Somebody's finalizer keeps the Lease, so the seat is one still.
        guard json.at("metadata", "finalizers")?.arrayValue?.isEmpty ?? true else {
            giveUpRemoval(seat)
            estates[seat]?.emptiness?.since = now
            return
        }
        tell(.estateRemoved(seat))
        fleet.forget(seat)
        command(seat, .renewSoon)
    }

    /// A renewal came between, or a task, or nothing is known: soon again, if it is still empty then. Not in the rhythm of
    /// the renewals, which began when the estate did: they would come between every time.
    private mutating func giveUpRemoval(_ seat: String) {
        estates[seat]?.isRemoving = false
        estates[seat]?.emptiness?.since = now + configuration.profile.renewal * 3 / 2 - configuration.pace.emptyEstate
        enqueueAll(of: seat)
    }
}
