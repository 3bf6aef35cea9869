package import KubeModel
package import Wire

/// Whether this pod may start a task under a seat that it holds. Lives as long as one tenure of the seat; what it has
/// learned about senders ends with the term.
package struct StartRule: Sendable {
    package enum Verdict: Sendable, Equatable {
        case start
        /// It belongs to another seat, or to none: stop what runs of it.
        case notMine
        /// GET the Lease of that seat from the store itself, then call `senderRead`.
        case checkSender(seat: String)
        /// Not yet; ask again then, or when told that the reason is gone.
        case wait(WaitReason, until: MonotonicInstant?)
    }

    package enum WaitReason: Sendable, Equatable {
        case seatNotHeld
        /// Tasks come from the watch, which may lag behind this term's beginning: a task may have left since.
        case notListedYet
        /// A release is on its way or its outcome unknown: only a re-claim may end that.
        case releaseInFlight
        /// The sender's seat has a new holder, who may run the task until it has seen the move.
        case senderMayRun(seat: String)
    }

    /// What is remembered of one task.
    private struct Memory {
        var epoch: Int64
        /// The version at which the task was first seen under this epoch: the move is no newer.
        var movedAt: ResourceVersion
        var hasPassed = false
        /// Not before then, as far as the last look at the sender tells.
        var recheckAt: MonotonicInstant?
        /// Since when the sender's Lease has been absent whenever it was read.
        var absentSince: MonotonicInstant?
        var isReleasing = false
    }

    package let seat: String
    private let duration: Duration
    private let omissions: Set<Omission>
    /// By uid; of tasks of this seat only.
    private var memory: [String: Memory] = [:]

    /// `duration` is D of the longest profile in use: an absent Lease names none.
    package init(seat: String, duration: Duration, omissions: Set<Omission> = []) {
        self.seat = seat
        self.duration = duration
        self.omissions = omissions
    }

    /// `isHeld`: now < the tenure's end. `hasListed`: the tasks of the seat were listed consistently in this term.
    package mutating func decide(
        _ task: TaskObject,
        isHeld: Bool,
        hasListed: Bool,
        now: MonotonicInstant
    ) -> Verdict {
        guard task.owner == seat else {
            memory[task.meta.uid] = nil
            return .notMine
        }
        var known = memory[task.meta.uid] ?? Memory(epoch: task.ownership.epoch, movedAt: task.meta.resourceVersion)
        if known.epoch != task.ownership.epoch {
            known = Memory(epoch: task.ownership.epoch, movedAt: task.meta.resourceVersion)
        }
        defer { memory[task.meta.uid] = known }
        guard isHeld else { return .wait(.seatNotHeld, until: nil) }
        guard hasListed else { return .wait(.notListedYet, until: nil) }
        if known.isReleasing { return .wait(.releaseInFlight, until: nil) }
        // A seat that re-claimed its own task let nobody else have it in between. And what a holder of this seat has
        // fenced under this epoch it had accepted before: that the sender's seat is done with it stays true for ever.
        guard !known.hasPassed, !isFenced(task), let sender = task.ownership.from?.seat, sender != seat,
            !omissions.contains(.noReceiverCheck)
        else { return .start }
        if let recheckAt = known.recheckAt, now < recheckAt {
            return .wait(.senderMayRun(seat: sender), until: recheckAt)
        }
        return .checkSender(seat: sender)
    }

    private func isFenced(_ task: TaskObject) -> Bool {
        guard let slash = task.fence.lastIndex(of: "/") else { return false }
        return task.fence[task.fence.index(after: slash)...] == "\(task.ownership.epoch)"
    }

    /// The sender's Lease as just read; nil: it does not exist. Ask `decide` again afterwards.
    package mutating func senderRead(_ task: TaskObject, _ lease: Lease?, now: MonotonicInstant) {
        guard let from = task.ownership.from, var known = memory[task.meta.uid], known.epoch == task.ownership.epoch
        else { return }
        if let lease {
            known.absentSince = nil
            known.hasPassed = lease.term == from.term || hasSeenMove(lease, known.movedAt)
        } else {
            let since = known.absentSince ?? now
            known.absentSince = since
            known.hasPassed = now >= since + duration || omissions.contains(.deletedLeasePasses)
        }
        known.recheckAt = known.hasPassed ? nil : now + Self.recheckInterval
        memory[task.meta.uid] = known
    }

    /// Where the sender's watermark must be for the task; nil: it need not be anywhere.
    func awaitedVersion(_ task: TaskObject) -> ResourceVersion? {
        memory[task.meta.uid].flatMap { $0.hasPassed || $0.absentSince != nil ? nil : $0.movedAt }
    }

    /// The sender's seat is held by this very pod, under the term that the task names: nobody can have acquired it
    /// since, so whoever does will list after the move.
    package mutating func senderIsOurs(_ task: TaskObject) {
        guard var known = memory[task.meta.uid], known.epoch == task.ownership.epoch else { return }
        known.hasPassed = true
        memory[task.meta.uid] = known
    }

    /// A release of the task is about to be sent. It counts until the epoch has risen: an outcome that is unknown is
    /// ended by a re-claim only.
    package mutating func releaseStarts(_ task: TaskObject) {
        memory[task.meta.uid, default: Memory(epoch: task.ownership.epoch, movedAt: task.meta.resourceVersion)]
            .isReleasing = true
    }

    /// The release was certainly not carried out: refused by the server, and the task read again is unchanged.
    package mutating func releaseDidNotHappen(_ task: TaskObject) { memory[task.meta.uid]?.isReleasing = false }

    /// The task is gone.
    package mutating func forget(uid: String) { memory[uid] = nil }

    /// How often a sender is looked at that has not yet seen the move.
    package static let recheckInterval = Duration.milliseconds(500)

    /// The watermark says that its holder has quiesced everything up to there.
    private func hasSeenMove(_ lease: Lease, _ movedAt: ResourceVersion) -> Bool {
        guard let text = lease.meta.annotations[SeatKeys.syncedRV] else { return false }
        let watermark = ResourceVersion(text)
        return watermark == movedAt || watermark.isNewer(than: movedAt) == true
    }
}
