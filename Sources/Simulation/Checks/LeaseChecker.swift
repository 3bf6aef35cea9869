import KubeModel
import Wire

/// The seats as the store has them, and since when each has been of use.
struct LeaseChecker {
    struct Sight {
        var lease: Lease
        var usefulAt: MonotonicInstant
    }

    private(set) var sights: [String: Sight] = [:]

    var seats: [String] { sights.keys.sorted() }

    func term(_ seat: String) -> String? { sights[seat]?.lease.term }

    func holder(_ seat: String) -> String? { sights[seat]?.lease.holderIdentity }

    mutating func saw(_ lease: Lease, now: MonotonicInstant) {
        let before = sights[lease.meta.name]
        let isSame =
            before.map { $0.lease.term == lease.term && $0.lease.holderIdentity == lease.holderIdentity } ?? false
        sights[lease.meta.name] = Sight(lease: lease, usefulAt: isSame ? before?.usefulAt ?? now : now)
    }

    mutating func gone(_ seat: String) { sights[seat] = nil }

    mutating func isUsed(_ seat: String, now: MonotonicInstant) { sights[seat]?.usefulAt = now }

    /// Seats that have been of no use since before `since`.
    func useless(since: MonotonicInstant) -> [String] {
        sights.filter { $0.value.usefulAt < since }.keys.sorted()
    }
}
