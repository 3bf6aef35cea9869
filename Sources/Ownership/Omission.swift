/// A rule of the protocol that is left out, to show that the simulation's checkers notice. Never in production: a
/// machine is made with none, and only the simulation can say otherwise. The names are the model's (docs/model).
package enum Omission: String, Sendable, Hashable, CaseIterable {
    /// Take a seat before D has passed.
    case takeoverBeforeFence = "TAKEOVER_BEFORE_FENCE"
    /// Start by what the watch said before the seat was acquired.
    case staleList = "STALE_LIST"
    /// Take a seat by its holder and term as they were read, though the holder may have renewed since.
    case untestedRenewal = "UNTESTED_RENEWAL"
    /// Make a deleted Lease anew without waiting.
    case createAtOnce = "CREATE_AT_ONCE"
    /// Believe a container id whatever nonce it has, and leave it in the Lease at acquisition.
    case staleContainerID = "STALE_CONTAINER_ID"
    case noReclaimAfterRecreation = "NO_RECLAIM_AFTER_RECREATION"
    case reclaimUnaccepted = "RECLAIM_UNACCEPTED"
    case noReceiverCheck = "NO_RECEIVER_CHECK"
    case deletedLeasePasses = "DELETED_LEASE_PASSES"
    case earlyWatermark = "EARLY_WATERMARK"
    case untestedFirstFence = "UNTESTED_FIRST_FENCE"
    case releaseUnaccepted = "RELEASE_UNACCEPTED"
    case resumeWithoutBump = "RESUME_WITHOUT_BUMP"
    case noReclaim = "NO_RECLAIM"
    /// The webhook fills in the owner that an unlawful update emptied.
    case putEmpties = "PUT_EMPTIES"
    case dropFrom = "DROP_FROM"
    case claimOwnSeatOnly = "CLAIM_OWN_SEAT_ONLY"
    /// The heir starts by its warm watch, however far that has come.
    case coldHeir = "COLD_HEIR"
    case finalVersionFromWatch = "FINAL_RV_FROM_WATCH"
    case handoverWithUnknown = "HANDOVER_WITH_UNKNOWN"
    case heirWithoutRenewal = "HEIR_WITHOUT_RENEWAL"
    /// Start the handler without writing the fence first: the token may go back. Nothing else comes of it, as long as every
    /// other rule is kept; but the write before each start hides the lack of most of them.
    case startBeforeFence = "START_BEFORE_FENCE"
    /// Forget what answers have shown of tasks that left, and begin them by older news. The write before each start refuses
    /// that each time; without it, it would break S1, and hides the lack of rules that are about less.
    case forgetAnswers = "FORGET_ANSWERS"
    /// Go on at H.
    case noSelfFence = "NO_SELF_FENCE"
}
