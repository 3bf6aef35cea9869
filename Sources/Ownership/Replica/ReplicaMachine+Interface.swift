package import KubeModel
package import Wire

extension ReplicaMachine {
    package enum Event: Sendable {
        case started
        /// What the machine of one seat says, in order.
        case seat(String, SeatNews)
        /// What a watch says, in order. News of a watch that was given up is ignored.
        case watch(WatchID, WatchNews)
        case answered(CallID, Result<JSONValue, CallFailure>)
        /// The handler has ended, and with it everything that it had started.
        case runEnded(RunID, RunEnd)
        /// `nextDeadline` has come.
        case tick
        /// SIGTERM: hand everything over and leave.
        case stopRequested
    }

    package enum Action: Sendable, Equatable {
        /// To the machine of one seat: see `SeatCommand`.
        case seat(String, SeatCommand)
        /// Begins with a consistent list.
        case watch(WatchID, GroupVersionResource, ListScope)
        case unwatch(WatchID)
        /// One request; its answer comes as `.answered`. Not tried again by the shell.
        case call(CallID, KubeRequest)
        /// Starts the handler; `.runEnded` follows, whatever happens.
        case run(RunID, TaskObject, TaskContext)
        /// Stops it soon; `.runEnded` still follows.
        case cancel(RunID)
        /// For log, metrics, and the story of a simulation.
        case tell(ReplicaNote)
        /// Nothing is held and nothing runs: the process may leave.
        case finished
    }

    package enum SeatNews: Sendable, Equatable {
        case granted(SeatMachine.Tenure)
        case renewed(until: MonotonicInstant)
        /// Everything that runs under the seat must stop; `.quiesced` is due then.
        case fenced(SeatMachine.FenceReason)
        /// The machine is gone; a new one may be made.
        case stopped(SeatMachine.Ending)
    }

    /// What the shell does with the machine of one seat; `.hold` makes one, its `.stopped` ends it. What comes for a seat
    /// without a machine is late, and ignored.
    package enum SeatCommand: Sendable, Equatable {
        case hold(SeatMachine.Aim)
        case annotate([String: String])
        /// Do not wait for the next renewal's time: say now what was annotated.
        case renewSoon
        case quiesced
        /// Nobody is to hold it; what runs under it has stopped.
        case release
        /// Somebody else is to hold it; what ran under it has stopped.
        case handOver(to: SeatIdentity, finalVersion: ResourceVersion?)
        /// What a watch has shown of the Lease: news for a machine that waits for it.
        case leaseSeen(Lease)
        /// The container of its present holder seems to have ended.
        case deathSeen(SeatMachine.Proof)
    }

    package struct WatchID: Sendable, Hashable {
        package let number: UInt64
        package init(number: UInt64) { self.number = number }
    }

    package struct CallID: Sendable, Hashable {
        package let number: UInt64
        package init(number: UInt64) { self.number = number }
    }

    package struct RunID: Sendable, Hashable {
        package let number: UInt64
        package init(number: UInt64) { self.number = number }
    }

    package enum RunEnd: Sendable, Equatable {
        case outcome(TaskOutcome)
        case failed(TaskFailure)
        /// Stopped from outside: by `.cancel`, or by the end of the tenure.
        case cancelled
    }
}

/// Why a call brought no object.
package enum CallFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The server said no.
    case status(KubeStatus)
    /// It may have been carried out, or may yet be.
    case unknown(String)
    /// It certainly did not leave.
    case unsent(String)

    package var description: String {
        switch self {
        case .status(let status): status.description
        case .unknown(let text), .unsent(let text): text
        }
    }
}

/// What is known of the name of a pod's own seat when a process starts.
package enum SeatName: String, Sendable {
    /// Drawn for this pod, whose first process this is: nobody can have held a seat of that name.
    case fresh
    /// Drawn for this pod, which had another process before: somebody may still hold a Lease of that name that was deleted.
    case used
    /// It is the next pod's too (a StatefulSet's): as `used`, and while the pod is away its seat is kept for it.
    case recurring
}

/// What a replica is given at its start, and never changes.
package struct ReplicaConfiguration: Sendable, Equatable {
    /// Of the Leases; tasks may be anywhere.
    package var namespace: String
    package var identity: SeatIdentity
    /// The pod's own seat, as a rule named after it.
    package var seat: String
    package var profile: SeatProfile
    /// Of every Lease that it holds: node, zone, rev, weight.
    package var annotations: [String: String] = [:]
    /// The container that this process runs in; nil: the pod has only one. Its end proves that this process has ended.
    package var container: String?
    package var name = SeatName.fresh
    /// Tasks worked on at a time.
    package var concurrency = 16
    /// How often a try that failed is repeated before the task is Failed, where the task does not say.
    package var retries = 3
    package var retryWait = Backoff(base: .seconds(1), cap: .seconds(300))
    /// How long a task may be unowned before the pod that ranks first for it claims it.
    package var claimDelay = Duration.seconds(1)
    /// How long what runs may go on after SIGTERM, before it is cancelled.
    package var drainGrace = Duration.seconds(5)
    package var pace = ReplicaPace()
    /// Of identifiers and jitter only.
    package var seed: UInt64 = 0
    package var omissions: Set<Omission> = []

    package init(namespace: String, identity: SeatIdentity, seat: String, profile: SeatProfile) {
        self.namespace = namespace
        self.identity = identity
        self.seat = seat
        self.profile = profile
    }
}

/// How fast background work goes, and how patient it is.
package struct ReplicaPace: Sendable, Equatable {
    /// Between the trials of two watchers to take over one seat, in the order of their rank.
    package var rankStep = Duration.milliseconds(250)
    /// For an heir to say that it is warm.
    package var heirPatience = Duration.seconds(3)
    /// Members must be the same for so long before tasks are moved for balance or brought home.
    package var settle = Duration.seconds(60)
    /// Between two counts of what a pod has beyond its share, while the members stay the same.
    package var recount = Duration.seconds(600)
    /// Owner changes for balance and homecoming that one pod begins in a second.
    package var movesPerSecond = 10
    /// How long an estate must have been empty before its Lease is deleted: stale assignments may still come.
    package var emptyEstate = Duration.seconds(600)
    /// Between two consistent lists of all Leases, the backstop of the watch.
    package var leaseList = Duration.seconds(60)
    /// Between two looks at all tasks for owners that have no Lease.
    package var audit = Duration.seconds(240)
    /// Until the next one when the members have changed, or a Lease has gone.
    package var auditAfterChange = Duration.seconds(15)

    package init() {}
}
