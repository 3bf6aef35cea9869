package import KubeModel
package import Ownership
import Wire

/// What of a replica's life is worth an Event: what somebody wants to know who looks at one task, or at one pod. Pure.
package struct TaskStory: Sendable {
    private let pod: OperatorEvent.Subject

    package init(_ identity: OperatorIdentity) {
        pod = .pod(ObjectKey(namespace: identity.namespace, name: identity.pod), uid: identity.podUID)
    }

    /// A try begins. The status says which, and whether an interrupted one is begun again.
    package func started(_ task: TaskObject, _ context: TaskContext) -> OperatorEvent {
        let words = task.json.at("status", "message")?.stringValue ?? "try \(context.attempt)"
        let seat = context.seat == pod.key.name ? "" : ", under the seat of \(context.seat)"
        return OperatorEvent(
            .task(task.key, uid: task.meta.uid),
            .normal,
            "Started",
            "\(words) on pod \(pod.key.name)\(seat) (epoch \(context.epoch))"
        )
    }

    package func interrupted(_ task: TaskObject, _ context: TaskContext) -> OperatorEvent {
        OperatorEvent(
            .task(task.key, uid: task.meta.uid),
            .normal,
            "Interrupted",
            "try \(context.attempt) was stopped on pod \(pod.key.name); it counts as no failure, and is begun again by the owner"
        )
    }

    /// nil: nothing that somebody would look for.
    package func event(_ note: ReplicaNote) -> OperatorEvent? {
        switch note {
        case .tryEnded(let key, let verdict, _):
            let isBad = verdict.phase == .failed || verdict.next == .retry
            return OperatorEvent(.task(key), isBad ? .warning : .normal, verdict.reason, verdict.message)
        case .claimed(let key, let seat):
            return OperatorEvent(.task(key), .normal, "Claimed", "nobody owned it; now \(seat) does")
        case .released(let key, let from, let to):
            let words = to.isEmpty ? "nobody owns it yet" : "now \(to) owns it"
            return OperatorEvent(.task(key), .normal, "Released", "\(from) let go of it; \(words)")
        case .moved(let key, let from, let to):
            return OperatorEvent(.task(key), .normal, "Moved", "from the seat of \(from) to that of \(to)")
        case .reclaimed(let key, let seat):
            return OperatorEvent(.task(key), .normal, "Reclaimed", "\(seat) owns it under a new epoch")
        case .statusRefused(let key, let why):
            return OperatorEvent(.task(key), .warning, "StatusRefused", "its status cannot be written: \(why)")
        case .unreadable(let key, let why):
            return OperatorEvent(.task(key), .warning, "Unreadable", "it cannot be read: \(why)")
        case .ownerWithoutLease(let seat, let task):
            return OperatorEvent(
                .task(task),
                .warning,
                "OwnerLost",
                "its owner \(seat) has no Lease; it is being adopted"
            )
        case .ownerIsNoPod(let owner, let task):
            return OperatorEvent(
                .task(task),
                .warning,
                "OwnerImpossible",
                "no pod can be called \"\(String(owner.prefix(64)).printable)\", so nobody works on it; delete it and create it anew"
            )
        case .seatLost(let seat, let reason):
            return OperatorEvent(pod, .warning, "SeatLost", "all work of seat \(seat) is stopped: \(reason)")
        case .adopting(let seat, let why):
            return OperatorEvent(pod, .normal, "SeatTaken", "taking over the seat of \(seat): \(why)")
        case .handedOver(let seat, let to):
            let words = to.isEmpty ? "released: there is no heir" : "handed over to \(to)"
            return OperatorEvent(pod, .normal, "SeatLeft", "seat \(seat) is \(words)")
        case .seatHeld, .notAdopted, .listed, .watchTroubled, .statusFenced, .outcomeUnknown, .expired, .draining,
            .heirChosen, .noHeir, .estateRemoved, .auditFailed:
            return nil
        }
    }
}
