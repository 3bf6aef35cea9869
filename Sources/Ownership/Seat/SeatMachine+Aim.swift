package import KubeModel

extension SeatMachine {
    /// How a machine comes to its seat. All but the pod's own are tried once: `.stopped` tells how it ended, and whoever
    /// watches the seats decides anew.
    package enum Aim: Sendable, Equatable {
        /// The pod's own seat: acquired when it may be, and again after every loss. While another pod holds it (it was
        /// adopted) the machine waits to be made its heir, or until that one falls silent. `absenceWait`: for how long a
        /// Lease that was never seen must have been absent before it is made. A name that is used by one pod only needs
        /// none; for one that comes back (a StatefulSet's) D: a Lease that somebody deleted may have a holder who has not
        /// noticed yet.
        case own(absenceWait: Duration)
        /// A seat whose record has not changed for its duration, or whose holder let go, or whose container is proven to
        /// have ended: read from the store, compared with `record`, taken by compare-and-swap.
        case adopt(LeaseRecord, proof: Proof?)
        /// A seat that tasks name and that has no Lease: made once it was seen absent for `absenceWait`. One without the label of a
        /// seat, which nobody watches, is taken when its record has not changed for its duration.
        case make(absenceWait: Duration)
        /// A Lease that was handed over to us: held once our own renewal under its term has succeeded.
        case inherit(Lease)

        package enum Kind: String, Sendable, Equatable { case own, adopted, made, inherited }

        package var kind: Kind {
            switch self {
            case .own: .own
            case .adopt: .adopted
            case .make: .made
            case .inherit: .inherited
            }
        }
    }

    /// That the holder's process has ended: its container is terminated in its pod's status. Read again, after the Lease,
    /// before anything is concluded.
    package struct Proof: Sendable, Equatable {
        package var pod: String
        package var containerID: String

        package init(pod: String, containerID: String) {
            self.pod = pod
            self.containerID = containerID
        }
    }

    /// How it ended.
    package enum Ending: Sendable, Equatable {
        case released
        case handedOver
        /// Held and lost; all its work had stopped before this was said.
        case lost(FenceReason)
        /// Never held: the Lease was not as supposed, or somebody was quicker, or the server did not answer.
        case notTaken
    }
}
