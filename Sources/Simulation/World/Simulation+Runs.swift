import KubeModel
import Ownership
import Wire

/// Handlers: each works for as long as its task says, unless it is stopped, or its guard ends it.
extension Simulation {
    mutating func start(_ id: ReplicaMachine.RunID, _ task: TaskObject, _ context: TaskContext, _ process: Int) {
        let number = runs.count
        let plan = task.json.at("spec", "payload", "number")?.integerValue.map(Int.init)
            .flatMap { scenario.tasks.indices.contains($0) ? scenario.tasks[$0] : nil }
        let (work, end) = outcome(plan, task.meta.uid)
        runs.append(
            SimulatedRun(
                process: process,
                id: id,
                key: task.key,
                uid: task.meta.uid,
                context: context,
                until: context.until,
                end: end
            )
        )
        processes[process].runs[id] = number
        tell(name(process), "runs \(task.key.name), epoch \(context.epoch), under \(context.seat) \(context.term)")
        if let found = safety.runStarts(runs[number], number, isSuperseded: isSuperseded(task)) {
            violate(found.0, found.1)
        }
        liveness.runStarts(task.meta.uid, now: now)
        traffic.runStarts(task.meta.uid)
        count { $0.handlersStarted += 1 }
        at(work, .runEnds(number))
        lookLater(number)
    }

    /// Tries fail first, then come back later, then succeed.
    private mutating func outcome(_ plan: TaskPlan?, _ uid: String) -> (Duration, ReplicaMachine.RunEnd) {
        guard let plan else { return (.milliseconds(50), .outcome(.succeeded("done"))) }
        let before = liveness.starts(uid)
        if before < plan.failures { return (.milliseconds(100), .failed(TaskFailure("not this time"))) }
        if before < plan.failures + plan.repeats {
            return (
                .milliseconds(50), .outcome(.again(after: random.within(.milliseconds(200)...(.seconds(3))), "later"))
            )
        }
        if plan.isPeriodic {
            let rest = random.within(.milliseconds(200)...(.seconds(2)))
            return (random.within(.milliseconds(100)...(.seconds(5))), .outcome(.again(after: rest, "until next time")))
        }
        return (plan.work, .outcome(.succeeded("done")))
    }

    mutating func runEnds(_ number: Int) { end(number, runs[number].end) }

    /// It takes the signal, and a moment to stop: less than the profile's stall.
    mutating func cancel(_ number: Int) {
        runs[number].isCancelled = true
        let stop = random.within(.zero...(processes[runs[number].process].profile.stall / 2))
        queue.add(.guardLooks(number), at: now + stop)
        runs[number].until = min(
            runs[number].until,
            nodes[processes[runs[number].process].node].clock.local(now + stop)
        )
    }

    mutating func end(_ number: Int, _ end: ReplicaMachine.RunEnd) {
        guard !runs[number].isOver else { return }
        runs[number].isOver = true
        let run = runs[number]
        processes[run.process].runs[run.id] = nil
        safety.runEnds(run.uid, number)
        liveness.runEnds(run.uid, end, now: now)
        tell(name(run.process), "\(run.key.name) ends: \(end)")
        deliver(.replica(.runEnded(run.id, end)), to: run.process)
    }

    // MARK: - Guards

    private mutating func lookLater(_ number: Int) {
        let clock = nodes[processes[runs[number].process].node].clock
        queue.add(.guardLooks(number), at: max(now, clock.world(runs[number].until)))
    }

    mutating func guardLooks(_ number: Int) {
        guard !runs[number].isOver else { return }
        if nodes[processes[runs[number].process].node].clock.local(now) >= runs[number].until {
            end(number, .cancelled)
        } else {
            // Its time has been moved meanwhile.
            lookLater(number)
        }
    }

    mutating func extendGuards(_ process: Int, _ seat: String, _ until: MonotonicInstant) {
        let term = processes[process].seats[seat]?.tenure?.term
        for number in processes[process].runs.values.sorted()
        where runs[number].context.seat == seat && runs[number].context.term == term && !runs[number].isCancelled {
            runs[number].until = max(runs[number].until, until)
        }
    }
}
