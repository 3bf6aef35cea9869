import KubeModel
import LinuxIO
import Logging
import Ownership
import Synchronization
import Telemetry
import TestSupport
import Testing
import Wire

@testable import Product

@Suite(.timeLimit(.minutes(1))) struct ExecHandlerTests {
    private static let task: JSONValue = [
        "metadata": ["name": "t1", "namespace": "n", "uid": "u-1", "resourceVersion": "7"],
        "spec": ["owner": "op-1", "ownership": ["epoch": 4], "payload": ["greeting": "hello"]],
    ]
    private static let context = TaskContext(
        seat: "op-1",
        term: "3f2a9c1e.7",
        epoch: 4,
        leaseTransitions: 7,
        attempt: 2,
        until: MonotonicInstant(nanoseconds: .max)
    )

    /// A shell script as a task's program.
    private final class Scripted: Sendable {
        let folder: String
        let thread: ReactorThread
        let handler: ExecHandler
        let said = Said()

        init(_ script: String, timeout: Duration = .seconds(30), grace: Duration = .seconds(10)) throws {
            folder = "/tmp/workclaim-exec-\(String(RandomBytes.word(), radix: 36))"
            try FileWriting.makeFolder(folder, mode: 0o700)
            thread = try ReactorThread(name: "exec")
            let settings = ExecSettings(
                program: "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
                    + "/Programs/script.sh",
                timeout: timeout,
                grace: grace,
                again: .seconds(7),
                environment: ["PATH": "/usr/bin:/bin", "OUT": folder, "SCRIPT": script, "TASK_NAME": "forged"],
                guardProgram: BuiltProgram.path
            )
            let log = said
            handler = ExecHandler(
                settings,
                log: Logger(label: "exec") { _ in log },
                startFailures: StartFailures(MetricsRegistry(), log: Logger(label: "exec") { _ in log }),
                on: thread
            )
            handler.renewed(seat: "op-1", until: MonotonicInstant(nanoseconds: .max))
        }

        func run() async throws -> TaskOutcome {
            try await handler.reconcile(try TaskObject(ExecHandlerTests.task), ExecHandlerTests.context)
        }

        func file(_ name: String) -> String? {
            (try? FileReading.read(folder + "/" + name)).map { String(decoding: $0, as: UTF8.self) }
        }

        /// Polls for a file that the program writes.
        func wait(for name: String) async throws -> String {
            let deadline = BootClock.now() + .seconds(20)
            while BootClock.now() < deadline {
                if let text = file(name), text.hasSuffix("\n") { return text }
                try await Task.sleep(for: .milliseconds(5))
            }
            throw TaskFailure("\(name) was never written")
        }

        deinit {
            try? FileWriting.removeTree(folder)
            thread.stop()
        }
    }

    /// What is logged of standard error.
    private final class Said: LogHandler, Sendable {
        private let kept = Mutex<[String]>([])
        var lines: [String] { kept.withLock { $0 } }
        func log(event: LogEvent) {
            let metadata = event.metadata ?? [:]
            kept.withLock { $0.append("\(metadata["task"] ?? "") \(metadata["stderr"] ?? "")") }
        }
        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }
    }

    private func failure(_ scripted: Scripted) async -> String {
        do {
            return "\(try await scripted.run())"
        } catch {
            return "\(error)"
        }
    }

    @Test func theTaskComesByStandardInputAndTheEnvironment() async throws {
        let scripted = try Scripted(
            "cat > $OUT/input; echo $TASK_NAMESPACE/$TASK_NAME $TASK_UID $TASK_OWNER $TASK_EPOCH $TASK_TERM $TASK_ATTEMPT"
        )
        #expect(try await scripted.run() == .succeeded("n/t1 u-1 op-1 4 3f2a9c1e.7 2"))
        #expect(try JSONValue.parse(scripted.file("input") ?? "") == Self.task)
    }

    @Test func theLastLineThatIsNotBlankIsTheMessage() async throws {
        #expect(try await Scripted("echo one; echo two; echo; echo '  '").run() == .succeeded("two"))
        #expect(try await Scripted("true").run() == .succeeded(""))
        #expect(try await Scripted("printf 'a\\001b\\033[1m'").run() == .succeeded("ab[1m"))
    }

    @Test func anotherExitCodeIsAFailedTry() async throws {
        #expect(await failure(try Scripted("echo because; exit 3")) == "exit code 3: because")
        #expect(await failure(try Scripted("exit 1")) == "exit code 1")
        #expect(await failure(try Scripted("kill -9 $$")) == "signal 9")
        #expect(await failure(try Scripted("echo out; echo err >&2; exit 3")) == "exit code 3: err")
    }

    @Test func code75IsAgainLaterAndNoFailure() async throws {
        #expect(try await Scripted("echo not yet; exit 75").run() == .again(after: .seconds(7), "not yet"))
    }

    @Test func code65IsAFailureForGood() async throws {
        #expect(try await Scripted("echo no such colour >&2; exit 65").run() == .failed("no such colour"))
        #expect(try await Scripted("exit 65").run() == .failed("exit code 65"))
    }

    @Test func standardErrorIsLoggedInItsLastLinesAndIsNotTheMessage() async throws {
        let scripted = try Scripted("for i in $(seq 30); do echo line $i >&2; done; echo done; echo >&2")
        #expect(try await scripted.run() == .succeeded("done"))
        #expect(scripted.said.lines == (11...30).map { "n/t1 line \($0)" })
    }

    /// Nor one that may not be executed, whose format nobody knows, or whose guard is missing: the pod is at fault, not the task.
    @Test(arguments: [
        ("/nowhere/program", "No such file"), ("/etc/passwd", "Permission denied"), ("/", "Permission denied"),
    ])
    func aProgramThatCannotBeStartedIsNoTryAndIsSaidOnceAMinute(program: String, why: String) async throws {
        let thread = try ReactorThread(name: "exec")
        defer { thread.stop() }
        for guardProgram in [BuiltProgram.path, program] {
            let settings = ExecSettings(
                program: program,
                timeout: .seconds(1),
                grace: .zero,
                again: .seconds(7),
                environment: [:],
                guardProgram: guardProgram
            )
            let said = Said()
            let log = Logger(label: "exec") { _ in said }
            let registry = MetricsRegistry()
            let seconds = Atomic<Int64>(0)
            let failures = StartFailures(registry, log: log) {
                MonotonicInstant(nanoseconds: seconds.load(ordering: .relaxed) * 1_000_000_000)
            }
            let handler = ExecHandler(settings, log: log, startFailures: failures, on: thread)
            handler.renewed(seat: "op-1", until: MonotonicInstant(nanoseconds: .max))
            for (time, lines): (Int64, Int) in [(0, 1), (59, 1), (60, 2), (61, 2)] {
                seconds.store(time, ordering: .relaxed)
                guard
                    case .again(.seconds(7), let text) = try await handler.reconcile(
                        try TaskObject(Self.task),
                        Self.context
                    )
                else {
                    Issue.record("later is expected")
                    return
                }
                #expect(text.hasPrefix("the program could not be started: exec \(program): \(why)"), "\(text)")
                #expect(said.lines.count == lines)
            }
            let metrics = String(decoding: registry.render(), as: UTF8.self)
            #expect(metrics.contains("workclaim_handler_start_failures_total 4"))
        }
    }

    @Test(arguments: [
        ("/nowhere/program", "--exec /nowhere/program: No such file or directory; a file that this user may execute"),
        ("/etc", "--exec /etc: Is a directory; "), ("/etc/passwd", "--exec /etc/passwd: Permission denied; "),
        ("/dev/null", "--exec /dev/null: Permission denied; "),
    ])
    func whatCannotBeExecutedIsToldAtTheStart(program: String, text: String) throws {
        try ExecSettings.check(program: "/bin/sh")
        do {
            try ExecSettings.check(program: program)
            Issue.record("a problem is expected")
        } catch {
            #expect(error.description.hasPrefix(text), "\(error)")
        }
    }

    @Test func moreHandlersThanDescriptorsAreWarnedOf() {
        #expect(DescriptorRoom.problem(16, limit: 1_024) == nil)
        #expect(DescriptorRoom.problem(240, limit: 1_024) == nil)
        let problem = DescriptorRoom.problem(241, limit: 1_024) ?? ""
        #expect(problem.hasPrefix("--concurrency 241 needs 1028 descriptors, and this process may have 1024"))
        #expect(problem.hasSuffix("lower --concurrency to 240"))
    }

    @Test func outputIsBounded() async throws {
        let scripted = try Scripted(
            "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789012345678901234567890123456789; i=$((i+1)); done; printf '%5000s' x | tr ' ' y"
        )
        guard case .succeeded(let message) = try await scripted.run() else {
            Issue.record("success is expected")
            return
        }
        #expect(message.count == TaskLimits.messageMax)
    }

    @Test func cancellationEndsTheWholeProcessGroup() async throws {
        // The shell's own child holds a file open until it, too, is gone.
        let scripted = try Scripted("sleep 600 & echo $! > $OUT/child; wait")
        let run = Task { try await scripted.run() }
        let child = try await scripted.wait(for: "child").dropLast()
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        let deadline = BootClock.now() + .seconds(20)
        while isAlive(String(child)), BootClock.now() < deadline { try await Task.sleep(for: .milliseconds(5)) }
        #expect(!isAlive(String(child)))
    }

    @Test func whoIgnoresSIGTERMIsKilled() async throws {
        let scripted = try Scripted(
            "trap '' TERM; echo $$ > $OUT/pid; while true; do sleep 0.05; done",
            grace: .milliseconds(50)
        )
        let run = Task { try await scripted.run() }
        let pid = try await scripted.wait(for: "pid").dropLast()
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(!isAlive(String(pid)))
    }

    @Test func aFenceEndsEveryProgramWithoutATaskBeingCancelled() async throws {
        let scripted = try Scripted("echo $$ > $OUT/pid; sleep 600")
        let run = Task { await failure(scripted) }
        _ = try await scripted.wait(for: "pid")
        scripted.handler.fence(seat: "another")
        scripted.handler.fence(seat: "op-1")
        #expect(await run.value == "CancellationError()")
    }

    @Test func aProgramLivesAsLongAsItsSeatIsRenewedAndNoLonger() async throws {
        let scripted = try Scripted("echo $$ > $OUT/pid; sleep 600")
        scripted.handler.renewed(seat: "op-1", until: BootClock.now() + .seconds(20))
        let run = Task { await failure(scripted) }
        _ = try await scripted.wait(for: "pid")
        let end = BootClock.now() + .milliseconds(300)
        scripted.handler.renewed(seat: "another", until: BootClock.now())
        scripted.handler.renewed(seat: "op-1", until: end)
        #expect(await run.value == "CancellationError()")
        #expect(BootClock.now() >= end)
    }

    @Test func nothingIsStartedUnderASeatThatIsNotHeld() async throws {
        let scripted = try Scripted("echo x > $OUT/ran")
        scripted.handler.fence(seat: "op-1")
        #expect(await failure(scripted) == "CancellationError()")
        scripted.handler.renewed(seat: "op-1", until: BootClock.now() + .seconds(20))
        #expect(await failure(scripted) == "succeeded(\"\")")
        #expect(scripted.file("ran") != nil)
    }

    @Test func timeIsLimited() async throws {
        #expect(await failure(try Scripted("sleep 600", timeout: .milliseconds(100))) == "stopped after 100 ms")
    }

    @Test func aTaskCancelledBeforehandStartsNothing() async throws {
        let scripted = try Scripted("echo x > $OUT/ran")
        let run = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await scripted.run()
        }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(scripted.file("ran") == nil)
    }

    private func isAlive(_ pid: String) -> Bool {
        guard let stat = try? FileReading.read("/proc/\(pid)/stat") else { return false }
        // A zombie has ended.
        return !String(decoding: stat, as: UTF8.self).contains(") Z ")
    }
}
