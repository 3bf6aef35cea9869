import KubeModel
import Wire

/// Up to where everything that left a seat has been quiesced: what receivers of its tasks wait for if the task names a
/// term that is over.
///
/// The seat's watch moves it, but may have nothing to say for a minute: a selector shows no news beyond the last of its own
/// until a bookmark comes. So a receiver that waits says in the sender's Lease for which version (`awaited-rv`), and the
/// holder looks at the store: a consistent list that agrees with all it knows and does proves as much as a watch that has
/// come so far.
extension ReplicaMachine {
    // MARK: - The receiver

    /// The sender's Lease was read, and did not satisfy.
    mutating func waitForWatermark(_ version: ResourceVersion, _ lease: Lease) {
        let seat = lease.meta.name
        if lease.holderIdentity == me.text { return lookAtStore(seat, for: version) }
        if lease.holderIdentity.isEmpty { return }
        if let asked = lease.meta.annotations[SeatKeys.awaitedRV].map({ ResourceVersion($0) }) {
            if asked == version || asked.isNewer(than: version) == true { return }
        }
        var patch = JSONPatch()
        patch.test("/metadata/uid", .string(lease.meta.uid))
        patch.test("/spec/leaseTransitions", .integer(lease.leaseTransitions))
        patch.add(.annotation(SeatKeys.awaitedRV), .string(version.text))
        call(.awaited(seat), .patch(.leases, lease.meta.key, .json, patch.json, Self.writeOptions))
    }

    // MARK: - The holder

    mutating func considerAwaited(_ seat: String, _ lease: Lease) {
        guard lease.holderIdentity == me.text, let text = lease.meta.annotations[SeatKeys.awaitedRV] else { return }
        lookAtStore(seat, for: ResourceVersion(text))
    }

    private mutating func lookAtStore(_ seat: String, for version: ResourceVersion) {
        guard let estate = estates[seat], estate.isHeld(at: now) else { return }
        if let known = estate.awaited, known == version || known.isNewer(than: version) == true { return }
        if let said = estate.watermark, said == version || said.isNewer(than: version) == true { return }
        estates[seat]?.awaited = version
        estates[seat]?.lookAt = now
    }

    var watermarkDeadline: MonotonicInstant? { estates.values.compactMap(\.lookAt).min() }

    mutating func advanceWatermarks() {
        for seat in estates.keys.sorted(by: bytewise) {
            guard let estate = estates[seat], let at = estate.lookAt, at <= now else { continue }
            guard estate.isHeld(at: now), estate.departure == nil else {
                estates[seat]?.lookAt = nil
                continue
            }
            // Not before the tenure's own list; and one look at a time.
            estates[seat]?.lookAt = estate.hasListed ? nil : now + Self.lookAgain
            guard estate.hasListed else { continue }
            call(.look(seat), .list(.taskOwners, ListScope(fieldSelector: "spec.owner=\(seat)"), limit: nil))
        }
    }

    static let lookAgain = Duration.milliseconds(250)

    mutating func looked(_ seat: String, _ answer: Result<JSONValue, CallFailure>) {
        guard let estate = estates[seat], estate.isHeld(at: now), let awaited = estate.awaited else { return }
        guard case .success(let json) = answer, let page = try? ListPage(json), agrees(page, estate) else {
            // The watch is about to say what is different.
            estates[seat]?.lookAt = now + Self.lookAgain
            return
        }
        estates[seat]?.looked = page.resourceVersion
        if page.resourceVersion != awaited, page.resourceVersion.isNewer(than: awaited) != true {
            estates[seat]?.lookAt = now + Self.lookAgain
        } else {
            estates[seat]?.awaited = nil
        }
        announceAt = nil
        command(seat, .renewSoon)
    }

    /// Nothing is known or done about a task that the store says is not this seat's any more.
    private func agrees(_ page: ListPage, _ estate: Estate) -> Bool {
        var epochs: [String: Int64] = [:]
        for item in page.items {
            if let task = try? TaskObject(item) { epochs[task.meta.uid] = task.ownership.epoch }
        }
        return estate.stopping.isEmpty
            && estate.tasks.values.allSatisfy { epochs[$0.meta.uid] == $0.ownership.epoch }
            && jobs.values.allSatisfy { $0.ref.seat != estate.seat || epochs[$0.uid] == $0.epoch }
    }
}

extension Estate {
    /// The greater of what the watch has reached and what a look at the store has shown.
    var watermark: ResourceVersion? {
        guard let looked else { return reached }
        guard let reached else { return looked }
        return reached.isNewer(than: looked) == false ? looked : reached
    }
}
