import KubeModel
import Ownership

/// Under what right a pod writes a task.
struct WriterMark: Equatable {
    var process: Int
    var seat: String
    var term: String
    /// Before the write.
    var epoch: Int64
    var subresource: String
}

/// A task as the store has it.
struct TaskSight {
    var key: ObjectKey
    var uid: String
    var owner: String
    var epoch: Int64
    var from: OwnershipRecord.Sender?
    var isFinished: Bool
    var isDeleting: Bool

    init(_ task: TaskObject) {
        key = task.key
        uid = task.meta.uid
        owner = task.owner
        epoch = task.ownership.epoch
        from = task.ownership.from
        isFinished = task.isFinished
        isDeleting = task.isDeleting
    }

    /// Neither finished nor on its way out.
    var isOpen: Bool { !isFinished && !isDeleting }
}

/// S1 to S4 and the token: told of every commit and of every handler's start and end, it looks only at what changed.
struct SafetyChecker {
    typealias Finding = (Violation.Rule, String)

    private struct Record {
        var sight: TaskSight
        /// Handlers at work.
        var runs: [Int] = []
        var lastStart: (epoch: Int64, transitions: Int64)?
        /// Those who have written, in the order of their first writes.
        var writers: [Writer] = []
    }

    /// One tenure as far as one task is concerned.
    private struct Writer: Equatable {
        var term: String
        var epoch: Int64
    }

    private var records: [String: Record] = [:]
    /// In the order of creation; those that are open, and some that no longer are.
    private var order: [String] = []
    private var closed = 0
    private var working: [Int: SimulatedRun] = [:]

    var openTasks: [TaskSight] { order.compactMap { records[$0]?.sight }.filter(\.isOpen) }

    func sight(_ uid: String) -> TaskSight? { records[uid]?.sight }

    func owns(_ seat: String) -> Bool { records.values.contains { $0.sight.owner == seat } }

    /// `mark`: by whom, if an operator wrote it.
    mutating func committed(_ task: TaskObject, by mark: WriterMark?) -> Finding? {
        let now = TaskSight(task)
        guard let before = records[now.uid]?.sight else {
            records[now.uid] = Record(sight: now)
            order.append(now.uid)
            return nil
        }
        records[now.uid]?.sight = now
        if before.isOpen, !now.isOpen { closes() }
        if now.epoch < before.epoch {
            return (.s2, "\(now.key.name): the epoch fell from \(before.epoch) to \(now.epoch)")
        }
        if now.epoch > before.epoch + 1 {
            return (.s2, "\(now.key.name): the epoch jumped from \(before.epoch) to \(now.epoch)")
        }
        if now.epoch == before.epoch, now.owner != before.owner {
            return (.s2, "\(now.key.name): epoch \(now.epoch) has two owners, \(before.owner) and \(now.owner)")
        }
        return mark.flatMap { wrote(now, $0) }
    }

    private mutating func wrote(_ task: TaskSight, _ mark: WriterMark) -> Finding? {
        let writer = Writer(term: mark.term, epoch: mark.epoch)
        guard let writers = records[task.uid]?.writers, writers.last != writer else { return nil }
        if writers.contains(writer), let last = writers.last {
            return (
                .s4,
                "\(task.key.name): a write under \(mark.seat) \(mark.term), epoch \(mark.epoch), was committed after "
                    + "that of its successor under \(last.term), epoch \(last.epoch)"
            )
        }
        records[task.uid]?.writers.append(writer)
        return nil
    }

    mutating func deleted(_ uid: String) {
        let wasOpen = records[uid]?.sight.isOpen == true
        records[uid]?.sight.isDeleting = true
        if wasOpen { closes() }
    }

    /// What is finished or deleted stays so. Lets go of such tasks once they are half of the list: a million of them would be
    /// looked at twice a second.
    private mutating func closes() {
        closed += 1
        guard closed > order.count / 2 else { return }
        order.removeAll { records[$0]?.sight.isOpen != true }
        closed = 0
    }

    /// `isSuperseded`: it came here by a move under a term that is no longer the seat's.
    mutating func runStarts(_ run: SimulatedRun, _ number: Int, isSuperseded: Bool) -> Finding? {
        guard let record = records[run.uid] else { return (.world, "a handler for a task that was never stored") }
        working[number] = run
        records[run.uid]?.runs.append(number)
        let token = (epoch: run.context.epoch, transitions: run.context.leaseTransitions)
        records[run.uid]?.lastStart = token
        if let other = record.runs.compactMap({ working[$0] }).first {
            return (
                isSuperseded ? .s3 : .s1,
                "\(run.key.name) is worked on under \(run.context.seat) \(run.context.term), epoch \(token.epoch), and "
                    + "still under \(other.context.seat) \(other.context.term), epoch \(other.context.epoch)"
            )
        }
        if let last = record.lastStart, token < last {
            return (.token, "\(run.key.name): started with \(token) after \(last)")
        }
        return nil
    }

    mutating func runEnds(_ uid: String, _ number: Int) {
        working[number] = nil
        records[uid]?.runs.removeAll { $0 == number }
    }
}
