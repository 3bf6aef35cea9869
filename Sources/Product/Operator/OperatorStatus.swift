import LinuxIO
import Ownership
import Synchronization
import Wire

/// What is seen of the process from other threads: by the health endpoint, and by the seat's keeper.
final class OperatorStatus: Sendable {
    let board = HealthBoard(checks: ["seat", "tasks"])
    let isStopping = Atomic<Bool>(false)
    let current = Mutex<SeatWork?>(nil)
    let hold = Mutex<SeatMachine.Tenure?>(nil)

    func tenure(at now: MonotonicInstant) -> SeatMachine.Tenure? {
        hold.withLock { $0 }.flatMap { now < $0.until ? $0 : nil }
    }
}

/// Sees to it that work ends once the seat is lost: if it still goes on when another pod may begin, the process ends.
final class FenceWatch: Sendable {
    private let begun = Atomic<Int>(0)
    private let ended = Atomic<Int>(0)
    private let mailbox: Mailbox
    private let patience: Duration
    private let abort: @Sendable (String) -> Void

    /// Watches on the thread of `mailbox`, which needs nothing of the work that may hang.
    init(_ mailbox: Mailbox, _ patience: Duration, abort: @escaping @Sendable (String) -> Void) {
        self.mailbox = mailbox
        self.patience = patience
        self.abort = abort
    }

    func begin() {
        let number = begun.add(1, ordering: .relaxed).newValue
        mailbox.post { reactor in
            _ = reactor.schedule(after: self.patience) {
                guard self.ended.load(ordering: .relaxed) < number else { return }
                let waited = self.patience.wholeMilliseconds
                self.abort("the seat is lost, but work on its tasks still runs after \(waited) ms: this process ends")
            }
        }
    }

    func end() { ended.store(begun.load(ordering: .relaxed), ordering: .relaxed) }
}
