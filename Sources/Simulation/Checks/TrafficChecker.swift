import KubeModel
import Ownership
import Wire

/// Whether each flow takes no more writes and requests than it needs: told of every commit, of every request, and of all that
/// changes who is there. The bounds are `TrafficBounds`.
struct TrafficChecker {
    private struct Work {
        var starts = 0
        /// By operators, to the status.
        var statusWrites = 0
        /// Since `changes` was so, and within the time between two counts.
        var moves: SlidingCount
        var changes = 0

        init(_ window: Duration) { moves = SlidingCount(window) }
    }

    private let recount: Duration

    private var work: [String: Work] = [:]
    private var leases: [String: SlidingCount] = [:]
    private var processes: [Int: SlidingCount] = [:]
    /// How often who is there has changed.
    private var changes = 0
    private(set) var most = TrafficMaxima()

    /// `recount`: how often a pod counts what it has beyond its share.
    init(recount: Duration) { self.recount = recount }

    /// A pod comes, goes, gets ready or unready, or something begins or ends that may make it seem so.
    mutating func membersChange() { changes += 1 }

    mutating func runStarts(_ uid: String) { work[uid, default: Work(recount)].starts += 1 }

    mutating func statusIsWritten(_ task: TaskSight) -> String? {
        work[task.uid, default: Work(recount)].statusWrites += 1
        guard let work = work[task.uid] else { return nil }
        let beyond = work.statusWrites - 2 * work.starts
        most.statusWrites = max(most.statusWrites, beyond)
        guard beyond > TrafficBounds.statusWrites else { return nil }
        return
            "\(work.statusWrites) writes of the status of \(task.key.name), whose handler was started \(work.starts) times"
    }

    /// From one owner to another, or to nobody.
    mutating func ownerChanges(_ task: TaskSight, now: MonotonicInstant) -> String? {
        var seen = work[task.uid] ?? Work(recount)
        if seen.changes != changes { (seen.changes, seen.moves) = (changes, SlidingCount(recount)) }
        let count = seen.moves.add(now)
        work[task.uid] = seen
        most.moves = max(most.moves, count)
        guard count > TrafficBounds.moves else { return nil }
        return
            "\(task.key.name) has left its owner \(count) times within \(recount), and nobody has come or gone meanwhile"
    }

    mutating func leaseIsWritten(_ seat: String, now: MonotonicInstant) -> String? {
        let count = leases[seat, default: SlidingCount(.seconds(10))].add(now)
        most.leaseWrites = max(most.leaseWrites, count)
        return count > TrafficBounds.leaseWrites ? "\(count) writes of the Lease \(seat) within ten seconds" : nil
    }

    /// `number`, `pod`: the process that asks.
    mutating func asks(_ number: Int, _ pod: String, now: MonotonicInstant) -> String? {
        let count = processes[number, default: SlidingCount(.seconds(1))].add(now)
        most.requests = max(most.requests, count)
        return count > TrafficBounds.requests ? "\(count) requests of \(pod) within a second" : nil
    }
}

/// How often something has happened within the last so much time.
private struct SlidingCount {
    private let window: Duration
    private var times: [MonotonicInstant] = []

    init(_ window: Duration) { self.window = window }

    mutating func add(_ now: MonotonicInstant) -> Int {
        if let first = times.first, first + window <= now { times.removeAll { $0 + window <= now } }
        times.append(now)
        return times.count
    }
}

/// The most that any run came to.
package struct TrafficMaxima: Sendable, Equatable {
    /// Writes of a task's status beyond two for each start of its handler.
    package var statusWrites = 0
    /// Times a task left its owner between two counts of the pods' shares, while nobody came or went.
    package var moves = 0
    /// Writes of one Lease within ten seconds.
    package var leaseWrites = 0
    /// Requests of one process within a second.
    package var requests = 0

    package mutating func add(_ other: TrafficMaxima) {
        statusWrites = max(statusWrites, other.statusWrites)
        moves = max(moves, other.moves)
        leaseWrites = max(leaseWrites, other.leaseWrites)
        requests = max(requests, other.requests)
    }
}

/// Each half as much again as what thousands of seeds came to: a machine that goes in circles comes to many times as much.
enum TrafficBounds {
    /// Two writes belong to each start: it is said, and what came of it. One more is made where nobody knows what became of a
    /// write, and where a pod dies between the write and the start.
    static let statusWrites = 8
    /// Home from an adopted seat, and once from each of two pods that counted their surplus before they saw the other's.
    static let moves = 4
    /// A renewal each second, and what cannot wait for it: heirs, receivers that wait for the watermark.
    static let leaseWrites = 48
    /// Every task, twenty at most, is begun and ended, and all seats are looked at.
    static let requests = 90
}
