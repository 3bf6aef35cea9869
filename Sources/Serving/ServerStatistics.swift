internal import Synchronization

/// Counters that each reactor adds to without a lock and anybody may read.
package final class ServerStatistics: Sendable {
    package let reactors: [PerReactor]

    init(reactors: Int) { self.reactors = (0..<reactors).map { _ in PerReactor() } }

    package final class PerReactor: Sendable {
        private let cells = Counter.allCases.map { _ in Cell() }

        /// Only its reactor adds, so no other's count can be lost between reading and writing.
        func add(_ counter: Counter, _ count: Int = 1) {
            let cell = cells[counter.rawValue]
            cell.value.store(cell.value.load(ordering: .relaxed) &+ count, ordering: .relaxed)
        }
        package subscript(_ counter: Counter) -> Int { cells[counter.rawValue].value.load(ordering: .relaxed) }
    }

    package enum Counter: Int, Sendable, CaseIterable {
        case accepted, closed, refused, handshakesFailed, requests, bytesReceived, bytesSent, shed, overflowed
    }

    /// The sum over all reactors.
    package subscript(_ counter: Counter) -> Int { reactors.reduce(0) { $0 + $1[counter] } }
    package var open: Int { self[.accepted] - self[.closed] }
}

private final class Cell: Sendable {
    let value = Atomic<Int>(0)
}
