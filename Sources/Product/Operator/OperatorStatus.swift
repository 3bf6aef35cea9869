import KubeRuntime
import LinuxIO
import Synchronization
import Wire

/// What the health endpoint and the seat's keeper see of the process, from their own threads.
final class OperatorStatus: Sendable {
    let isListed = Atomic<Bool>(false)
    let isStopping = Atomic<Bool>(false)
    let keeper = Mutex<SeatKeeper?>(nil)
    let current = Mutex<SeatWork?>(nil)

    /// Name, whether it is so, and what is missing otherwise.
    var checks: [(name: String, isGood: Bool, lack: String)] {
        let isHeld = keeper.withLock { $0 }?.tenure(at: BootClock.now()) != nil
        return [
            ("seat", isHeld, "the seat is not held"),
            ("tasks", isListed.load(ordering: .relaxed), "the tasks of the seat are not listed yet"),
            ("running", !isStopping.load(ordering: .relaxed), "the process is stopping"),
        ]
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
