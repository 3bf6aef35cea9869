import Ownership

/// Within what time a task that nobody works on is worked on again, counted from when the trouble of that class is over
/// (or from when the task came into that state, whichever is later). D is that of the slowest profile of the scenario.
package enum LivenessBounds {
    /// Without any trouble: admission, watch, one status write.
    package static let undisturbed = Duration.seconds(3)

    package static func bound(_ fault: Fault.Class, duration: Duration) -> Duration {
        switch fault {
        // Nobody has died: as soon as what was wrong is right again, or the next try comes.
        case .replacement, .taskEdit, .taskDeletion, .webhookStale, .watchesCut, .historyGone: .seconds(4)
        // The sweep: a second, and the rank's quarter seconds.
        case .webhookDown: .seconds(6)
        // Waits between tries have grown meanwhile.
        case .badWeather, .ambush, .serverDown, .watchLag, .storeStalls, .outage: duration + .seconds(14)
        // A seat stands empty or dead: D, the ranks, a list; and once more if the one who took it was hit as well.
        case .crash, .pause, .starvation, .nodeLoss, .partition, .drain, .rollout, .scale, .forceDeletion:
            duration + .seconds(8)
        // The audit finds the owner, 15 s after somebody saw the Lease go; whoever makes it waits the longest D, and once more before
        // what others have fenced is begun.
        case .leaseDeletion: SeatProfile.longestDuration * 3 + .seconds(5)
        }
    }

    /// Until an unowned task is claimed while somebody holds a seat and nothing keeps him from the API: the sweep's second, a
    /// quarter of one for each pod that ranks before, and one more try.
    package static let claim = Duration.seconds(6)

    /// Until the Lease of a seat that nobody needs is gone.
    package static func seatRemoval(_ emptyEstate: Duration) -> Duration { emptyEstate + .seconds(28) }

    /// The end of a scenario in which nothing new goes wrong, so that bounds can be seen to hold: that of a Lease deleted in its last
    /// moment by a few seconds not.
    package static let quietTail = Duration.seconds(45)
}
