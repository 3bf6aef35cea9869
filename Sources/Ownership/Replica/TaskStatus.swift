package import KubeModel
package import Wire

/// The status of a task as its owner writes it. Pure: the time is an argument.
package enum TaskStatus {
    package enum Phase: String, Sendable {
        /// Waiting for its next try.
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
    }

    /// The members to set. `reason` is a word for machines, `message` is for people.
    package static func members(
        _ phase: Phase,
        _ task: TaskObject,
        attempts: Int64,
        lostOwners: Int64 = 0,
        reason: String,
        message: String,
        now: Timestamp
    ) -> [(name: String, value: JSONValue)] {
        var members: [(name: String, value: JSONValue)] = [
            ("phase", .string(phase.rawValue)),
            ("observedEpoch", .integer(task.ownership.epoch)),
            ("attempts", .integer(attempts)),
            ("message", .string(String(message.prefix(TaskLimits.messageMax)))),
            (
                "conditions",
                .array([
                    condition("Complete", phase == .succeeded, task, reason, message, now),
                    condition("Failed", phase == .failed, task, reason, message, now),
                ])
            ),
        ]
        if lostOwners != Self.lostOwners(of: task) { members.append(("lostOwners", .integer(lostOwners))) }
        switch phase {
        case .running: members.append(("startedAt", .string(now.rfc3339)))
        case .succeeded, .failed: members.append(("finishedAt", .string(now.rfc3339)))
        case .pending: break
        }
        return members
    }

    /// Tries that were begun so far, by whomever; one that was interrupted and begun again counts once.
    package static func attempts(of task: TaskObject) -> Int64 {
        max(0, task.json.at("status", "attempts")?.integerValue ?? 0)
    }

    /// Running, and nobody runs it: the pod that began this try never said how it went.
    package static func isInterrupted(_ task: TaskObject) -> Bool {
        task.phase == Phase.running.rawValue && attempts(of: task) > 0
    }

    /// The number of the try that begins now. An interrupted try is no failure: it keeps its number, so that hand-overs
    /// never use up the task's retries.
    package static func nextAttempt(of task: TaskObject) -> Int64 {
        attempts(of: task) &+ (isInterrupted(task) ? 0 : 1)
    }

    /// Pods that died, hung or were cut off while they worked on the present try, as far as was written.
    package static func lostOwners(of task: TaskObject) -> Int64 {
        max(0, task.json.at("status", "lostOwners")?.integerValue ?? 0)
    }

    /// How long after it took over a pod begins a try again that so many owners were lost in. The first may have died of
    /// anything; a task that takes its pods with it must not go through all of them as fast as they take over.
    package static func wait(afterLosing owners: Int64) -> Duration {
        owners < 2 ? .zero : min(.seconds(5) * (1 << Int(min(owners - 2, 16))), .seconds(300))
    }

    /// The same, stretched by up to as much again, differently in each tenure: those that were lost together do not begin
    /// together, and whichever of them takes pods with it takes the others with it less often than it goes itself.
    package static func wait(afterLosing owners: Int64, uid: String, term: String) -> Duration {
        let wait = wait(afterLosing: owners)
        let part = Int(Digest64.mix(Digest64.of(uid) ^ Digest64.of(term)) >> 54)
        return wait + wait * part / 1_024
    }

    /// Failed tries that are followed by another one: the task's own `spec.retries`, or the default.
    package static func retries(of task: TaskObject, default fallback: Int) -> Int64 {
        let asked = task.json.at("spec", "retries")?.integerValue ?? Int64(fallback)
        return min(max(asked, 0), TaskLimits.retriesMax)
    }

    /// As Kubernetes has them: the time of the last transition changes only with the status.
    private static func condition(
        _ type: String,
        _ holds: Bool,
        _ task: TaskObject,
        _ reason: String,
        _ message: String,
        _ now: Timestamp
    ) -> JSONValue {
        let status = holds ? "True" : "False"
        let before = task.json.at("status", "conditions")?.arrayValue?.first { $0["type"]?.stringValue == type }
        let isSame = before?["status"]?.stringValue == status
        return [
            "type": .string(type),
            "status": .string(status),
            "reason": .string(reason),
            "message": .string(String(message.prefix(TaskLimits.messageMax))),
            "lastTransitionTime": (isSame ? before?["lastTransitionTime"] : nil) ?? .string(now.rfc3339),
        ]
    }
}
