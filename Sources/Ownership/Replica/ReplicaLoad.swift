import Wire

/// How loaded a pod is, for those who choose owners: its unfinished tasks, and those it finished lately.
///
/// Finished tasks are no load. But a count of unfinished ones alone says nothing of a pod that finishes its tasks between
/// two publications: it would look idle just after each, beside pods whose assignments are still counted, and be given
/// everything.
struct ReplicaLoad: Sendable {
    private(set) var unfinished = 0
    /// How many were finished in each interval, oldest first; together they cover the longest renewal period.
    private var finished: [(interval: Int64, count: Int)] = []

    static let interval = Duration.milliseconds(50)
    /// 3 s.
    static let intervals: Int64 = 60

    /// A task was or was not ours and unfinished, and now is or is not. `isDone`: it has not gone to somebody else.
    mutating func change(from before: Bool, to now: Bool, at instant: MonotonicInstant, isDone: Bool) {
        if before == now { return }
        unfinished += now ? 1 : -1
        guard !now, isDone else { return }
        let interval = Self.interval(of: instant)
        if finished.last?.interval == interval {
            finished[finished.count - 1].count += 1
        } else {
            finished.append((interval, 1))
        }
    }

    mutating func published(at instant: MonotonicInstant) -> Int {
        let first = Self.interval(of: instant) - Self.intervals
        finished.removeAll { $0.interval <= first }
        return unfinished + finished.reduce(0) { $0 + $1.count }
    }

    /// What is published changes with time alone.
    var isDecaying: Bool { !finished.isEmpty }

    private static func interval(of instant: MonotonicInstant) -> Int64 {
        instant.nanoseconds / interval.wholeNanoseconds
    }
}
