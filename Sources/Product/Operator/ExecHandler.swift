package import KubeModel
package import LinuxIO
package import Ownership
import Synchronization
package import Wire

/// Runs a program per task: the task's JSON on standard input, its names in the environment, the last line of its
/// output as the message. Exit code 0 is success, anything else a failed try. Each program has a process group of its
/// own, which gets SIGTERM, and SIGKILL a little later, when the task is cancelled, the seat is lost, or its time is up.
package final class ExecHandler: TaskHandler {
    private let program: String
    private let timeout: Duration
    /// Between SIGTERM and SIGKILL.
    private let grace: Duration
    private let environment: [String: String]
    private let mailbox: Mailbox
    /// What runs; touched on the reactor's thread only.
    private let runs: ReactorBound<ExecRuns>

    /// Programs are started and reaped on `thread`. `environment` is theirs beside the TASK_ variables.
    package init(
        _ program: String,
        timeout: Duration,
        grace: Duration,
        environment: [String: String],
        on thread: ReactorThread
    ) {
        self.program = program
        self.timeout = timeout
        self.grace = grace
        self.environment = environment
        mailbox = thread.mailbox
        runs = ReactorBound(ExecRuns(), to: thread.mailbox)
    }

    package func reconcile(_ task: TaskObject, _ context: TaskContext) async throws -> TaskOutcome {
        let command = command(task, context)
        let run = ExecRun()
        let end = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                run.continuation.withLock { $0 = continuation }
                let accepted = mailbox.post { [runs, grace, timeout] reactor in
                    runs.onReactor.start(run, command, timeout, grace, on: reactor)
                }
                if !accepted { run.finish(.failure(Errno("exec", -Self.interrupted, on: program))) }
            }
        } onCancel: {
            run.isCancelled.store(true, ordering: .relaxed)
            mailbox.post { [runs, grace] reactor in runs.onReactor.end(run, grace, on: reactor) }
        }
        try Task.checkCancellation()
        switch end {
        case .failure(let error): throw TaskFailure("\(error)")
        case .success(let end):
            let message = Self.lastLine(end.output)
            if run.isLate.load(ordering: .relaxed) {
                throw TaskFailure("stopped after \(timeout.wholeMilliseconds) ms")
            }
            if end.exitCode == 0 { return .succeeded(message) }
            let how = end.signal.map { "signal \($0)" } ?? "exit code \(end.exitCode)"
            throw TaskFailure(message.isEmpty ? how : "\(how): \(message)")
        }
    }

    package func renewed(seat: String, until: MonotonicInstant) {}

    package func fence(seat: String) {
        mailbox.post { [runs, grace] reactor in runs.onReactor.endAll(grace, on: reactor) }
    }

    /// EINTR
    private static let interrupted: Int32 = 4

    private func command(_ task: TaskObject, _ context: TaskContext) -> ProcessCommand {
        var variables = environment
        variables["TASK_NAME"] = task.meta.name
        variables["TASK_NAMESPACE"] = task.meta.namespace
        variables["TASK_UID"] = task.meta.uid
        variables["TASK_OWNER"] = context.seat
        variables["TASK_EPOCH"] = "\(context.epoch)"
        variables["TASK_TERM"] = context.term
        variables["TASK_LEASE_TRANSITIONS"] = "\(context.leaseTransitions)"
        variables["TASK_ATTEMPT"] = "\(context.attempt)"
        let sorted = variables.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        var command = ProcessCommand(program, [], environment: sorted)
        command.input = task.json.serialized() + [0x0A]
        command.output = .capture(bytes: TaskLimits.outputBytesMax)
        return command
    }

    /// The last line that is not blank, bounded.
    static func lastLine(_ output: [UInt8]) -> String {
        let line = output.split(separator: 0x0A).last { line in line.contains { $0 > 0x20 } } ?? []
        let text = String(decoding: line, as: UTF8.self).unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        return String(String(String.UnicodeScalarView(text)).prefix(TaskLimits.messageMax))
    }
}

/// One program's run, as its waiting task and the reactor see it.
private final class ExecRun: Sendable {
    let continuation = Mutex<CheckedContinuation<Result<ProcessEnd, Errno>, Never>?>(nil)
    let isCancelled = Atomic<Bool>(false)
    let isLate = Atomic<Bool>(false)

    func finish(_ result: Result<ProcessEnd, Errno>) {
        continuation.withLock { current in
            defer { current = nil }
            return current
        }?.resume(returning: result)
    }
}

/// The programs that run; lives on the reactor's thread.
private final class ExecRuns {
    private var children: [ObjectIdentifier: ChildProcess] = [:]

    func start(
        _ run: ExecRun,
        _ command: ProcessCommand,
        _ timeout: Duration,
        _ grace: Duration,
        on reactor: Reactor
    ) {
        // Cancelled before it began: the message that would stop it may have gone by.
        if run.isCancelled.load(ordering: .relaxed) {
            return run.finish(.success(ProcessEnd(exitCode: 143, signal: 15)))
        }
        let id = ObjectIdentifier(run)
        var timer: TimerID?
        do throws(Errno) {
            // The run is kept alive by this closure, so its identity is its own until the child has ended.
            children[id] = try ChildProcess(command, on: reactor) { [weak self] end in
                if let timer { reactor.cancel(timer) }
                self?.children[id] = nil
                run.finish(.success(end))
            }
        } catch {
            return run.finish(.failure(error))
        }
        timer = reactor.schedule(after: timeout) { [weak self] in
            run.isLate.store(true, ordering: .relaxed)
            self?.end(run, grace, on: reactor)
        }
    }

    func end(_ run: ExecRun, _ grace: Duration, on reactor: Reactor) {
        guard let child = children[ObjectIdentifier(run)] else { return }
        stop(child, grace, on: reactor)
    }

    func endAll(_ grace: Duration, on reactor: Reactor) {
        for child in children.values { stop(child, grace, on: reactor) }
    }

    private func stop(_ child: ChildProcess, _ grace: Duration, on reactor: Reactor) {
        child.signal(.terminate)
        // Once it has ended the signal goes nowhere.
        _ = reactor.schedule(after: grace) { child.signal(.kill) }
    }
}
