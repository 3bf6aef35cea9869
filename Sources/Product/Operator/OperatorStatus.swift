import LinuxIO
import Ownership
import Synchronization
import Telemetry
import Wire

/// What is seen of the process from other threads: by the health endpoint and the metrics.
final class OperatorStatus: Sendable {
    let pulse: Pulse
    let board = HealthBoard(checks: ["seat", "tasks"])
    /// Until when each seat is held, as its keeper has said last.
    private let holds = Mutex<[String: MonotonicInstant]>([:])
    private let latest = Mutex(ReplicaSummary())
    private let ownSeat: String

    init(seat: String, now: @escaping @Sendable () -> MonotonicInstant = { BootClock.now() }) {
        ownSeat = seat
        pulse = Pulse(now: now)
    }

    var summary: ReplicaSummary { latest.withLock { $0 } }

    func held(_ seat: String, until: MonotonicInstant) {
        holds.withLock { $0[seat] = until }
        if seat == ownSeat { board.set("seat", nil) }
    }

    func lost(_ seat: String) {
        holds.withLock { $0[seat] = nil }
        guard seat == ownSeat else { return }
        board.set("seat", "the seat is lost")
        board.set("tasks", "the tasks of the seat are not listed yet")
    }

    func listed(_ seat: String) { if seat == ownSeat { board.set("tasks", nil) } }

    /// Every second, from the loop itself.
    func update(_ summary: ReplicaSummary) {
        pulse.beat()
        latest.withLock { $0 = summary }
    }

    /// How far each held seat is from its fence.
    func margins(now: MonotonicInstant) -> [(seat: String, left: Duration)] {
        holds.withLock { $0 }.sorted { $0.key < $1.key }.map { (seat: $0.key, left: max(.zero, $0.value - now)) }
    }
}
