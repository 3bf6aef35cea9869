internal import CLinux

/// A running program with a process group of its own, on a reactor's thread. Nobody else may wait for its pid.
package final class ChildProcess: ReadinessHandler {
    package let pid: Int32
    private let reactor: Reactor
    private let ended: OwnedDescriptor
    private var registration: Registration?
    private var capture: OutputCapture?
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
        self.onEnd = onEnd
        let (pid, output) = try Self.spawn(command)
        self.pid = pid
        ended = OwnedDescriptor(adopting: try Errno.check(clinux_pidfd(pid), "pidfd_open"))
        if case .capture(let limit) = command.output, output >= 0 {
            capture = try OutputCapture(OwnedDescriptor(adopting: output), limit: limit, on: reactor) { [weak self] in
                self?.finishIfComplete()
            }
        }
        // The reactor holds the child until it has ended; then the cycle is cut.
        registration = try reactor.register(ended.number, [.readable], self)
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
        registration?.cancel()
        registration = nil
        end = ProcessEnd(exitCode: code, signal: number == 0 ? nil : number)
        if capture?.isOpen == true {
            _ = reactor.schedule(after: Self.outputGrace) { self.finish() }
        }
        finishIfComplete()
    }

    private func finishIfComplete() {
        if end != nil, capture?.isOpen != true { finish() }
    }

    private func finish() {
        guard var result = end, let report = onEnd else { return }
        onEnd = nil
        result.output = capture?.close() ?? []
        report(result)
    }

    private static func spawn(_ command: ProcessCommand) throws(Errno) -> (pid: Int32, output: Int32) {
        // The memory file holds the bytes before the child starts: no pipe to feed, no SIGPIPE.
        let input = OwnedDescriptor(
            adopting: try Errno.check(unsafe clinux_memory_file(command.input, command.input.count), "memfd_create")
        )
        var read: Int32 = -1
        let write: OwnedDescriptor
        switch command.output {
        case .inherit:
            return (try start(command, [input.number, 2, 2]), -1)
        case .file(let path):
            write = OwnedDescriptor(adopting: try Errno.check(unsafe clinux_open_append(path), "open", on: path))
        case .capture:
            var ends: [Int32] = [-1, -1]
            try Errno.check(unsafe clinux_output_pipe(&ends), "pipe")
            read = ends[0]
            write = OwnedDescriptor(adopting: ends[1])
        }
        do throws(Errno) {
            return (try start(command, [input.number, write.number, write.number]), read)
        } catch {
            if read >= 0 { _ = clinux_close(read) }
            throw error
        }
    }

    private static func start(_ command: ProcessCommand, _ standard: [Int32]) throws(Errno) -> Int32 {
        var flags = Int32(CLINUX_SPAWN_GROUP)
        if command.diesWithParent { flags |= Int32(CLINUX_SPAWN_DIES_WITH_PARENT) }
        let environment = command.environment.map { "\($0.name)=\($0.value)" }
        // The arrays of C strings live through the call; the child has its own copy after fork.
        let result = unsafe withCStrings([command.executable] + command.arguments) { arguments in
            unsafe withCStrings(environment) { variables in
                unsafe clinux_spawn(command.executable, arguments, variables, standard, flags)
            }
        }
        return try Errno.check(result, "exec", on: command.executable)
    }
}

/// A null-ended array of C strings, valid for the call.
private func withCStrings(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for string in strings {
        starts.append(bytes.count)
        bytes.append(contentsOf: string.utf8.map { CChar(bitPattern: $0) })
        bytes.append(0)
    }
    return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for start in starts { unsafe pointers.append(buffer.baseAddress.map { unsafe $0 + start }) }
        unsafe pointers.append(nil)
        return unsafe pointers.withUnsafeBufferPointer { list in
            guard let first = list.baseAddress else { return -Errno.tooManyFilesInProcess }
            return unsafe body(first)
        }
    }
}
