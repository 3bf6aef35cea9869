package import KubeModel
package import LinuxIO
package import Logging
package import Ownership
import Synchronization
package import Wire

/// Runs a program per try of a task, each under a guard of its own: the task's JSON on standard input, its names in the
/// environment, the meaning of its end in ExecVerdict. It gets SIGTERM, and SIGKILL a little later with all that it
/// started, when the task is cancelled or its time is up; SIGKILL at once when the seat is lost. The guard does the
/// latter by itself when the right to work runs out or this process is gone.
package final class ExecHandler: TaskHandler {
    private let settings: ExecSettings
    private let log: Logger
    private let startFailures: StartFailures
    private let mailbox: Mailbox
    private let runs: ReactorBound<ExecRuns>

    /// Programs are started and reaped on `thread`.
    package init(_ settings: ExecSettings, log: Logger, startFailures: StartFailures, on thread: ReactorThread) {
        self.settings = settings
        self.log = log
        self.startFailures = startFailures
        mailbox = thread.mailbox
        runs = ReactorBound(ExecRuns(settings), to: thread.mailbox)
    }

    package func reconcile(_ task: TaskObject, _ context: TaskContext) async throws -> TaskOutcome {
        let run = ExecRun(seat: context.seat)
        let command = command(task, context)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                run.continuation.withLock { $0 = continuation }
                let accepted = mailbox.post { [runs] in runs.onReactor.start(run, command, on: $0) }
                // This process is ending.
                if !accepted { run.finish(.failure(CancellationError())) }
            }
        } onCancel: {
            run.isCancelled.store(true, ordering: .relaxed)
            mailbox.post { [runs] _ in runs.onReactor.stop(run) }
        }
        // Whatever it says of itself: many a program ends with 0 when it is told to stop, and has not done its work.
        try Task.checkCancellation()
        // The seat is lost; the news of it may reach the replica later than this.
        if run.isCancelled.load(ordering: .relaxed) { throw CancellationError() }
        let end: ProcessEnd
        do {
            end = try result.get()
        } catch let failure as ProgramNotStarted {
            startFailures.add(failure)
            return .again(after: settings.again, "\(failure)")
        }
        tell(end.errors, of: task)
        if run.isLate.load(ordering: .relaxed) {
            throw TaskFailure("stopped after \(settings.timeout.wholeMilliseconds) ms")
        }
        return try ExecVerdict(end, again: settings.again).outcome.get()
    }

    package func renewed(seat: String, until: MonotonicInstant) {
        mailbox.post { [runs] _ in runs.onReactor.renewed(seat, until: until) }
    }

    package func fence(seat: String) { mailbox.post { [runs] _ in runs.onReactor.fence(seat) } }

    private func command(_ task: TaskObject, _ context: TaskContext) -> ProcessCommand {
        var variables = settings.environment
        variables["TASK_NAME"] = task.meta.name
        variables["TASK_NAMESPACE"] = task.meta.namespace
        variables["TASK_UID"] = task.meta.uid
        variables["TASK_OWNER"] = context.seat
        variables["TASK_EPOCH"] = "\(context.epoch)"
        variables["TASK_TERM"] = context.term
        variables["TASK_LEASE_TRANSITIONS"] = "\(context.leaseTransitions)"
        variables["TASK_ATTEMPT"] = "\(context.attempt)"
        let sorted = variables.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        var command = ProcessCommand(settings.program, [], environment: sorted)
        command.input = task.json.serialized() + [0x0A]
        command.output = .captureApart(bytes: TaskLimits.outputBytesMax, errorBytes: TaskLimits.errorBytesMax)
        return command
    }

    /// The last lines of a program's standard error, for whoever looks after the handler.
    private func tell(_ errors: [UInt8], of task: TaskObject) {
        for line in ExecText.lines(errors).suffix(TaskLimits.errorLinesMax) {
            log.info("the handler says", metadata: ["task": "\(task.key)", "stderr": "\(line)"])
        }
    }
}
