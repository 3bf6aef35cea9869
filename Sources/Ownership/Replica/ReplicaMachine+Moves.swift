import KubeModel
import Wire

/// Changing the owner of one task: a release, a move between two of our seats, or a re-claim under the next epoch. From the
/// sending on the task is not worked on under its old epoch, whatever the answer.
extension ReplicaMachine {
    /// The task must have passed its start rule: a release erases whom it came from.
    @discardableResult
    mutating func beginMove(_ task: TaskObject, _ ref: TaskRef, _ move: Job.Move, holdsSlot: Bool) -> Bool {
        guard jobs[ref.key] == nil, let tenure = estates[ref.seat]?.tenure, now < tenure.until else { return false }
        estates[ref.seat]?.rule.releaseStarts(task)
        jobs[ref.key] = Job(
            ref: ref,
            uid: task.meta.uid,
            epoch: task.ownership.epoch,
            term: tenure.term,
            phase: .moving(task, move),
            holdsSlot: holdsSlot
        )
        sendMove(ref.key)
        return true
    }

    mutating func sendMove(_ key: ObjectKey) {
        guard let job = jobs[key], case .moving(let task, let move) = job.phase else { return }
        guard isHeld(job.ref.seat) else {
            // News of a renewal may be late: what was sent and not answered must still be brought to its end.
            return estates[job.ref.seat]?.tenure?.term == job.term ? pauseWrite(key) : end(key)
        }
        let patch =
            switch move {
            case .release: TaskWrites.release(task, term: job.term, pod: me.pod)
            case .direct(let seat): TaskWrites.move(task, to: seat, term: job.term, pod: me.pod)
            case .reclaim: TaskWrites.reclaim(task, term: job.term, pod: me.pod)
            }
        jobs[key]?.write.tries += 1
        let id = call(.job(key), .patch(.taskOwners, key, .json, patch.json, Self.writeOptions))
        jobs[key]?.write.state = .sent(id)
    }

    mutating func moveAnswered(
        _ key: ObjectKey,
        _ task: TaskObject,
        _ move: Job.Move,
        _ answer: Result<JSONValue, CallFailure>
    ) {
        let expectation: TaskWriteOutcome.Expectation =
            switch move {
            case .release: .notOwner(task.owner)
            case .direct(let seat): .owner(seat)
            case .reclaim: .owner(task.owner)
            }
        switch TaskWriteOutcome(answer, before: task, expecting: expectation) {
        case .written(let written): moved(key, written, move)
        case .gone: moveFoundNothing(key, task, move)
        // Certainly not carried out, so what was is still so.
        case .overruled, .refused: notMoved(key, task, move)
        case .readAndCompare: read(key, wasRefused: true)
        case .unknown: outcomeUnknown(key, task, move)
        }
    }

    private mutating func moved(_ key: ObjectKey, _ written: TaskObject, _ move: Job.Move) {
        guard let seat = jobs[key]?.ref.seat else { return }
        estates[seat]?.setbacks[key] = nil
        estates[seat]?.unmoved[key] = nil
        keep(written)
        switch move {
        case .release: tell(.released(key, from: seat, to: written.owner))
        case .direct(let target): tell(.moved(key, from: seat, to: target))
        case .reclaim: tell(.reclaimed(key, seat: seat))
        }
        end(key)
    }

    /// Not carried out: there is no such task, or a server that starts has none for a moment.
    private mutating func moveFoundNothing(_ key: ObjectKey, _ task: TaskObject, _ move: Job.Move) {
        guard let seat = jobs[key]?.ref.seat, estates[seat]?.tasks[key]?.meta.uid == task.meta.uid else {
            // The watch says so too: nothing of it can come to pass any more.
            return end(key)
        }
        notMoved(key, task, move)
    }

    private mutating func notMoved(_ key: ObjectKey, _ task: TaskObject, _ move: Job.Move) {
        guard let job = jobs[key] else { return }
        // One try of several may still be on its way: only a greater epoch ends that.
        if job.write.isUnknown { return pauseWrite(key) }
        estates[job.ref.seat]?.rule.releaseDidNotHappen(task)
        // A re-claim is what the work waits for.
        guard !job.holdsSlot else { return setBack(key) }
        let times = estates[job.ref.seat]?.unmoved[key]?.times ?? 0
        let delay = Job.setback.delay(attempt: times, random: random.next())
        estates[job.ref.seat]?.unmoved[key] = (times + 1, now + delay)
        end(key)
    }

    /// Do not resume: the write may be carried out at any time. A re-claim tests the same epoch, so one of the two wins.
    private mutating func outcomeUnknown(_ key: ObjectKey, _ task: TaskObject, _ move: Job.Move) {
        tell(.outcomeUnknown(key))
        if omits(.resumeWithoutBump) {
            if let seat = jobs[key]?.ref.seat { estates[seat]?.rule.releaseDidNotHappen(task) }
            return end(key)
        }
        if omits(.noReclaim) { return end(key) }
        jobs[key]?.write.isUnknown = true
        jobs[key]?.phase = .moving(task, .reclaim)
        pauseWrite(key)
    }

    /// Read after a refusal: either the epoch has risen, by whatever write, or nothing was carried out.
    mutating func moveRead(
        _ key: ObjectKey,
        _ task: TaskObject,
        _ move: Job.Move,
        _ answer: Result<JSONValue, CallFailure>,
        wasRefused: Bool
    ) {
        switch answer {
        case .failure(.status(let status)) where status.isNotFound: return moveFoundNothing(key, task, move)
        case .failure:
            jobs[key]?.write.tries += 1
            return pauseWrite(key)
        case .success(let json):
            guard let read = try? TaskObject(json) else { return pauseWrite(key) }
            if read.meta.uid != task.meta.uid { return end(key) }
            if read.owner != task.owner || read.ownership.epoch != task.ownership.epoch {
                keep(read)
                return end(key)
            }
            // Somebody wrote the status under the fence that the patch tested: once more, from what was read.
            if read.fence != task.fence {
                keep(read)
                jobs[key]?.phase = .moving(read, move)
                return pauseWrite(key)
            }
            notMoved(key, task, move)
        }
    }
}
