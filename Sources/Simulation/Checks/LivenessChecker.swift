import KubeModel
import Ownership
import Wire

/// Whether every task is worked on within the bound of what has gone wrong: told of starts and ends, it looks at those
/// that wait every half second.
struct LivenessChecker {
    private struct Record {
        var key: ObjectKey
        var isOpen = true
        var runs = 0
        var starts = 0
        /// Nobody works on it since then; later than now: it waits for its next try.
        var idleSince: MonotonicInstant
        /// What the pod that takes it over waits, should the present try have cost its owner.
        var wait = Duration.zero
    }

    private struct Hardship {
        var fault: Fault.Class
        var from: MonotonicInstant
        var until: MonotonicInstant
    }

    /// D of the slowest profile.
    private let duration: Duration
    private var records: [String: Record] = [:]
    /// Those that are not finished, in the order of their creation.
    private var open: [String] = []
    private var hardships: [Hardship] = []
    /// The longest time until a task was worked on again, by the only class of trouble there was.
    private(set) var longest: [Fault.Class: Duration] = [:]

    init(duration: Duration) { self.duration = duration }

    func starts(_ uid: String) -> Int { records[uid]?.starts ?? 0 }

    mutating func troubled(by fault: Fault.Class, from: MonotonicInstant, until: MonotonicInstant) {
        hardships.append(Hardship(fault: fault, from: from, until: until))
    }

    /// Pods are still being replaced or started: whatever began that goes on.
    mutating func membershipIsUnsettled(_ now: MonotonicInstant) {
        for index in hardships.indices.reversed() where Self.changesMembership(hardships[index].fault) {
            hardships[index].until = max(hardships[index].until, now)
            return
        }
    }

    private static func changesMembership(_ fault: Fault.Class) -> Bool {
        [.crash, .nodeLoss, .rollout, .scale, .drain, .forceDeletion, .leaseDeletion, .pause, .partition, .outage]
            .contains(fault)
    }

    /// Something that may keep pods from the API is at work, or has only just ended.
    func isKeptFromAPI(_ now: MonotonicInstant) -> Bool {
        hardships.contains { !Self.leavesOthersAlone($0.fault) && $0.from <= now && now < $0.until + Self.rest }
    }

    private static func leavesOthersAlone(_ fault: Fault.Class) -> Bool {
        switch fault {
        case .crash, .nodeLoss, .leaseDeletion, .webhookDown, .webhookStale, .replacement, .taskEdit, .taskDeletion,
            .scale,
            .drain, .rollout, .forceDeletion:
            true
        case .pause, .starvation, .partition, .outage, .serverDown, .storeStalls, .watchLag, .watchesCut, .historyGone,
            .badWeather, .ambush:
            false
        }
    }

    /// Waits between tries have grown meanwhile.
    private static let rest = Duration.seconds(14)

    var lastTrouble: MonotonicInstant { hardships.map(\.until).max() ?? MonotonicInstant(nanoseconds: 0) }

    mutating func saw(_ task: TaskObject, isGone: Bool, now: MonotonicInstant) {
        let isOpen = !isGone && !task.isFinished && !task.isDeleting
        if records[task.meta.uid] == nil {
            records[task.meta.uid] = Record(key: task.key, idleSince: now)
            open.append(task.meta.uid)
        }
        records[task.meta.uid]?.isOpen = isOpen
        records[task.meta.uid]?.wait =
            TaskStatus.isInterrupted(task)
            ? TaskStatus.wait(afterLosing: TaskStatus.lostOwners(of: task) + 1) * 2 : .zero
    }

    mutating func runStarts(_ uid: String, now: MonotonicInstant) {
        guard let record = records[uid] else { return }
        if record.runs == 0, now > record.idleSince { note(record, now) }
        records[uid]?.runs += 1
        records[uid]?.starts += 1
    }

    mutating func runEnds(_ uid: String, _ end: ReplicaMachine.RunEnd, now: MonotonicInstant) {
        records[uid]?.runs -= 1
        let rest: Duration =
            switch end {
            case .outcome(.again(let after, _)): after
            case .failed: .seconds(4)
            case .outcome, .cancelled: .zero
            }
        records[uid]?.idleSince = now + rest
    }

    /// What has waited for too long.
    mutating func overdue(now: MonotonicInstant) -> String? {
        open.removeAll { records[$0]?.isOpen != true }
        for uid in open {
            guard let record = records[uid], record.isOpen, record.runs == 0, record.idleSince < now else { continue }
            let (bound, from, classes) = bound(record, now)
            guard now > from + bound else { continue }
            let names = classes.map(\.rawValue).joined(separator: ", ")
            return
                "nobody has worked on \(record.key.name) for \(now - record.idleSince); within \(bound) of the end of "
                + "(\(names.isEmpty ? "nothing" : names)) is promised"
        }
        return nil
    }

    private func bound(_ record: Record, _ now: MonotonicInstant) -> (Duration, MonotonicInstant, [Fault.Class]) {
        var (bound, from) = (LivenessBounds.undisturbed, record.idleSince)
        var classes: [Fault.Class] = []
        for hardship in hardships where hardship.until + Self.memory > record.idleSince && hardship.from <= now {
            bound = max(bound, LivenessBounds.bound(hardship.fault, duration: duration))
            from = max(from, min(now, hardship.until))
            if !classes.contains(hardship.fault) { classes.append(hardship.fault) }
        }
        return (bound + record.wait, from, classes.sorted())
    }

    /// For so long what is over can still be the reason.
    private static let memory = Duration.seconds(40)

    private mutating func note(_ record: Record, _ now: MonotonicInstant) {
        let (_, from, classes) = bound(record, now)
        guard classes.count == 1, let only = classes.first else { return }
        longest[only] = max(longest[only] ?? .zero, now - from)
    }
}
