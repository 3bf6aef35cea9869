import KubeModel
import Wire

/// What the watch of a seat says of its tasks.
extension ReplicaMachine {
    mutating func takeTasks(_ news: WatchNews, _ seat: String) {
        guard estates[seat] != nil else { return }
        switch news {
        case .upsert(let key, let object):
            change(seat) { machine, estate in machine.take(object, key, &estate) }
            learnOfMove(key, in: seat)
            enqueue(TaskRef(seat: seat, key: key))
        case .delete(let key, let last):
            // Gone, or gone to another seat: either way not ours any more.
            change(seat) { machine, estate in
                if let last, let meta = try? ObjectMeta(of: last) {
                    estate.learn(meta.resourceVersion)
                    if estate.departed[key]?.version.isNewer(than: meta.resourceVersion) != true {
                        estate.departed[key] = nil
                    }
                }
                machine.set(&estate, key, nil)
            }
            stop(key, in: seat, hasLeft: true)
        case .synced(let version):
            estates[seat]?.isSynced = true
            estates[seat]?.reaches(version)
            estates[seat]?.learn(version)
            synced(seat)
        case .reached(let version):
            estates[seat]?.reaches(version)
            if let estate = estates[seat], estate.listAt != nil, estate.hasReachedFinal { hasCaughtUp(seat) }
        case .unhealthy(let why): tell(.watchTroubled(seat, why: why))
        case .healthy: break
        }
    }

    /// Changes an estate taken out of the dictionary: while that held it as well, every task would be copied for each
    /// change.
    @discardableResult
    mutating func change<R>(_ seat: String, _ body: (inout Self, inout Estate) -> R) -> R? {
        guard var estate = estates.removeValue(forKey: seat) else { return nil }
        defer { estates[seat] = estate }
        return body(&self, &estate)
    }

    private mutating func take(_ object: JSONValue, _ key: ObjectKey, _ estate: inout Estate) {
        do throws(ModelError) {
            let task = try TaskObject(object)
            estate.learn(task.meta.resourceVersion)
            upsert(task, &estate)
        } catch {
            set(&estate, key, nil)
            tell(.unreadable(key, why: "\(error)"))
        }
    }

    private mutating func synced(_ seat: String) {
        guard let estate = estates[seat] else { return }
        if estate.tenure == nil {
            guard !estate.isFenced else { return }
            estates[seat]?.warmOrder = estate.unfinishedInOrder
            return sayWarm(seat)
        }
        if estate.listAt == nil { hasCaughtUp(seat) } else if estate.hasReachedFinal { hasCaughtUp(seat) }
    }

    /// From now on the start rule believes what the watch says.
    private mutating func hasCaughtUp(_ seat: String) {
        guard let estate = estates[seat], estate.tenure != nil else { return }
        estates[seat]?.hasListed = true
        estates[seat]?.listAt = nil
        tell(.listed(seat, tasks: estate.tasks.count))
        enqueueAll(of: seat)
    }

    private mutating func upsert(_ task: TaskObject, _ estate: inout Estate) {
        if let known = estate.tasks[task.key], known.meta.uid == task.meta.uid,
            known.meta.resourceVersion.isNewer(than: task.meta.resourceVersion) == true
        {
            return
        }
        if let left = estate.departed[task.key] {
            if left.uid == task.meta.uid, task.meta.resourceVersion.isNewer(than: left.version) != true { return }
            estate.departed[task.key] = nil
        }
        set(&estate, task.key, task)
        // What runs under another epoch, or of a task that is to go, runs in vain.
        guard let job = jobs[task.key], job.ref.seat == estate.seat, !job.isMove else { return }
        if job.uid != task.meta.uid || job.epoch != task.ownership.epoch || task.isDeleting {
            stop(task.key, in: estate.seat, hasLeft: false)
        }
    }

    /// A task that came here from another seat of ours tells up to where that one's heir must have watched.
    private mutating func learnOfMove(_ key: ObjectKey, in seat: String) {
        guard let task = estates[seat]?.tasks[key], let from = task.ownership.from?.seat, from != seat,
            !omits(.finalVersionFromWatch)
        else { return }
        estates[from]?.learn(task.meta.resourceVersion)
    }

    /// Keeps the counts true. The only place where tasks of an estate change.
    mutating func set(_ estate: inout Estate, _ key: ObjectKey, _ task: TaskObject?) {
        let before = estate.tasks[key]
        estate.tasks[key] = task?.asKept
        let was = before.map { !$0.isFinished } ?? false
        let isNow = task.map { !$0.isFinished } ?? false
        load.change(from: was, to: isNow, at: now, isDone: task?.isFinished ?? true)
        estate.unfinished += (isNow ? 1 : 0) - (was ? 1 : 0)
        if isNow, !was { estate.insertWarm(key) }
        if let before, before.meta.uid != task?.meta.uid {
            estate.rule.forget(uid: before.meta.uid)
            estate.waits[key] = nil
            estate.setbacks[key] = nil
            estate.unmoved[key] = nil
        }
        let ref = TaskRef(seat: estate.seat, key: key)
        let (hadEnd, hasEnd) = (before?.expiry != nil, task?.expiry != nil)
        if hadEnd, before?.expiry != task?.expiry { expiries.remove(ref) }
        if let end = task?.expiry { expiries.insert(ref, at: now + .seconds(max(0, end.seconds - wall.seconds))) }
        estate.expiring += (hasEnd ? 1 : 0) - (hadEnd ? 1 : 0)
    }

    /// Stops what is done about a task under this seat. `hasLeft`: the watermark waits until it has stopped.
    private mutating func stop(_ key: ObjectKey, in seat: String, hasLeft: Bool) {
        guard let job = jobs[key], job.ref.seat == seat else { return }
        if let run = job.run {
            if hasLeft { estates[seat]?.stopping.insert(key) }
            if !job.isCancelled { actions.append(.cancel(run)) }
        }
        jobs[key]?.isCancelled = true
    }
}

extension TaskObject {
    /// A finished task is only waited for to be removed: what it carries, which may be megabytes, is not kept.
    var asKept: TaskObject {
        guard isFinished else { return self }
        var kept = self
        kept.meta.labels = [:]
        kept.meta.annotations = [:]
        kept.json = [
            "spec": ["ttlSecondsAfterFinished": json.at("spec", "ttlSecondsAfterFinished") ?? .null],
            "status": ["finishedAt": json.at("status", "finishedAt") ?? .null],
        ]
        return kept
    }

    /// When a finished task is to be removed; nil: never, or not finished.
    var expiry: Timestamp? {
        guard isFinished, !isDeleting, let ttl = json.at("spec", "ttlSecondsAfterFinished")?.integerValue, ttl >= 0,
            let text = json.at("status", "finishedAt")?.stringValue, let finished = Timestamp(text)
        else { return nil }
        return Timestamp(seconds: finished.seconds + min(ttl, TaskLimits.ttlSecondsMax))
    }
}
