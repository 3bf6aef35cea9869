/// A child process held from outside its reactor.
package struct ProcessHandle: Sendable {
    package let pid: Int32
    private let child: ReactorBound<ChildProcess>

    /// `onEnd` runs once, on the reactor's thread.
    package static func start(
        _ command: ProcessCommand,
        on thread: ReactorThread,
        onEnd: @escaping @Sendable (ProcessEnd) -> Void
    ) async throws(Errno) -> ProcessHandle {
        let result: Result<ProcessHandle, Errno> = await withCheckedContinuation { continuation in
            let posted = thread.mailbox.post { reactor in
                do throws(Errno) {
                    let child = try ChildProcess(command, on: reactor, onEnd: onEnd)
                    let bound = ReactorBound(here: child, on: thread.mailbox)
                    continuation.resume(returning: .success(ProcessHandle(pid: child.pid, child: bound)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if !posted {
                continuation.resume(returning: .failure(Errno("spawn", -Errno.cancelled, on: command.executable)))
            }
        }
        return try result.get()
    }

    /// To the whole process group. Nothing happens once the child has ended.
    package func signal(_ signal: ProcessSignal) { child.run { $0.signal(signal) } }
}

extension Errno {
    /// The reactor that was to do it has ended.
    package static let cancelled: Int32 = 125
}
