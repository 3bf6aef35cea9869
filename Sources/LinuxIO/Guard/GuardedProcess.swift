internal import CLinux
package import Wire

/// A program under a guard, on a reactor's thread: all that it starts, however it hides it, has ended when the right to
/// work runs out, and when this process dies. See GuardProcess for the other side.
///
/// What is out of reach: processes that others start at the program's request (a container engine, cron), and whoever
/// changed to a user whom the guard may not signal. A guard that is itself killed takes the program along, and this
/// process ends what is left of the session; who made a session of its own lives on.
package final class GuardedProcess {
    private let channel: GuardChannel
    private var guarding: ChildProcess?

    /// `executable` is this program's own binary, see GuardProcess.word. `onEnd` runs once, on the reactor's thread, when
    /// all has ended; a failure says why the program was not run, or that its guard is dead.
    package init(
        _ command: ProcessCommand,
        under executable: String,
        until: MonotonicInstant,
        on reactor: Reactor,
        onEnd: @escaping (Result<ProcessEnd, Errno>) -> Void
    ) throws(Errno) {
        let pair = try GuardChannel.pair()
        let theirs = pair.theirs
        channel = pair.ours
        // The guard reads it first of all.
        channel.send(GuardRecord(.work(until: until)))
        var inner = command
        inner.executable = executable
        inner.arguments = [GuardProcess.word, command.executable] + command.arguments
        // It must outlive this process: to end what it guards.
        inner.diesWithParent = false
        inner.leadsSession = true
        inner.fourth = theirs.number
        let program = command.executable
        guarding = try ChildProcess(inner, on: reactor) { [self] end in
            guarding = nil
            onEnd(conclude(end, program))
        }
    }

    /// To a guard that is killing already it means nothing.
    package func order(_ order: GuardOrder) { channel.send(GuardRecord(order)) }

    private func conclude(_ guardEnd: ProcessEnd, _ program: String) -> Result<ProcessEnd, Errno> {
        while case .record(let record) = channel.receive() {
            switch record.report {
            case .refused(let code): return .failure(Errno("exec", -code, on: program))
            case .ended(let exitCode, let signal):
                var end = guardEnd
                end.exitCode = exitCode
                end.signal = signal == 0 ? nil : signal
                return .success(end)
            case nil: break
            }
        }
        return .failure(Errno("the guard", -Errno.guardDead, on: "of \(program)"))
    }
}
