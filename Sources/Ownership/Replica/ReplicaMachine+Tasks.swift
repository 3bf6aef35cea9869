import KubeModel
import Wire

/// When a task is worked on. Level-triggered: whatever has happened, a look at the task as it is now decides.
extension ReplicaMachine {
    mutating func enqueue(_ ref: TaskRef) { queue.add(ref) }

    /// In the order of names.
    mutating func enqueueAll(of seat: String) {
        guard let estate = estates[seat] else { return }
        backlog.add(estate.warmOrder ?? estate.unfinishedInOrder, of: seat)
        estates[seat]?.warmOrder = nil
    }

    /// Takes from the queue whatever there is a worker for. Of the backlog one comes in for each that is taken, so that neither waits
    /// for ever for the other.
    mutating func work() {
        guard !isStopping else { return }
        while true {
            if !queue.isBusy { while let ref = backlog.next(), !queue.add(ref) {} }
            guard let ref = queue.take(now: now) else { return }
            if !consider(ref) { queue.done(ref) }
        }
    }

    /// True if a job has begun that keeps the worker.
    private mutating func consider(_ ref: TaskRef) -> Bool {
        guard jobs[ref.key] == nil, let task = workable(ref) else { return false }
        if let until = estates[ref.seat]?.waits[ref.key], until > now {
            queue.add(ref, after: until - now, now: now)
            return false
        }
        switch change(ref.seat, { machine, estate in machine.decide(task, &estate) }) {
        case .start: return begin(task, ref)
        case .checkSender(let sender):
            if omits(.reclaimUnaccepted) {
                return beginMove(task, ref, .reclaim, holdsSlot: true)
            }
            askFor(sender, ref)
            return false
        // Without a time there will be news.
        case .wait(_, let until):
            if let until { queue.add(ref, after: max(.milliseconds(1), until - now), now: now) }
            return false
        case .notMine, nil: return false
        }
    }

    private func workable(_ ref: TaskRef) -> TaskObject? {
        guard let estate = estates[ref.seat], let task = estate.tasks[ref.key], !task.isFinished, !task.isDeleting,
            estate.departure == nil, !isStopping, !estate.isRemoving
        else { return nil }
        return task
    }

    /// The start rule; a sender that this pod holds itself needs no read.
    mutating func decide(_ task: TaskObject, _ estate: inout Estate) -> StartRule.Verdict {
        func ask() -> StartRule.Verdict {
            estate.rule.decide(task, isHeld: estate.isHeld(at: now), hasListed: estate.hasListed, now: now)
        }
        let verdict = ask()
        guard case .checkSender(let seat) = verdict, let tenure = estates[seat]?.tenure, now < tenure.until,
            tenure.term == task.ownership.from?.term
        else { return verdict }
        estate.rule.senderIsOurs(task)
        return ask()
    }

    // MARK: - The sender's Lease

    private mutating func askFor(_ sender: String, _ ref: TaskRef) {
        if senders[sender]?.isSent == true {
            senders[sender]?.next.append(ref)
        } else {
            senders[sender, default: SenderCheck(covered: [])].covered.append(ref)
        }
    }

    /// Sends what was asked for in this step.
    mutating func readSenders() {
        for sender in senders.keys.sorted(by: bytewise) where senders[sender]?.isSent == false {
            senders[sender]?.isSent = true
            call(.sender(sender), .get(.leases, ObjectKey(namespace: configuration.namespace, name: sender)))
        }
    }

    mutating func senderAnswered(_ sender: String, _ answer: Result<JSONValue, CallFailure>) {
        guard let check = senders.removeValue(forKey: sender) else { return }
        var lease: Lease?
        var isKnown = true
        var awaited: ResourceVersion?
        switch answer {
        case .success(let json):
            lease = try? Lease(json)
            isKnown = lease != nil
        case .failure(.status(let status)) where status.isNotFound: break
        case .failure: isKnown = false
        }
        for ref in check.covered {
            guard isKnown else {
                queue.add(ref, after: StartRule.recheckInterval, now: now)
                continue
            }
            if let task = estates[ref.seat]?.tasks[ref.key] {
                estates[ref.seat]?.rule.senderRead(task, lease, now: now)
                enqueue(ref)
                if let version = estates[ref.seat]?.rule.awaitedVersion(task) {
                    awaited = awaited?.later(version) ?? version
                }
            }
        }
        if let awaited, let lease { waitForWatermark(awaited, lease) }
        if !check.next.isEmpty { senders[sender] = SenderCheck(covered: check.next) }
    }

    // MARK: - One try

    /// Running is written first, and with it this tenure's fence.
    private mutating func begin(_ task: TaskObject, _ ref: TaskRef) -> Bool {
        guard let tenure = estates[ref.seat]?.tenure else { return false }
        if needsReclaim(task, tenure) {
            if let until = estates[ref.seat]?.rivalsUntil, until > now, !omits(.createAtOnce) {
                queue.add(ref, after: until - now, now: now)
                return false
            }
            return beginMove(task, ref, .reclaim, holdsSlot: true)
        }
        let lost = lostOwners(task, tenure)
        let isLostCause = lost >= TaskLimits.lostOwnersMax
        if !isLostCause, followsLoss(task, tenure), let since = estates[ref.seat]?.heldSince {
            let until = since + TaskStatus.wait(afterLosing: lost, uid: task.meta.uid, term: tenure.term)
            if until > now {
                queue.add(ref, after: until - now, now: now)
                return false
            }
        }
        let attempt = TaskStatus.nextAttempt(of: task)
        jobs[ref.key] = Job(
            ref: ref,
            uid: task.meta.uid,
            epoch: task.ownership.epoch,
            term: tenure.term,
            phase: isLostCause
                ? .ending(task, TaskVerdict(lostOwners: lost), attempt: attempt, took: .zero)
                : .starting(task, attempt: attempt),
            holdsSlot: true
        )
        if isLostCause {
            sendStatus(ref.key)
        } else if omits(.startBeforeFence) {
            start(ref.key, task, attempt: attempt)
        } else {
            sendStatus(ref.key)
        }
        return true
    }

    /// The owner before was lost while it worked on it: nothing has been written under this tenure yet.
    func followsLoss(_ task: TaskObject, _ tenure: SeatMachine.Tenure) -> Bool {
        tenure.isFromLostHolder && TaskStatus.isInterrupted(task)
            && task.fence != TaskWrites.fence(term: tenure.term, epoch: task.ownership.epoch)
    }

    /// In the present try, with the one that this tenure follows.
    func lostOwners(_ task: TaskObject, _ tenure: SeatMachine.Tenure) -> Int64 {
        guard TaskStatus.isInterrupted(task) else { return 0 }
        return TaskStatus.lostOwners(of: task) &+ (followsLoss(task, tenure) ? 1 : 0)
    }

    /// The fence names this epoch and a Lease that is no more: under the new one leaseTransitions count from 1 again, so
    /// only a new epoch makes the token rise. (Protocol, rule 5.)
    func needsReclaim(_ task: TaskObject, _ tenure: SeatMachine.Tenure) -> Bool {
        guard !omits(.noReclaimAfterRecreation) else { return false }
        let parts = task.fence.split(separator: "/")
        guard parts.count == 2, parts[1] == "\(task.ownership.epoch)" else { return false }
        return parts[0].prefix { $0 != "." } != tenure.term.prefix { $0 != "." }
    }

    /// The Running status is written: the handler may start, if nothing has come between.
    mutating func start(_ key: ObjectKey, _ task: TaskObject, attempt: Int64) {
        guard let job = jobs[key], let tenure = estates[job.ref.seat]?.tenure, now < tenure.until,
            tenure.term == job.term, !job.isCancelled, !isStopping, estates[job.ref.seat]?.departure == nil,
            let known = estates[job.ref.seat]?.tasks[key], known.meta.uid == job.uid,
            known.ownership.epoch == job.epoch, !known.isDeleting
        else { return end(key) }
        let run = RunID(number: nextID())
        runs[run] = key
        jobs[key]?.phase = .running(run, task, attempt: attempt, begun: now)
        let context = TaskContext(
            seat: job.ref.seat,
            term: tenure.term,
            epoch: job.epoch,
            leaseTransitions: tenure.leaseTransitions,
            attempt: attempt,
            until: tenure.until
        )
        actions.append(.run(run, task, context))
    }

    mutating func runEnded(_ key: ObjectKey, _ run: RunID, _ ended: RunEnd) {
        guard let job = jobs[key], case .running(run, let task, let attempt, let begun) = job.phase else { return }
        let seat = job.ref.seat
        estates[seat]?.stopping.remove(key)
        // Stopped from outside: whoever works on it next says how it went.
        guard !job.isCancelled || (estates[seat]?.departure != nil && ended != .cancelled), isHeld(seat) else {
            return end(key)
        }
        let verdict: TaskVerdict
        switch ended {
        case .outcome(let outcome): verdict = TaskVerdict(outcome)
        case .failed(let failure):
            let retries = TaskStatus.retries(of: task, default: configuration.retries)
            verdict = TaskVerdict(failure: failure.description, attempt: attempt, retries: retries)
        case .cancelled: return end(key)
        }
        jobs[key]?.phase = .ending(task, verdict, attempt: attempt, took: now - begun)
        jobs[key]?.write = Job.Write()
        sendStatus(key)
    }

    /// The verdict is written.
    mutating func conclude(_ key: ObjectKey, _ verdict: TaskVerdict, attempt: Int64, took: Duration) {
        guard let job = jobs[key] else { return }
        tell(.tryEnded(key, verdict, took: took))
        estates[job.ref.seat]?.setbacks[key] = nil
        switch verdict.next {
        case .finished: estates[job.ref.seat]?.waits[key] = nil
        case .again(let after): wait(job, max(after, .milliseconds(1)))
        case .retry:
            wait(job, configuration.retryWait.delay(attempt: Int(clamping: attempt - 1), random: random.next()))
        }
        end(key)
    }

    /// A task that has gone meanwhile waits for nothing, nor does another of its name.
    private mutating func wait(_ job: Job, _ delay: Duration) {
        guard estates[job.ref.seat]?.tasks[job.ref.key]?.meta.uid == job.uid else { return }
        estates[job.ref.seat]?.waits[job.ref.key] = now + delay
    }

    /// The job is over, however it went; whoever sees the task decides anew.
    mutating func end(_ key: ObjectKey) {
        guard let job = jobs.removeValue(forKey: key) else { return }
        pauses.remove(key)
        if let call = job.write.call { calls[call] = nil }
        if job.holdsSlot { queue.done(job.ref) }
        estates[job.ref.seat]?.stopping.remove(key)
        for seat in seats(where: { $0.tasks[key] != nil }) {
            enqueue(TaskRef(seat: seat, key: key))
        }
        quiesceIfIdle(job.ref.seat)
    }

    /// The job came to nothing: again after a wait that grows with each that did.
    mutating func setBack(_ key: ObjectKey) {
        guard let job = jobs[key] else { return }
        guard estates[job.ref.seat]?.tasks[key]?.meta.uid == job.uid else { return end(key) }
        let before = estates[job.ref.seat]?.setbacks[key] ?? 0
        estates[job.ref.seat]?.setbacks[key] = before + 1
        wait(job, Job.setback.delay(attempt: before, random: random.next()))
        end(key)
    }
}
