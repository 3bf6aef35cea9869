import LinuxIO
import Synchronization
import Wire

/// Sees to it that work ends once its seat is lost: if it still goes on when another pod may begin, the process ends.
final class FenceWatch: Sendable {
    /// How often each seat was fenced, and up to which of these its work has stopped.
    private let fences = Mutex<[String: (begun: Int, ended: Int)]>([:])
    private let mailbox: Mailbox
    private let patience: Duration
    private let abort: @Sendable (String) -> Void

    /// Watches on the thread of `mailbox`, which needs nothing of the work that may hang.
    init(_ mailbox: Mailbox, _ patience: Duration, abort: @escaping @Sendable (String) -> Void) {
        self.mailbox = mailbox
        self.patience = patience
        self.abort = abort
    }

    /// Seats that it still knows of.
    var count: Int { fences.withLock { $0.count } }

    func begin(_ seat: String) {
        let number = fences.withLock { fences in
            fences[seat, default: (0, 0)].begun += 1
            return fences[seat]?.begun ?? 0
        }
        mailbox.post { reactor in _ = reactor.schedule(after: self.patience) { self.check(seat, number) } }
    }

    func end(_ seat: String) {
        fences.withLock { fences in
            if let known = fences[seat] { fences[seat] = (known.begun, known.begun) }
        }
    }

    private func check(_ seat: String, _ number: Int) {
        let hasEnded = fences.withLock { fences in
            guard let known = fences[seat], known.ended >= number else { return false }
            // The last of its checks.
            if known.begun == number { fences[seat] = nil }
            return true
        }
        guard !hasEnded else { return }
        let waited = patience.wholeMilliseconds
        abort("seat \(seat) is lost, but work on its tasks still runs after \(waited) ms: this process ends")
    }
}
