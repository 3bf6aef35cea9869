internal import CLinux

/// A running program with a process group of its own, on a reactor's thread. Nobody else may wait for its pid.
package final class ChildProcess: ReadinessHandler {
    package let pid: Int32
    private let reactor: Reactor
    private let leadsSession: Bool
    private let ended: OwnedDescriptor
    private var registration: Registration?
    private var output: OutputCapture?
    private var errors: OutputCapture?
    private var onEnd: ((ProcessEnd) -> Void)?
    private var end: ProcessEnd?

    /// After the child's end, output that its own children still hold open is waited for so long.
    private static let outputGrace = Duration.milliseconds(200)

    /// `onEnd` runs once, on the reactor's thread. The child lives on if this object is let go without a signal.
    package init(
        _ command: ProcessCommand,
        on reactor: Reactor,
        onEnd: @escaping (ProcessEnd) -> Void
    ) throws(Errno) {
        self.reactor = reactor
        leadsSession = command.leadsSession
        self.onEnd = onEnd
        // The memory file holds the bytes before the child starts: no pipe to feed, no SIGPIPE.
        let input = OwnedDescriptor(
            adopting: try Errno.check(unsafe clinux_memory_file(command.input, command.input.count), "memfd_create")
        )
        var out = try Self.end(command.output)
        var err: OutputEnd? = nil
        if case .captureApart = command.output { err = try OutputEnd.pipe() }
        pid = try Self.start(command, [input.number, out.number, err?.number ?? out.number])
        let number = clinux_pidfd(pid)
        guard number >= 0 else {
            Self.abandon(pid, command)
            throw Errno("pidfd_open", number)
        }
        ended = OwnedDescriptor(adopting: number)
        do throws(Errno) {
            try watch(command.output, &out, &err)
        } catch {
            _ = output?.close()
            _ = errors?.close()
            Self.abandon(pid, command)
            throw error
        }
    }

    private func watch(
        _ wanted: ProcessCommand.Output,
        _ out: inout OutputEnd,
        _ err: inout OutputEnd?
    ) throws(Errno) {
        let complete: () -> Void = { [weak self] in self?.finishIfComplete() }
        switch wanted {
        case .inherit, .file: break
        case .capture(let bytes): output = try out.capture(bytes, on: reactor, onEnd: complete)
        case .captureApart(let bytes, let errorBytes):
            output = try out.capture(bytes, on: reactor, onEnd: complete)
            errors = try err?.capture(errorBytes, on: reactor, onEnd: complete)
        }
        // The reactor holds the child until it has ended; then the cycle is cut.
        registration = try reactor.register(ended.number, [.readable], self)
    }

    /// A child that runs and cannot be watched must not run on: nobody would end it, and nobody reap it.
    private static func abandon(_ pid: Int32, _ command: ProcessCommand) {
        _ = clinux_kill(-pid, ProcessSignal.kill.rawValue)
        _ = clinux_await_end(pid)
        if command.leadsSession { OrphanedSession.kill(pid) }
    }

    /// To the child's whole process group. Nothing happens once the child has ended.
    package func signal(_ signal: ProcessSignal) {
        guard end == nil else { return }
        // ESRCH: everyone in it has ended and waits to be reaped.
        _ = clinux_kill(-pid, signal.rawValue)
    }

    package func ready(_ readiness: Readiness) {
        // What the child left behind in its group goes with it; its pid is not reused before it is reaped.
        _ = clinux_kill(-pid, ProcessSignal.kill.rawValue)
        var code: Int32 = 0
        var number: Int32 = 0
        guard unsafe clinux_reap(pid, &code, &number) == 1 else { return }
        if leadsSession, number != 0 { OrphanedSession.kill(pid) }
        registration?.cancel()
        registration = nil
        end = ProcessEnd(exitCode: code, signal: number == 0 ? nil : number)
        if isOutputOpen { _ = reactor.schedule(after: Self.outputGrace) { self.finish() } }
        finishIfComplete()
    }

    private var isOutputOpen: Bool { output?.isOpen == true || errors?.isOpen == true }

    private func finishIfComplete() {
        if end != nil, !isOutputOpen { finish() }
    }

    private func finish() {
        guard var result = end, let report = onEnd else { return }
        onEnd = nil
        result.output = output?.close() ?? []
        result.errors = errors?.close() ?? []
        report(result)
    }

    private static func end(_ output: ProcessCommand.Output) throws(Errno) -> OutputEnd {
        switch output {
        case .inherit: .inherited
        case .file(let path): try OutputEnd.file(path)
        case .capture, .captureApart: try OutputEnd.pipe()
        }
    }

    private static func start(_ command: ProcessCommand, _ standard: [Int32]) throws(Errno) -> Int32 {
        var flags: Spawn.Flags = command.leadsSession ? .session : .group
        if command.diesWithParent { flags.insert(.diesWithParent) }
        return try Spawn.start(
            [command.executable] + command.arguments,
            environment: command.environment.map { "\($0.name)=\($0.value)" },
            standard + (command.fourth.map { [$0] } ?? []),
            flags
        )
    }
}
