import KubeModel
import Wire

/// Writing the status of a task, by the write rule: a patch that tests uid, owner, epoch and fence, and a look at the
/// object before anything is concluded from a refusal.
extension ReplicaMachine {
    mutating func jobAnswered(_ key: ObjectKey, _ id: CallID, _ answer: Result<JSONValue, CallFailure>) {
        guard let job = jobs[key], job.write.call == id else { return }
        switch (job.phase, job.write.state) {
        case (.running, _), (_, .none), (_, .pausing): return
        case (.moving(let task, let move), .sent): moveAnswered(key, task, move, answer)
        case (.moving(let task, let move), .reading(_, let wasRefused)):
            moveRead(key, task, move, answer, wasRefused: wasRefused)
        case (.starting, .sent), (.ending, .sent): statusAnswered(key, answer)
        case (.starting, .reading(_, let wasRefused)), (.ending, .reading(_, let wasRefused)):
            statusRead(key, answer, wasRefused: wasRefused)
        }
    }

    /// A pause between two tries is over.
    mutating func resume(_ key: ObjectKey) {
        guard let job = jobs[key], job.write.state == .pausing else { return }
        switch job.phase {
        case .starting, .ending: sendStatus(key)
        case .moving: sendMove(key)
        case .running: break
        }
    }

    mutating func sendStatus(_ key: ObjectKey) {
        guard let job = jobs[key], isHeld(job.ref.seat), job.write.tries < Job.triesMax else {
            if let job = jobs[key], job.write.tries >= Job.triesMax {
                tell(.statusRefused(key, why: job.write.trouble))
                return setBack(key)
            }
            return end(key)
        }
        let members: [(name: String, value: JSONValue)]
        switch job.phase {
        case .starting(let task, let attempt):
            if job.isCancelled { return end(key) }
            let lost = estates[job.ref.seat]?.tenure.map { lostOwners(task, $0) } ?? 0
            members = TaskStatus.members(
                .running,
                task,
                attempts: attempt,
                lostOwners: lost,
                reason: "Started",
                message: "try \(attempt)" + (TaskStatus.isInterrupted(task) ? ", begun again" : "")
                    + (lost > 0 ? "; pods lost in it: \(lost)" : ""),
                now: wall
            )
        case .ending(let task, let verdict, let attempt, _):
            let attempts = verdict.isTry ? attempt : attempt - 1
            members = TaskStatus.members(
                verdict.phase,
                task,
                attempts: attempts,
                lostOwners: verdict.lostOwners ?? (verdict.next == .finished ? TaskStatus.lostOwners(of: task) : 0),
                reason: verdict.reason,
                message: verdict.message,
                now: wall
            )
        case .running, .moving: return
        }
        let patch = guarded(
            TaskWrites.status(job.task, term: job.term, members, testsFence: !omits(.untestedFirstFence)),
            job.task
        )
        let request = KubeRequest.patch(
            .taskOwners,
            key,
            subresource: "status",
            .json,
            patch.json,
            Self.writeOptions
        )
        jobs[key]?.write.tries += 1
        let id = call(.job(key), request)
        jobs[key]?.write.state = .sent(id)
    }

    /// A write that was given up on may be carried out late. It must not undo what was written after it under the same
    /// fence, so every write also tests the step it starts from.
    private func guarded(_ patch: JSONPatch, _ task: TaskObject) -> JSONPatch {
        guard task.json["status"]?.objectValue != nil else { return patch }
        return JSONPatch(
            [.test("/status/phase", Self.step(task)[0]), .test("/status/attempts", Self.step(task)[1])]
                + patch.operations
        )
    }

    private static func step(_ task: TaskObject) -> [JSONValue] {
        [task.json.at("status", "phase") ?? .null, task.json.at("status", "attempts") ?? .null]
    }

    private mutating func statusAnswered(_ key: ObjectKey, _ answer: Result<JSONValue, CallFailure>) {
        guard let task = jobs[key]?.task else { return }
        let outcome = TaskWriteOutcome(answer, before: task, expecting: .unchanged)
        if case .failure(let failure) = answer { jobs[key]?.write.trouble = failure.description }
        switch outcome {
        case .written(let written): statusWritten(key, written)
        case .overruled(let found): fenced(key, found)
        case .gone: gone(key)
        case .refused: pauseWrite(key)
        case .readAndCompare: read(key, wasRefused: true)
        // It may have been written: the same status once more does no harm, but the fence must be read anew.
        case .unknown: read(key, wasRefused: false)
        }
    }

    private mutating func statusWritten(_ key: ObjectKey, _ written: TaskObject) {
        keep(written)
        switch jobs[key]?.phase {
        case .starting(_, let attempt): start(key, written, attempt: attempt)
        case .ending(_, let verdict, let attempt, let took): conclude(key, verdict, attempt: attempt, took: took)
        case .running, .moving, nil: break
        }
    }

    /// Owner, epoch or term moved on. What was found is kept if it has another owner or epoch, for the watch may say so much
    /// later; a fence alone is not believed: only the watch tells whose it is.
    private mutating func fenced(_ key: ObjectKey, _ found: TaskObject) {
        guard let job = jobs[key] else { return }
        tell(.statusFenced(key))
        if omits(.forgetAnswers) { return end(key) }
        if found.owner == job.ref.seat, found.ownership.epoch == job.epoch { return setBack(key) }
        keep(found)
        end(key)
    }

    /// The server has no such task, and the watch has yet to say so. It is asked again, for a server that starts has none for a
    /// moment.
    mutating func gone(_ key: ObjectKey) { setBack(key) }

    mutating func read(_ key: ObjectKey, wasRefused: Bool) {
        let id = call(.job(key), .get(.taskOwners, key))
        jobs[key]?.write.state = .reading(id, wasRefused: wasRefused)
    }

    mutating func pauseWrite(_ key: ObjectKey) {
        guard let tries = jobs[key]?.write.tries else { return }
        jobs[key]?.write.state = .pausing
        pauses.insert(key, at: now + pause(tries))
    }

    private mutating func statusRead(
        _ key: ObjectKey,
        _ answer: Result<JSONValue, CallFailure>,
        wasRefused: Bool
    ) {
        guard let job = jobs[key] else { return }
        let before = job.task
        switch answer {
        case .failure(.status(let status)) where status.isNotFound: return gone(key)
        case .failure(let failure):
            jobs[key]?.write.trouble = failure.description
            // Nothing is known yet: the task must be read before it is written again.
            jobs[key]?.write.tries += 1
            if job.write.tries >= Job.triesMax || !isHeld(job.ref.seat) { return setBack(key) }
            return read(key, wasRefused: wasRefused)
        case .success(let json):
            guard let task = try? TaskObject(json) else { return setBack(key) }
            let fence = TaskWrites.fence(term: job.term, epoch: before.ownership.epoch)
            let comparison = TaskWriteOutcome.compare(before, with: task, fence: fence)
            if comparison == .fenced { return fenced(key, task) }
            if comparison == .rejected, wasRefused, Self.step(before) == Self.step(task) {
                tell(.statusRefused(key, why: job.write.trouble))
                return setBack(key)
            }
            keep(task)
            switch job.phase {
            case .starting: jobs[key]?.phase = .starting(task, attempt: TaskStatus.nextAttempt(of: task))
            case .ending(_, let verdict, let attempt, let took):
                jobs[key]?.phase = .ending(task, verdict, attempt: attempt, took: took)
            case .running, .moving: break
            }
            pauseWrite(key)
        }
    }

    /// What an answer has shown of a task of ours, unless the watch has brought something newer already.
    mutating func keep(_ task: TaskObject) {
        guard let seat = jobs[task.key]?.ref.seat else { return }
        change(seat) { machine, estate in
            if !machine.omits(.finalVersionFromWatch) { estate.learn(task.meta.resourceVersion) }
            guard let known = estate.tasks[task.key], known.meta.uid == task.meta.uid,
                known.meta.resourceVersion.isNewer(than: task.meta.resourceVersion) != true
            else { return }
            // What has another owner by now is not ours; the watch will say so too.
            let isOurs = task.owner == seat
            machine.set(&estate, task.key, isOurs ? task : nil)
            estate.departed[task.key] =
                isOurs || machine.omits(.forgetAnswers)
                ? nil : Estate.Departed(uid: task.meta.uid, version: task.meta.resourceVersion)
        }
    }
}

extension TaskWriteOutcome {
    init(
        _ answer: Result<JSONValue, CallFailure>,
        before: TaskObject,
        expecting expectation: Expectation
    ) {
        switch answer {
        case .success(let json): self.init(json, before: before, expecting: expectation)
        case .failure(.status(let status)) where status.isNotFound: self = .gone
        case .failure(.status(let status)) where status.code == 409 || status.isInvalid: self = .readAndCompare
        case .failure(.status(let status)) where (400..<500).contains(status.code) && status.code != 408:
            self = .refused
        case .failure(.status), .failure(.unknown): self = .unknown
        case .failure(.unsent): self = .refused
        }
    }
}
