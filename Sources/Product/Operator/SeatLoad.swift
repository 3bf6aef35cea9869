/// How loaded a seat is, for those who choose owners: its unfinished tasks, and those it finished lately.
///
/// Finished tasks are no load. But a count of unfinished ones alone says nothing of a pod that finishes its tasks between
/// two publications: it would look idle just after each, beside pods whose assignments are still counted, and be given
/// everything.
struct SeatLoad {
    private(set) var unfinished = 0
    /// Finished in each of the last intervals, the current one last. Together they cover the longest renewal period.
    private var finished: [Int]

    /// 3 s in intervals of 50 ms.
    static let intervals = 60

    init() { finished = Array(repeating: 0, count: Self.intervals) }

    var published: Int { unfinished + finished.reduce(0, +) }

    /// A task was or was not ours and unfinished, and now is or is not.
    mutating func change(from before: Bool, to now: Bool) {
        switch (before, now) {
        case (false, true): unfinished += 1
        case (true, false):
            unfinished -= 1
            finished[finished.count - 1] += 1
        case (true, true), (false, false): break
        }
    }

    /// An interval has passed.
    mutating func advance() {
        finished.removeFirst()
        finished.append(0)
    }
}
