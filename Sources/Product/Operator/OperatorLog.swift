import Logging
import Ownership
import Wire

/// What a replica says of itself, as lines of the log.
struct OperatorLog: Sendable {
    let log: Logger

    func write(_ note: ReplicaNote) {
        let line = line(note)
        log.log(level: line.level, "\(line.text)", metadata: line.metadata.mapValues { .string($0) })
    }

    private func line(_ note: ReplicaNote) -> (level: Logger.Level, text: String, metadata: [String: String]) {
        switch note {
        case .seatHeld(let seat, let term, let kind):
            (.info, "seat held", ["seat": seat, "term": term, "how": kind.rawValue])
        case .seatLost(let seat, let reason): (.warning, "seat lost", ["seat": seat, "why": "\(reason)"])
        case .adopting(let seat, let why): (.notice, "taking over a seat", ["seat": seat, "why": "\(why)"])
        case .notAdopted(let seat, _):
            (.info, "seat not taken over: somebody was quicker, or this pod is leaving", ["seat": seat])
        case .listed(let seat, let tasks): (.info, "tasks of the seat listed", ["seat": seat, "count": "\(tasks)"])
        case .watchTroubled(let what, let why):
            (.warning, "a watch is interrupted", ["watch": what, "why": why])
        case .tryEnded(let key, let verdict, let took):
            (
                // Nothing will be tried again: somebody has to look.
                verdict.phase == .failed ? .warning : .info, "try ended",
                [
                    "task": "\(key)", "phase": verdict.phase.rawValue, "message": verdict.message,
                    "ms": "\(took.wholeMilliseconds)",
                ]
            )
        case .statusFenced(let key): (.info, "a write was fenced: the task has moved on", ["task": "\(key)"])
        case .statusRefused(let key, let why): (.warning, "a status cannot be written", ["task": "\(key)", "why": why])
        case .claimed(let key, let seat): (.info, "unowned task claimed", ["task": "\(key)", "seat": seat])
        case .released(let key, let from, let to):
            (.info, "task released", ["task": "\(key)", "from": from, "to": to])
        case .moved(let key, let from, let to): (.info, "task moved", ["task": "\(key)", "from": from, "to": to])
        case .reclaimed(let key, let seat): (.info, "task re-claimed", ["task": "\(key)", "seat": seat])
        case .outcomeUnknown(let key):
            (.notice, "nobody knows whether a move was carried out: re-claiming", ["task": "\(key)"])
        case .expired(let key): (.info, "finished task removed", ["task": "\(key)"])
        case .unreadable(let key, let why): (.error, "a task cannot be read", ["task": "\(key)", "why": why])
        case .draining: (.info, "stopping: handing the seats over", [:])
        case .heirChosen(let seat, let heir): (.info, "heir chosen", ["seat": seat, "heir": heir])
        case .noHeir(let seat): (.info, "no heir: the seat is released", ["seat": seat])
        case .handedOver(let seat, let to):
            (.info, to.isEmpty ? "seat released" : "seat handed over", ["seat": seat, "to": to])
        case .estateRemoved(let seat): (.info, "empty seat of another pod removed", ["seat": seat])
        case .ownerWithoutLease(let seat, let task):
            (.notice, "a task's owner has no Lease", ["seat": seat, "task": "\(task)"])
        case .ownerIsNoPod(let owner, let task):
            (
                .warning, "a task's owner has a name that no pod can have: delete it and create it anew",
                ["owner": owner, "task": "\(task)"]
            )
        case .auditFailed(let why): (.notice, "owners without a Lease could not be looked for", ["why": why])
        }
    }
}
