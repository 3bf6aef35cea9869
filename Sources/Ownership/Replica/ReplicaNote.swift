package import KubeModel

/// What a replica says about itself, for people and counters. Nothing is decided by it.
package enum ReplicaNote: Sendable, Equatable {
    case seatHeld(String, term: String, SeatMachine.Aim.Kind)
    case seatLost(String, SeatMachine.FenceReason)
    /// A seat that stands empty or dead is being taken.
    case adopting(String, why: AdoptionReason)
    case notAdopted(String, SeatMachine.Ending)
    case listed(String, tasks: Int)
    case watchTroubled(String, why: String)
    case tryEnded(ObjectKey, TaskVerdict, took: Duration)
    case statusFenced(ObjectKey)
    case statusRefused(ObjectKey, why: String)
    case claimed(ObjectKey, seat: String)
    case released(ObjectKey, from: String, to: String)
    case moved(ObjectKey, from: String, to: String)
    case reclaimed(ObjectKey, seat: String)
    case outcomeUnknown(ObjectKey)
    case expired(ObjectKey)
    case unreadable(ObjectKey, why: String)
    case draining
    case heirChosen(String, heir: String)
    case noHeir(String)
    /// Written and answered. `to`: the heir; "" is nobody.
    case handedOver(String, to: String)
    case estateRemoved(String)
    case ownerWithoutLease(String, task: ObjectKey)
    /// No pod can have that name: nobody can take such a seat, and the task waits for its user.
    case ownerIsNoPod(String, task: ObjectKey)
    /// Nobody looked for such owners this time.
    case auditFailed(why: String)

    package enum AdoptionReason: Sendable, Equatable {
        /// The record has not changed for its duration.
        case silent
        /// Its container is terminated.
        case proven
        /// Its holder let go of it.
        case released
        /// Tasks name it, and there is no Lease.
        case absent
    }
}
