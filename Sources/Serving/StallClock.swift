internal import Wire

/// Since when a connection waits for what. A peer cannot put a wait off by sending something else: only progress in what is
/// waited for, or its end, starts it anew.
struct StallClock {
    enum Wait: Int, CaseIterable {
        /// The next request.
        case idle
        /// The rest of a header list.
        case head
        /// That the peer opens a window for answers.
        case window
        /// That the peer takes bytes off its socket.
        case socket
    }
    private var waits = [(mark: Int, since: MonotonicInstant)?](repeating: nil, count: Wait.allCases.count)

    /// `mark`: how far it has come; nil: it is not waited for.
    mutating func set(_ wait: Wait, _ mark: Int?, _ now: MonotonicInstant) {
        guard let mark else { return waits[wait.rawValue] = nil }
        if waits[wait.rawValue]?.mark != mark { waits[wait.rawValue] = (mark, now) }
    }

    func due(_ wait: Wait, _ limit: Duration) -> MonotonicInstant? { waits[wait.rawValue].map { $0.since + limit } }

    func isOver(_ wait: Wait, _ limit: Duration, _ now: MonotonicInstant) -> Bool {
        due(wait, limit).map { $0 <= now } ?? false
    }
}
