internal import Synchronization

/// A thread that runs one reactor. Ends with `stop`; `join` waits for the end.
package final class ReactorThread: Sendable {
    package let name: String
    package let mailbox: Mailbox
    private let thread: NamedThread
    private let joined = Atomic<Bool>(false)

    /// `name` is cut at 15 bytes. The reactor serves when this returns or soon after; posts before that are kept.
    package init(name: String) throws(Errno) {
        let epoll = try Epoll()
        let mailbox = try Mailbox()
        // Here, where a kernel without memory is an error and not the end of the process.
        try epoll.control(.add, mailbox.wakeup, [.readable], token: Reactor.mailboxToken)
        self.name = name
        self.mailbox = mailbox
        thread = try NamedThread.start(name) {
            do throws(Errno) {
                try Reactor(epoll: epoll, mailbox: mailbox).run()
            } catch {
                // epoll_wait on our own valid descriptor fails only by our own mistake.
                preconditionFailure("reactor \(name): \(error)")
            }
            mailbox.leave()
        }
    }

    /// Asks the loop to end after the work posted before.
    package func stop() { mailbox.post { $0.stop() } }

    /// Waits until the thread has ended; call `stop` first. Later calls return at once.
    package func join() {
        precondition(!mailbox.isCurrent, "a reactor cannot wait for itself")
        if !joined.exchange(true, ordering: .relaxed) { thread.join() }
    }

    deinit {
        stop()
        if !joined.load(ordering: .relaxed) { thread.detach() }
    }
}
