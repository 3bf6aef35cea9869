package import KubeModel
package import Wire

/// Who may be chosen as an owner: the ready pods of the operator's Service, each joined with the Lease of its seat.
/// Endpoints tell who can be reached, Leases tell who is alive; neither is asked to prove a death.
package struct MembershipView: Sendable {
    package enum Event: Sendable {
        /// A slice of the operator's Service appeared or changed.
        case sliceUpserted(EndpointSlice)
        case sliceDeleted(ObjectKey)
        case leaseUpserted(Lease)
        case leaseDeleted(ObjectKey)
        /// How many webhook replicas assign at the same time.
        case replicas(Int)
        /// The watches of slices and Leases are up, or not. While they are down nobody is seen to renew, which proves
        /// nothing: no seat expires, and all times start anew when they are back.
        case watching(Bool)
        case tick
    }

    private var pods = EndpointPods()
    private var seats: [String: SeatSight] = [:]
    private var replicas = 1
    /// When the watches went down; nil while they are up.
    private var blindSince: MonotonicInstant?
    private var published = MemberTable.empty
    /// What the next snapshot may differ in.
    private var changes = Changes.none
    private var nextLoads = MonotonicInstant(nanoseconds: .min)
    /// No published member's seat expires before: renewals only move it later, so it is looked for again when it comes.
    private var noExpiryBefore: MonotonicInstant?

    private enum Changes: Comparable { case none, loads, members }

    package init() {}

    /// Takes in one event; answers with the next snapshot if it differs.
    package mutating func step(_ event: Event, now: MonotonicInstant) -> MemberTable? {
        take(event, now: now)
        return snapshot(now: now)
    }

    /// Takes in one event of several. A snapshot costs as much as there are members: of a thousand Leases that are listed
    /// together one is made, not a thousand.
    package mutating func take(_ event: Event, now: MonotonicInstant) {
        switch event {
        case .sliceUpserted(let slice): note(pods.upsert(slice) ? .members : .none)
        case .sliceDeleted(let key): note(pods.delete(key) ? .members : .none)
        case .leaseUpserted(let lease): see(lease, now)
        case .leaseDeleted(let key): note(seats.removeValue(forKey: key.name) == nil ? .none : .members)
        case .replicas(let count):
            replicas = count
            note(.members)
        case .watching(let isUp): watch(isUp, now)
        case .tick: if let noExpiryBefore, now >= noExpiryBefore { note(.members) }
        }
    }

    /// The next snapshot, if it differs from the one before. Who joins or leaves is told at once, loads at most every
    /// `MembershipLimits.loadsInterval`.
    package mutating func snapshot(now: MonotonicInstant) -> MemberTable? {
        pods.settle(now: now)
        if pods.dropGone(now: now) { note(.members) }
        return publish(now)
    }

    /// When the next `.tick` is due.
    package var nextDeadline: MonotonicInstant? {
        [pods.nextDeadline, changes == .loads ? nextLoads : nil, noExpiryBefore].compactMap { $0 }.min()
    }

    // MARK: - Seats

    private mutating func note(_ change: Changes) { changes = max(changes, change) }

    private mutating func see(_ lease: Lease, _ now: MonotonicInstant) {
        guard lease.isSeat else { return }
        let name = lease.meta.name
        guard let before = seats[name] else {
            guard seats.count < PlacementLimits.membersMax else { return }
            seats[name] = SeatSight(lease, now)
            return note(.members)
        }
        let after = before.seeing(lease, now)
        seats[name] = after
        note(after.isSameCandidate(as: before) && now < before.expires ? .loads : .members)
    }

    private mutating func watch(_ isUp: Bool, _ now: MonotonicInstant) {
        guard isUp == (blindSince != nil) else { return }
        blindSince = isUp ? nil : now
        if isUp { for name in seats.keys { seats[name]?.restart(now) } }
        note(.members)
    }

    // MARK: - The join

    private mutating func publish(_ now: MonotonicInstant) -> MemberTable? {
        guard changes == .members || (changes == .loads && now >= nextLoads) else { return nil }
        let (candidates, expiry) = candidates(now)
        let next = MemberTable(candidates, replicas: replicas, following: published)
        let isSame = next.hasSameMembers(as: published) && next.replicas == published.replicas
        noExpiryBefore = blindSince.map { $0 + MembershipLimits.blindFor } ?? expiry
        // Once the last known members are given up, nothing is left to wait for.
        if blindSince != nil, next.isEmpty { noExpiryBefore = nil }
        if isSame, now < nextLoads {
            changes = next == published ? .none : .loads
            return nil
        }
        changes = .none
        guard next != published else { return nil }
        nextLoads = now + MembershipLimits.loadsInterval
        published = next
        return next
    }

    /// In order of name; and when the first of their seats expires.
    private func candidates(_ now: MonotonicInstant) -> (members: [Member], expiry: MonotonicInstant?) {
        if let blindSince, now >= blindSince + MembershipLimits.blindFor { return ([], nil) }
        // Before the first Lease there is nothing to go by but the endpoints.
        if seats.isEmpty { return (pods.ready.map { Member($0.pod) }, nil) }
        var members: [Member] = []
        members.reserveCapacity(pods.ready.count)
        var expiry: MonotonicInstant?
        for pod in pods.ready {
            guard let seat = seats[pod.pod], seat.namespace == pod.namespace, seat.isHeld(byPodWithUID: pod.uid),
                !seat.isDraining
            else { continue }
            let expires = seat.expires
            guard blindSince != nil || now < expires else { continue }
            expiry = min(expiry ?? expires, expires)
            members.append(Member(pod.pod, weight: seat.weight, load: seat.load, publication: seat.publication))
        }
        return (members, expiry)
    }
}

/// One seat as this observer sees it: what choosing it needs of the Lease, and no more.
private struct SeatSight: Sendable {
    private(set) var namespace: String
    private(set) var isDraining = false
    private(set) var weight = 1
    private(set) var load: Int?
    private var pod: String
    private var podUID: String?
    private var record: LeaseRecord
    /// When the record was first seen as it is, by our own clock.
    private var since: MonotonicInstant
    /// Counts the records seen: with each the pod's load is published anew.
    private var records: UInt64 = 0
    private var identity: SeatIdentity?

    init(_ lease: Lease, _ now: MonotonicInstant) {
        namespace = lease.meta.namespace
        pod = lease.meta.name
        record = LeaseRecord(lease)
        since = now
        identity = SeatIdentity(lease.holderIdentity)
        read(lease)
    }

    private mutating func read(_ lease: Lease) {
        let annotations = lease.meta.annotations
        namespace = lease.meta.namespace
        podUID = annotations[SeatKeys.podUID]
        isDraining = annotations[SeatKeys.draining].map { $0 != "false" } ?? false
        weight = annotations[SeatKeys.weight].flatMap { Int($0) } ?? 1
        load = annotations[SeatKeys.load].flatMap { Int($0) }
    }

    func seeing(_ lease: Lease, _ now: MonotonicInstant) -> SeatSight {
        var next = self
        next.read(lease)
        let record = LeaseRecord(lease)
        guard record != self.record else { return next }
        next.record = record
        next.since = now
        next.records += 1
        next.identity = SeatIdentity(lease.holderIdentity)
        return next
    }

    /// Whether at most its load differs, as far as choosing it goes.
    func isSameCandidate(as other: SeatSight) -> Bool {
        identity == other.identity && isDraining == other.isDraining && weight == other.weight
            && podUID == other.podUID
            && record.leaseDurationSeconds <= other.record.leaseDurationSeconds
    }

    mutating func restart(_ now: MonotonicInstant) { since = now }

    var expires: MonotonicInstant { since + record.duration(default: SeatProfile.standard.duration) }
    var publication: UInt64 { load == nil ? 0 : records }

    /// Held by the seat's own pod, and by the one that the endpoint means: a StatefulSet's next pod has the same name.
    func isHeld(byPodWithUID uid: String) -> Bool {
        guard let identity, identity.pod == pod, uid.hasPrefix(identity.podUID8) else { return false }
        return podUID.map { $0 == uid } ?? true
    }
}
