import KubeModel
import Wire

/// How well the Leases are seen.
struct FleetWatch: Sendable {
    var isSynced = false
    var isHealthy = false
    /// What the watch has shown so far.
    private(set) var reached: ResourceVersion?
    /// When some seat may be taken, as far as is known; nil: nobody's is in sight.
    var due: MonotonicInstant?
    var dueVersion: UInt64?
    /// Who lived when it was last looked, and since when they are the same.
    var members: [String] = []
    var steadySince: MonotonicInstant?

    mutating func reaches(_ version: ResourceVersion) {
        if reached.map({ version.isNewer(than: $0) ?? true }) ?? true { reached = version }
    }

    /// A list of that version has nothing to say that the watch has not said.
    func hasPassed(_ version: ResourceVersion) -> Bool { reached?.isNewer(than: version) == true }
}

/// The Leases of all seats: who lives, whose seat is to be taken over, who wants one back.
extension ReplicaMachine {
    mutating func take(_ news: WatchNews, _ purpose: WatchPurpose) {
        switch purpose {
        case .leases: takeLeases(news)
        case .pods: takePods(news)
        case .unowned: takeUnowned(news)
        case .estate(let seat): takeTasks(news, seat)
        }
    }

    private mutating func takeLeases(_ news: WatchNews) {
        switch news {
        case .upsert(_, let object):
            guard let lease = try? Lease(object) else { return }
            fleetWatch.reaches(lease.meta.resourceVersion)
            see(lease)
        case .delete(let key, let last):
            if let last, let meta = try? ObjectMeta(of: last) { fleetWatch.reaches(meta.resourceVersion) }
            leaseVanished(key.name)
        case .synced(let version):
            fleetWatch.isSynced = true
            fleetWatch.reaches(version)
            sawAgain()
        case .healthy: sawAgain()
        case .unhealthy(let why):
            fleetWatch.isHealthy = false
            tell(.watchTroubled("leases", why: why))
        case .reached(let version): fleetWatch.reaches(version)
        }
    }

    private mutating func sawAgain() {
        if !fleetWatch.isHealthy { fleet.restartTimers(now: now) }
        fleetWatch.isHealthy = true
    }

    /// From the watch, or from a list.
    mutating func see(_ lease: Lease) {
        guard fleet.see(lease, now: now) else { return }
        let seat = lease.meta.name
        if machines[seat] != nil { command(seat, .leaseSeen(lease)) }
        considerDeparture(seat, lease)
        considerAwaited(seat, lease)
        considerHeirship(seat, lease)
        considerDeath(of: seat)
    }

    mutating func leaseVanished(_ seat: String) {
        fleet.forget(seat)
        auditSoon()
        guard machines[seat] == nil else { return }
        heldTerms.vanish(seat)
        drop(seat)
    }

    // MARK: - Heirship

    /// A Lease may name this pod as the heir of a seat that is still held, or as its holder already.
    private mutating func considerHeirship(_ seat: String, _ lease: Lease) {
        guard !isStopping else { return }
        if seat == own {
            // Another pod keeps our seat, and gives it back once our watch is up.
            if let holder = SeatIdentity(lease.holderIdentity), holder.pod != own {
                warm(own)
                if estates[own]?.isSynced == true { sayWarm(own) }
            }
            return
        }
        if lease.holderIdentity == me.text {
            guard machines[seat] == nil else { return }
            if let retryAt = fleet.sights[seat]?.retryAt, retryAt > now { return wakeFleet(at: retryAt) }
            // A term that was held once and lost is not held again: moves that nobody answered may still come to pass, and
            // their receivers look for its end.
            let isGift = lease.term != heldTerms[seat] || omits(.resumeWithoutBump)
            let aim = isGift ? SeatMachine.Aim.inherit(lease) : .adopt(LeaseRecord(lease), proof: nil)
            machines[seat] = aim.kind
            command(seat, .hold(aim))
        } else if lease.meta.annotations[SeatKeys.heir] == me.text, machines[seat] == nil {
            warm(seat)
        } else if machines[seat] == nil, estates[seat] != nil {
            // Somebody else's after all.
            drop(seat)
        }
    }

    /// Watches the seat's tasks before it is ours.
    private mutating func warm(_ seat: String) {
        guard estates[seat] == nil else { return }
        var estate = makeEstate(seat)
        relist(&estate)
        estates[seat] = estate
    }

    /// The watch is up: says so in the Lease of the seat, which its holder watches.
    mutating func sayWarm(_ seat: String) {
        guard let lease = fleet.sights[seat]?.lease, seat == own || machines[seat] == nil,
            seat == own ? SeatIdentity(lease.holderIdentity) != me : lease.meta.annotations[SeatKeys.heir] == me.text,
            lease.meta.annotations[SeatKeys.warm] != me.text, !lease.holderIdentity.isEmpty,
            estates[seat]?.saidWarmAt.map({ now >= $0 + Self.warmAgain }) ?? true
        else { return }
        estates[seat]?.saidWarmAt = now
        var patch = JSONPatch()
        patch.test("/metadata/uid", .string(lease.meta.uid))
        patch.test("/spec/holderIdentity", .string(lease.holderIdentity))
        patch.test("/spec/leaseTransitions", .integer(lease.leaseTransitions))
        patch.add(.annotation(SeatKeys.warm), .string(me.text))
        call(.warm(seat), .patch(.leases, lease.meta.key, .json, patch.json, Self.writeOptions))
    }

    /// A pod that was deleted by force may live on beside the one of its name, and say the same as often as that one does.
    static let warmAgain = Duration.milliseconds(500)

    /// If it did not come through the holder lets go of the seat without an heir, which is but slower.
    mutating func warmAnswered(_ seat: String, _ answer: Result<JSONValue, CallFailure>) {
        if case .success(let json) = answer, let lease = try? Lease(json) { see(lease) }
    }

    // MARK: - Taking over

    /// When the next seat may be taken. Not looked for again until something has changed.
    var fleetDeadline: MonotonicInstant? {
        [fleetWatch.due, estates.values.compactMap(\.listAt).min()].compactMap { $0 }.min()
    }

    mutating func advanceFleet() {
        for seat in seats(where: { estate in estate.listAt.map { $0 <= now } ?? false }) {
            guard var estate = estates[seat] else { continue }
            if estate.hasReachedFinal { estate.listAt = nil } else { relist(&estate) }
            estates[seat] = estate
        }
        guard fleetWatch.dueVersion != fleet.version || (fleetWatch.due.map { $0 <= now } ?? false) else { return }
        membershipMayHaveChanged()
        fleetWatch.due = nil
        if mayTakeOver {
            for seat in fleet.sights.keys.sorted(by: bytewise) { considerTakeover(of: seat) }
        }
        // Members fall silent without anything being said.
        for (seat, sight) in fleet.sights where fleet.isMember(seat, now: now) {
            wakeFleet(at: fleet.expiry(of: sight))
        }
        fleetWatch.dueVersion = fleet.version
    }

    private mutating func wakeFleet(at time: MonotonicInstant) {
        fleetWatch.due = min(fleetWatch.due ?? time, max(time, now + .milliseconds(1)))
    }

    /// Only who holds its own seat, and sees, takes those of others.
    private var mayTakeOver: Bool { !isStopping && isHeld(own) && fleetWatch.isSynced && fleetWatch.isHealthy }

    private mutating func considerTakeover(of seat: String) {
        guard seat != own, machines[seat] == nil, let sight = fleet.sights[seat] else { return }
        if sight.lease.holderIdentity == me.text { return considerHeirship(seat, sight.lease) }
        let reason: ReplicaNote.AdoptionReason
        var due: MonotonicInstant
        if sight.record.holderIdentity.isEmpty {
            (reason, due) = (.released, sight.since)
        } else if let proven = sight.provenAt, now < fleet.expiry(of: sight), deaths.proof(of: sight) != nil {
            (reason, due) = (.proven, proven)
        } else {
            // By its silence, also where a proof can be seen but not read.
            (reason, due) = (.silent, omits(.takeoverBeforeFence) ? sight.since + .seconds(3) : fleet.expiry(of: sight))
        }
        if let retryAt = sight.retryAt { due = max(due, retryAt) }
        guard due <= now else { return wakeFleet(at: due) }
        let rank = fleet.rank(of: own, for: Digest64.of(seat), among: fleetWatch.members.filter { $0 != seat })
        let turn = due + configuration.pace.rankStep * rank
        guard turn <= now else { return wakeFleet(at: turn) }
        machines[seat] = .adopted
        tell(.adopting(seat, why: reason))
        let proof = reason == .proven ? deaths.proof(of: sight) : nil
        command(seat, .hold(.adopt(sight.record, proof: proof)))
    }

    // MARK: - Members

    mutating func membershipMayHaveChanged() {
        let members = fleet.members(now: now)
        guard members != fleetWatch.members else { return }
        fleetWatch.members = members
        fleetWatch.steadySince = now
        balance.reset()
        auditSoon()
    }
}
