package import KubeModel
package import Wire

extension SeatMachine {
    package enum Event: Sendable {
        case started
        case leaseRead(CallID, Reading)
        case podRead(CallID, PodReading)
        case writeAnswered(CallID, WriteResult)
        /// A deadline may have come: see `nextDeadline`.
        case tick
        /// What renewals say about the pod from now on (load, weight, …); other annotations stay.
        case annotated([String: String])
        /// The next renewal is due now.
        case renewSoon
        /// What somebody's watch has shown of the Lease. It may be old: it never proves more than a read would.
        case leaseSeen(Lease)
        /// The container of the present holder seems to have ended; for a machine that waits for its seat.
        case deathSeen(Proof)
        /// All work of the seat has stopped after `.fenced`.
        case quiesced
        /// Give the seat up, to nobody. All its work must have stopped before.
        case stopRequested
        /// Give the seat up, to that process. All its work must have stopped before.
        case handOver(to: SeatIdentity, finalVersion: ResourceVersion?)
    }

    package enum Reading: Sendable { case found(Lease), absent, failed }

    package enum PodReading: Sendable { case found(JSONValue), absent, failed }

    package enum WriteResult: Sendable {
        /// The Lease as the answer has it.
        case done(Lease)
        /// 409 or 422: the Lease is not as the patch supposed, or the server will not have it. Only a read tells which.
        case refused
        /// 404
        case absent
        /// Refused for another reason, or nothing is known of it: it may yet be carried out.
        case failed
    }

    package enum Action: Sendable, Equatable {
        /// GET without resourceVersion, so that it is read from the store itself.
        case get(CallID)
        /// The same, of a pod in the seat's namespace.
        case getPod(CallID, name: String)
        case create(CallID, JSONValue)
        case patch(CallID, JSONPatch)
        /// The seat is ours until then, unless `.renewed` says longer.
        case granted(Tenure)
        case renewed(until: MonotonicInstant)
        /// The seat is lost: stop all its work now, then report `.quiesced`.
        case fenced(FenceReason)
        /// Nothing more will come.
        case stopped(Ending)
    }

    package enum FenceReason: Sendable, Equatable {
        /// H has passed since the last renewal that succeeded was sent.
        case horizonPassed
        /// Another holder, or another term, is in the Lease.
        case taken(by: String)
        case leaseDeleted
    }

    /// One tenure of the seat, from an acquisition to the next.
    package struct Tenure: Sendable, Equatable {
        package var term: String
        package var leaseUID: String
        /// Half of the fencing token (epoch, leaseTransitions).
        package var leaseTransitions: Int64
        package var until: MonotonicInstant
        package var kind: Aim.Kind
        /// Of a hand-over: up to where its former holder knew the seat's tasks.
        package var finalVersion: ResourceVersion?
        /// The Lease was made by us: whoever held one of that name before may not know yet that it is gone. That it was absent
        /// at two times proves little, for another may have been there in between.
        package var mayHaveRival = false
        /// It was taken from a holder that had not let go of it: one that died, hung or was cut off.
        package var isFromLostHolder = false

        package init(
            term: String,
            leaseUID: String,
            leaseTransitions: Int64,
            until: MonotonicInstant,
            kind: Aim.Kind = .own,
            finalVersion: ResourceVersion? = nil,
            mayHaveRival: Bool = false,
            isFromLostHolder: Bool = false
        ) {
            self.mayHaveRival = mayHaveRival
            self.isFromLostHolder = isFromLostHolder
            self.term = term
            self.leaseUID = leaseUID
            self.leaseTransitions = leaseTransitions
            self.until = until
            self.kind = kind
            self.finalVersion = finalVersion
        }
    }

    /// Tells the answers of this machine's calls apart; one that is no longer waited for is ignored.
    package struct CallID: Sendable, Hashable {
        package let number: UInt64

        package init(number: UInt64) { self.number = number }
    }
}
