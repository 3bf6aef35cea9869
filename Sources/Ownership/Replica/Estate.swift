import KubeModel
import Wire

/// One seat that a replica holds, or warms up for, and the tasks of that seat as the watch shows them.
struct Estate: Sendable {
    let seat: String
    /// Held, as far as the seat's machine has said; also ask whether `until` has passed.
    var tenure: SeatMachine.Tenure?
    /// When this tenure began.
    var heldSince = MonotonicInstant(nanoseconds: 0)
    /// Lost: what runs must end before the machine may go on.
    var isFenced = false
    var departure: Departure?
    var watch: ReplicaMachine.WatchID?
    var rule: StartRule
    var tasks: [ObjectKey: TaskObject] = [:]
    /// While the pod warms up: what is to be looked at once the seat is held. (With many tasks, sorting them then would be a good part
    /// of the time in which nobody works on any.) A task that has gone or ended since may still be in it.
    var warmOrder: [ObjectKey]?
    /// The watch has delivered a whole consistent list.
    var isSynced = false
    /// That list is as good as one made in this term.
    var hasListed = false
    /// The heir of a hand-over: its watch must reach this, or list again at `listAt`.
    var finalVersion: ResourceVersion?
    /// Until then the holder of a former Lease of this name may be at work on what its fence names.
    var rivalsUntil: MonotonicInstant?
    var listAt: MonotonicInstant?
    /// When this pod last said that it is warm.
    var saidWarmAt: MonotonicInstant?
    /// Everything up to there has been delivered.
    var reached: ResourceVersion?
    /// A look at the store has proven as much up to there.
    var looked: ResourceVersion?
    /// Somebody waits for the watermark to come somewhere, and the store is looked at for it.
    var look: Look?
    /// The greatest version of anything that was learned of a task of this seat, in whatever way.
    var learned: ResourceVersion?
    /// Left the seat, and still being stopped: the watermark waits for them.
    var stopping: Set<ObjectKey> = []
    /// Not before then, whatever happens to the object.
    var waits: [ObjectKey: MonotonicInstant] = [:]
    /// Jobs that came to nothing since one about that task came to something: each lets the next wait longer.
    var setbacks: [ObjectKey: Int] = [:]
    /// Moves that were not carried out, and until when the next one of that task waits. Its work does not.
    var unmoved: [ObjectKey: (times: Int, until: MonotonicInstant)] = [:]
    /// Tasks that answers have shown to be another seat's, which the watch has yet to say: older news of them is none.
    var departed: [ObjectKey: Departed] = [:]
    /// Tasks not finished.
    var unfinished = 0
    /// Finished tasks that must still be removed in time.
    var expiring = 0
    var emptiness: Emptiness?
    /// The Lease is being deleted because nothing is left.
    var isRemoving = false
    /// Said in the Lease last.
    var announced: [String: String] = [:]

    struct Look: Sendable {
        var awaited: ResourceVersion
        /// When the next one begins; nil: one is under way.
        var at: MonotonicInstant?
        /// For the page that is waited for; the answer to a look of the tenure before is none.
        var call: ReplicaMachine.CallID?
        /// Looks that proved nothing.
        var failures = 0
        /// What its pages have shown: epochs by uid.
        var epochs: [String: Int64] = [:]
        var pages = 0
    }

    struct Departed: Sendable {
        let uid: String
        /// By then it had left.
        let version: ResourceVersion
    }

    /// Nothing is left to do for this seat.
    struct Emptiness: Sendable {
        var since: MonotonicInstant
        /// For whoever holds the seat next: it need not begin to wait anew.
        let said: String
    }

    /// Letting go of a whole seat, step by step.
    struct Departure: Sendable {
        var heir: SeatIdentity?
        var phase: Phase

        enum Phase: Sendable, Equatable {
            /// The heir was named; it has until then to say that it is warm.
            case awaitingWarm(until: MonotonicInstant)
            /// Nothing new is started; what runs must end.
            case quiescing
            /// The one write is on its way: nothing is done under this seat any more.
            case leaving
        }
    }

    init(_ seat: String, duration: Duration, omissions: Set<Omission>) {
        self.seat = seat
        rule = StartRule(seat: seat, duration: duration, omissions: omissions)
    }

    func isHeld(at now: MonotonicInstant) -> Bool { tenure.map { now < $0.until } ?? false }

    /// By name.
    var unfinishedInOrder: [ObjectKey] { tasks.filter { !$0.value.isFinished }.keys.sorted() }

    /// A task that is to be worked on came, or was begun anew.
    mutating func insertWarm(_ key: ObjectKey) {
        guard let known = warmOrder else { return }
        var (low, high) = (0, known.count)
        while low < high {
            let middle = (low + high) / 2
            if known[middle] < key { low = middle + 1 } else { high = middle }
        }
        if low == known.count || known[low] != key { warmOrder?.insert(key, at: low) }
    }

    /// A version that counts for the hand-over.
    mutating func learn(_ version: ResourceVersion) {
        guard let known = learned else { return learned = version }
        // Incomparable versions: nobody can say how far the heir must have come, so it will have to list.
        if version.isNewer(than: known) ?? true { learned = version }
    }

    /// The watch has come so far: what had left by then it has said, or will not say any more.
    mutating func reaches(_ version: ResourceVersion) {
        reached = version
        departed = departed.filter { version.isNewer(than: $0.value.version) != true && version != $0.value.version }
    }

    /// The watch has shown everything that the former holder knew.
    var hasReachedFinal: Bool {
        guard isSynced, let finalVersion, let reached else { return false }
        return reached == finalVersion || reached.isNewer(than: finalVersion) == true
    }
}

/// One task as one seat sees it.
struct TaskRef: Sendable, Hashable {
    var seat: String
    var key: ObjectKey
}
