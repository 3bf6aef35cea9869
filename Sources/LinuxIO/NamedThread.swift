internal import CLinux

/// A POSIX thread with a name, for what blocks and must not depend on Swift's pool.
package struct NamedThread: Sendable {
    private let handle: UInt64

    /// `name` is cut at 15 bytes (the kernel's limit).
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(Errno) -> NamedThread {
        var handle: UInt64 = 0
        // Retained here, released by threadMain, which runs exactly once if the start succeeded.
        let context = unsafe Unmanaged.passRetained(ThreadBody(body))
        let result = unsafe clinux_thread_start(&handle, name, threadMain, context.toOpaque())
        if result < 0 {
            unsafe context.release()
            throw Errno("pthread_create", result, on: name)
        }
        return NamedThread(handle: handle)
    }

    /// Waits for the end. Exactly one of join and detach, once.
    package func join() { _ = clinux_thread_join(handle) }
    package func detach() { _ = clinux_thread_detach(handle) }

    /// The kernel's id of the calling thread.
    package static var currentID: Int32 { clinux_thread_id() }
}

private final class ThreadBody {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// At file scope: a closure made in an isolated place would inherit its actor and trap on another thread.
private func threadMain(_ context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
}
