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
        guard let estate = estates[seat], estate.isHeld(at: now), !estate.hasShown(version) else { return }
        guard let known = estate.look else {
            estates[seat]?.look = Estate.Look(awaited: version, at: now)
            return
        }
        if version.isNewer(than: known.awaited) == true { estates[seat]?.look?.awaited = version }
    }

    var watermarkDeadline: MonotonicInstant? { estates.values.compactMap { $0.look?.at }.min() }

    mutating func advanceWatermarks() {
        for seat in seats(where: { estate in estate.look?.at.map { $0 <= now } ?? false }) {
            guard let estate = estates[seat], let look = estate.look else { continue }
            // The watch may have come there by itself.
            guard estate.isHeld(at: now), estate.departure == nil, !estate.hasShown(look.awaited) else {
                estates[seat]?.look = nil
                continue
            }
            // Not before the tenure's own list; and one look at a time.
            guard estate.hasListed else {
                estates[seat]?.look?.at = now + Self.lookAgain.base
                continue
            }
            estates[seat]?.look?.at = nil
            estates[seat]?.look?.epochs = [:]
            estates[seat]?.look?.pages = 0
            let id = call(.look(seat), .list(.taskOwners, scope(of: seat)))
            estates[seat]?.look?.call = id
        }
    }

    static let lookAgain = Backoff(base: .milliseconds(250), cap: .seconds(5))

    mutating func looked(_ seat: String, _ id: CallID, _ answer: Result<JSONValue, CallFailure>) {
        guard let asked = estates[seat]?.look, asked.at == nil, asked.call == id else { return }
        guard case .success(let json) = answer, let page = try? ListPage(json) else {
            return lookAgain(at: seat)
        }
        for item in page.items {
            if let task = try? TaskObject(item) { estates[seat]?.look?.epochs[task.meta.uid] = task.ownership.epoch }
        }
        estates[seat]?.look?.pages += 1
        guard let estate = estates[seat], let look = estate.look else { return }
        // News of a renewal may be late, and nobody else asks again.
        guard estate.isHeld(at: now) else { return lookAgain(at: seat) }
        if let continuation = page.continuation, look.pages < KubeLimits.pagesMax {
            let id = call(.look(seat), .list(.taskOwners, scope(of: seat), continuation: continuation))
            estates[seat]?.look?.call = id
            return
        }
        // Else the watch is about to say what is different.
        guard page.continuation == nil, agrees(look.epochs, at: page.resourceVersion, estate) else {
            return lookAgain(at: seat)
        }
        estates[seat]?.looked = page.resourceVersion
        if estates[seat]?.hasShown(look.awaited) == true { estates[seat]?.look = nil } else { lookAgain(at: seat) }
        announceAt = nil
        command(seat, .renewSoon)
    }

    private mutating func lookAgain(at seat: String) {
        guard let look = estates[seat]?.look, look.at == nil else { return }
        estates[seat]?.look?.at = now + Self.lookAgain.delay(attempt: look.failures, random: random.next())
        estates[seat]?.look?.failures += 1
    }

    /// Nothing is known or done about a task that the store says is not this seat's any more. What is newer than the list was
    /// this seat's after it, and so is no work that the list would have had to end.
    private func agrees(_ epochs: [String: Int64], at version: ResourceVersion, _ estate: Estate) -> Bool {
        func agrees(_ uid: String, _ epoch: Int64, _ known: ResourceVersion) -> Bool {
            epochs[uid] == epoch || known.isNewer(than: version) == true
        }
        return estate.stopping.isEmpty
            && estate.tasks.values.allSatisfy { agrees($0.meta.uid, $0.ownership.epoch, $0.meta.resourceVersion) }
            && jobs.values.allSatisfy {
                $0.ref.seat != estate.seat || agrees($0.uid, $0.epoch, $0.task.meta.resourceVersion)
            }
    }
}

extension Estate {
    /// The greater of what the watch has reached and what a look at the store has shown.
    var watermark: ResourceVersion? {
        guard let looked else { return reached }
        guard let reached else { return looked }
        return reached.isNewer(than: looked) == false ? looked : reached
    }

    /// The watermark is there, or beyond.
    func hasShown(_ version: ResourceVersion) -> Bool {
        watermark.map { $0 == version || $0.isNewer(than: version) == true } ?? false
    }
}
