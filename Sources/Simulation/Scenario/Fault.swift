/// Something that goes wrong, or is done to the cluster, at a moment that the seed has chosen beforehand: leaving one out
/// leaves the others as they are. Who is hit is an index into whoever is there then.
package struct Fault: Sendable, Equatable {
    package var at: Duration
    package var lasting: Duration
    package var kind: Kind

    package enum Kind: Sendable, Equatable {
        /// The container ends; the node's agent starts it anew.
        case crash(pod: Int)
        /// SIGSTOP: the process stands still, its guard does not.
        case pause(pod: Int)
        /// The process gets hardly any time: what its seats' thread tells reaches the replica seconds later.
        case starvation(pod: Int)
        /// The machine is gone, and back after `lasting`.
        case nodeLoss(node: Int)
        /// What a pod asks for is held up or lost; or the answers; or both.
        case partition(pod: Int, requests: Bool, answers: Bool)
        /// No API server can be reached.
        case outage
        /// One API server of several.
        case serverDown(Int)
        /// API servers answer, but nothing is read or written.
        case storeStalls
        /// What a server's watches show is old by this much.
        case watchLag(server: Int, by: Duration)
        case watchesCut
        /// Watches are told that their history is gone.
        case historyGone
        /// Requests, answers, in thousandths: lost, late, refused.
        case badWeather(Weather)
        case webhookDown
        /// Its view of the members stands still.
        case webhookStale
        /// New template: every pod is replaced, one after another.
        case rollout
        case scale(by: Int)
        /// `kubectl delete pod`.
        case drain(pod: Int)
        /// `kubectl delete pod --force`: the object is gone, the process lives on for `lasting`.
        case forceDeletion(pod: Int)
        /// An admin deletes a Lease; perhaps while its holder is cut off, and cannot notice.
        case leaseDeletion(seat: Int, holderIsCutOff: Bool)
        /// An admin deletes the Leases of all pods that hold their own: what they have adopted stays theirs.
        case ownLeasesDeletion
        /// Lies in wait for a request: what befalls it, and whoever sent it.
        case ambush(Ambush)
        /// A user's PUT that says nothing of ownership.
        case replacement(task: Int)
        /// A user deletes a task, perhaps one with a finalizer.
        case taskDeletion(task: Int)
        case taskEdit(task: Int)
    }
}

/// What can happen to a request, in thousandths.
package struct Weather: Sendable, Equatable {
    var requestLost = 0
    /// Arrives seconds later, when its sender has long given up.
    var requestLate = 0
    var answerLost = 0
    var refused429 = 0
    var refused409 = 0
    var failed500 = 0

    static let calm = Weather()
    var isCalm: Bool { self == .calm }
}

/// Chance alone seldom meets the moments that matter: a release on its way while its sender loses the seat.
package struct Ambush: Sendable, Equatable {
    package enum Prey: String, Sendable {
        case move, status, claim, seat
        /// The renewal by which an heir takes up a seat.
        case inheritance

        /// What seeds choose among; the other is there to be asked for.
        static let drawn: [Prey] = [.move, .status, .claim, .seat]
    }
    package enum Fate: Sendable, Equatable {
        case lost
        case heldUp(Duration)
        /// Carried out, but nobody is told.
        case unanswered
        /// Held up until somebody else sends its takeover of the seat, and carried out just before that.
        case overtaken
    }
    package enum Revenge: String, Sendable, CaseIterable {
        case nothing, crash, pause, drain, cutOff, leaseDeletion
        /// Cut off for longer than H, and its Lease is deleted when the request arrives at last.
        case lateLeaseDeletion
    }

    package var prey: Prey
    package var fate: Fate
    package var revenge: Revenge
    /// What befalls the pod that holds the seat to which the prey moves a task.
    package var pursuit = Revenge.nothing
}

extension Fault {
    /// As the mix is counted, and as bounds are stated.
    package enum Class: String, Sendable, CaseIterable, Comparable {
        case crash, pause, starvation, nodeLoss = "node-loss", partition, outage, serverDown = "server-down"
        case storeStalls = "store-stalls", watchLag = "watch-lag", watchesCut = "watches-cut"
        case historyGone = "history-gone", badWeather = "bad-weather", webhookDown = "webhook-down"
        case webhookStale = "webhook-stale", rollout, scale, drain, forceDeletion = "force-deletion"
        case leaseDeletion = "lease-deletion", ambush, replacement, taskDeletion = "task-deletion", taskEdit =
            "task-edit"

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    package var `class`: Class {
        switch kind {
        case .crash: .crash
        case .pause: .pause
        case .starvation: .starvation
        case .nodeLoss: .nodeLoss
        case .partition: .partition
        case .outage: .outage
        case .serverDown: .serverDown
        case .storeStalls: .storeStalls
        case .watchLag: .watchLag
        case .watchesCut: .watchesCut
        case .historyGone: .historyGone
        case .badWeather: .badWeather
        case .webhookDown: .webhookDown
        case .webhookStale: .webhookStale
        case .rollout: .rollout
        case .scale: .scale
        case .drain: .drain
        case .forceDeletion: .forceDeletion
        case .leaseDeletion, .ownLeasesDeletion: .leaseDeletion
        case .ambush: .ambush
        case .replacement: .replacement
        case .taskDeletion: .taskDeletion
        case .taskEdit: .taskEdit
        }
    }
}
