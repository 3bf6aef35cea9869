import KubeModel
import Wire

/// All seats as their Leases show them, and since when, by this pod's own clock. It says who seems alive and who seems
/// dead; only a read of the store and a compare-and-swap make use of it.
struct Fleet: Sendable {
    struct Sight: Sendable {
        var lease: Lease
        var record: LeaseRecord
        /// Since when the record has been seen as it is.
        var since: MonotonicInstant
        /// Since when a Lease with this uid has been seen.
        var bornBefore: MonotonicInstant
        var holder: SeatIdentity?
        /// Its container was seen to have ended.
        var provenAt: MonotonicInstant?
        /// After a try that failed: not before then, unless the record changes.
        var retryAt: MonotonicInstant?

        var load: Int { lease.meta.annotations[SeatKeys.load].flatMap(Int.init).map { max(0, $0) } ?? 0 }
        var isDraining: Bool { lease.meta.annotations[SeatKeys.draining] == "true" }
        var revision: String { lease.meta.annotations[SeatKeys.revision] ?? "" }

        func expiry(default fallback: Duration) -> MonotonicInstant { since + record.duration(default: fallback) }
    }

    private(set) var sights: [String: Sight] = [:]
    private let fallback: Duration
    /// Set by every change; whoever derives something from the fleet compares it.
    private(set) var version: UInt64 = 0

    init(fallback: Duration) { self.fallback = fallback }

    /// False if it was known, or older than what is known.
    @discardableResult
    mutating func see(_ lease: Lease, now: MonotonicInstant) -> Bool {
        let name = lease.meta.name
        let record = LeaseRecord(lease)
        guard let known = sights[name] else {
            sights[name] = Sight(
                lease: lease,
                record: record,
                since: now,
                bornBefore: now,
                holder: SeatIdentity(lease.holderIdentity)
            )
            version += 1
            return true
        }
        if known.lease == lease || known.lease.meta.resourceVersion.isNewer(than: lease.meta.resourceVersion) == true {
            return false
        }
        var sight = known
        sight.lease = lease
        if record != known.record {
            sight.record = record
            sight.since = now
            if record.uid != known.record.uid { sight.bornBefore = now }
            if record.holderIdentity != known.record.holderIdentity {
                sight.holder = SeatIdentity(lease.holderIdentity)
            }
            sight.provenAt = nil
            sight.retryAt = nil
        }
        sights[name] = sight
        if !isMereRenewal(from: known, to: sight, now) { version += 1 }
        return true
    }

    /// Then whatever is due becomes due no earlier than was reckoned, and the same pods are members.
    private func isMereRenewal(from old: Sight, to new: Sight, _ now: MonotonicInstant) -> Bool {
        var renewed = old.record
        renewed.renewTime = new.record.renewTime
        return renewed == new.record && old.isDraining == new.isDraining && old.provenAt == nil && old.retryAt == nil
            && !new.record.holderIdentity.isEmpty && now < expiry(of: old)
    }

    mutating func forget(_ seat: String) {
        if sights.removeValue(forKey: seat) != nil { version += 1 }
    }

    /// We did not see anything for a while: nobody's silence proves anything, and all times start anew.
    mutating func restartTimers(now: MonotonicInstant) {
        for name in Array(sights.keys) { sights[name]?.since = now }
        version += 1
    }

    mutating func prove(_ seat: String, now: MonotonicInstant) {
        if sights[seat]?.provenAt == nil {
            sights[seat]?.provenAt = now
            version += 1
        }
    }

    /// The proof cannot be read any more.
    mutating func doubt(_ seat: String) {
        if sights[seat]?.provenAt != nil {
            sights[seat]?.provenAt = nil
            version += 1
        }
    }

    mutating func postpone(_ seat: String, until: MonotonicInstant) {
        sights[seat]?.retryAt = until
        version += 1
    }

    func expiry(of sight: Sight) -> MonotonicInstant { sight.expiry(default: fallback) }

    /// Pods that hold their own seat and seem alive, in name order.
    func members(now: MonotonicInstant) -> [String] {
        sights.filter { isMember($0.key, $0.value, now) }.keys.sorted(by: bytewise)
    }

    func isMember(_ seat: String, now: MonotonicInstant) -> Bool {
        sights[seat].map { isMember(seat, $0, now) } ?? false
    }

    private func isMember(_ seat: String, _ sight: Sight, _ now: MonotonicInstant) -> Bool {
        sight.holder?.pod == seat && sight.provenAt == nil && !sight.isDraining && now < expiry(of: sight)
    }

    /// How many of the others come before `me` for this key: by rendezvous hashing, so that every pod reckons the same.
    func rank(of me: String, for key: UInt64, among members: [String]) -> Int {
        let own = Self.score(me, key)
        return members.count { other in
            guard other != me else { return false }
            let score = Self.score(other, key)
            return score > own || (score == own && bytewise(other, me))
        }
    }

    /// Of two names the one with the greater score comes first for the key.
    static func score(_ name: String, _ key: UInt64) -> UInt64 { Digest64.mix(Digest64.of(name) ^ key) }
}

/// The same order on every machine.
func bytewise(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
