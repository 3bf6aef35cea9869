import Wire

/// Whether every task has somebody who works on it.
enum TaskChecks {
    /// Claims come after one to two seconds; a sweep at the latest after a minute.
    private static let patience: Int64 = 90

    static func unowned(_ facts: ClusterFacts) -> Judgement {
        facts.tasks.judge("the tasks", absent: .skipped("there are no tasks", "see definition")) { report in
            guard report.unowned > 0 else { return .ok("every task has an owner") }
            let age = report.oldestUnowned.map { max(0, facts.now.seconds - $0.seconds) } ?? 0
            let text = "\(report.unowned) tasks have no owner, the oldest for \(age) s"
            guard age > patience else { return .warn(text, "none yet: operators claim them; look again in a minute") }
            return .fail(
                text,
                "see members and rights-of-operators; the operators' logs say which claim is refused, and why"
            )
        }
    }

    static func owners(_ facts: ClusterFacts) -> Judgement {
        facts.tasks.judge("the tasks", absent: .skipped("there are no tasks", "see definition")) { report in
            let lost = report.ownersWithoutLease
            guard !lost.isEmpty else { return .ok("every owner of unfinished tasks has a Lease") }
            return .warn(
                "tasks are owned by \(few(lost)), which have no Lease",
                "none yet: operators find such owners within five minutes and adopt them; do not delete seats' Leases"
            )
        }
    }
}
