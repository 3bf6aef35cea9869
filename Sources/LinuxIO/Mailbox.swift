internal import CLinux
internal import Synchronization

/// What other threads hold of a reactor: work posted here runs on its thread, in order.
package struct Mailbox: Sendable {
    private let box: Box

    private final class Box: Sendable {
        let wakeup: OwnedDescriptor
        let thread = Atomic<Int32>(0)
        let state = Mutex(State())
        init(_ wakeup: consuming OwnedDescriptor) { self.wakeup = wakeup }
    }
    private struct State {
        var work: [@Sendable (Reactor) -> Void] = []
        var closed = false
    }

    package init() throws(Errno) {
        box = Box(OwnedDescriptor(adopting: try Errno.check(clinux_eventfd(), "eventfd")))
    }

    /// False if the reactor has ended: the work will never run.
    @discardableResult
    package func post(_ work: @escaping @Sendable (Reactor) -> Void) -> Bool {
        let (accepted, wasEmpty) = box.state.withLock { state in
            guard !state.closed else { return (false, false) }
            state.work.append(work)
            return (true, state.work.count == 1)
        }
        // A full counter (EAGAIN) is raised already.
        if wasEmpty { _ = clinux_eventfd_raise(box.wakeup.number) }
        return accepted
    }

    /// Whether the caller is on the reactor's thread.
    package var isCurrent: Bool { box.thread.load(ordering: .relaxed) == clinux_thread_id() }

    var wakeup: Int32 { box.wakeup.number }

    /// The calling thread is the reactor's from now on.
    func adopt() { box.thread.store(clinux_thread_id(), ordering: .relaxed) }

    /// The reactor's thread ends. The kernel may give its number to a new thread, which must not be taken for it.
    func leave() { box.thread.store(0, ordering: .relaxed) }

    func take() -> [@Sendable (Reactor) -> Void] {
        _ = clinux_eventfd_clear(box.wakeup.number)
        return box.state.withLock { state in
            defer { state.work = [] }
            return state.work
        }
    }

    /// Refuses posts from now on; returns what was posted before.
    func close() -> [@Sendable (Reactor) -> Void] {
        box.state.withLock { state in
            defer { state.work = [] }
            state.closed = true
            return state.work
        }
    }
}
