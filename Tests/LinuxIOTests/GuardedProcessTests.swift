import Glibc
import LinuxIO
import TestSupport
import Testing
import Wire

/// If these fail, handlers run on beside their successors.
@Suite(.timeLimit(.minutes(1))) struct GuardedProcessTests {
    private let thread: ReactorThread
    private let script: GuardedScript

    init() throws {
        thread = try ReactorThread(name: "guards")
        script = try GuardedScript(on: thread)
    }

    /// A daemon by the book, a child with a process group of its own, a plain child; and they tell their numbers.
    private static let family = """
        setsid sh -c '(echo $$ >> $NOTES; exec sleep 600) & exit' &
        setsid sh -c 'echo $$ >> $NOTES; trap "" TERM HUP; sleep 600; sleep 600' &
        sh -c 'echo $$ >> $NOTES; exec sleep 600' &
        note $$

        """

    /// What the quickest profile allows for the end of all work.
    private static let stall = Duration.milliseconds(900)

    // MARK: - As without a guard

    private func unguarded(_ command: ProcessCommand) async throws -> ProcessEnd {
        let result: Result<ProcessEnd, Errno> = await withCheckedContinuation { continuation in
            thread.mailbox.post { reactor in
                do throws(Errno) {
                    _ = try ChildProcess(command, on: reactor) { continuation.resume(returning: .success($0)) }
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    @Test(arguments: [
        "true", "exit 3", "exit 75", "exit 255", "kill -9 $$", "kill -TERM $$", "kill -SEGV $$", "kill -PIPE $$",
        "cat; echo to error >&2; echo out; exit 9", "head -c 100000 /dev/zero | tr '\\0' x; echo e >&2",
        "(kill -STOP $$; kill -CONT $$) & wait; exit 5", "cut -d' ' -f5 /proc/$$/stat >/dev/null; env | sort",
        "ls /proc/self/fd; grep Sig[BI] /proc/self/status; kill 0",
    ])
    func codeSignalAndOutputAreTheProgramsOwn(text: String) async throws {
        let command = script.command(text, input: "hello\n")
        #expect(try await script.run(command) == (try await unguarded(command)))
    }

    @Test func aProgramThatIsNotThereIsNamed() async throws {
        do {
            let end = try await script.run(ProcessCommand("/no/such/program", [], environment: []))
            Issue.record("a failure is expected, not \(end)")
        } catch let error as Errno {
            #expect("\(error)" == "exec /no/such/program: No such file or directory")
        }
    }

    // MARK: - What ends it

    /// ETIME
    private static let ranOut = Errno("exec", -62, on: "/bin/sh")

    @Test func aRightThatHasRunOutStartsNothing() async throws {
        await #expect(throws: Self.ranOut) { try await script.run("note ran", for: .zero) }
        #expect(script.noted.isEmpty)
    }

    @Test func whatAProgramLeavesBehindEndsWithIt() async throws {
        let end = try await script.run(Self.family + "while [ $(wc -l < $NOTES) -lt 4 ]; do sleep 0.01; done; exit 6")
        #expect(end.exitCode == 6)
        #expect(script.processes.count == 4)
        #expect(script.processes.filter(\.isAlive).isEmpty)
    }

    @Test func atTheDeadlineTheWholeTreeIsKilled() async throws {
        let begin = BootClock.now()
        await #expect(throws: Self.ranOut) { try await script.run(Self.family + "wait", for: .milliseconds(400)) }
        let took = BootClock.now() - begin
        #expect(took >= .milliseconds(400))
        #expect(took < .milliseconds(400) + Self.stall, "\(took)")
        #expect(script.processes.count == 4)
        #expect(script.processes.filter(\.isAlive).isEmpty)
    }

    @Test func renewalsKeepItRunning() async throws {
        let begin = BootClock.now()
        await #expect(throws: Self.ranOut) {
            try await script.run(script.command("sleep 600"), for: .milliseconds(250)) { guarded, reactor in
                for round in 1...8 {
                    _ = reactor.schedule(after: .milliseconds(100 * round)) {
                        guarded.order(.work(until: reactor.now + .milliseconds(250)))
                    }
                }
            }
        }
        #expect(BootClock.now() - begin >= .milliseconds(800 + 250))
    }

    @Test func whoIsAskedToStopMayDoSoInItsOwnWay() async throws {
        let run = Task { try await script.run("trap 'exit 4' TERM; note ready; while true; do sleep 0.01; done") }
        try await script.wait(for: 1)
        script.order(.stop(grace: .seconds(20)))
        #expect(try await run.value.exitCode == 4)
    }

    @Test func whoIgnoresSIGTERMIsKilledAfterTheGrace() async throws {
        let run = Task { try await script.run(Self.family + "trap '' TERM; while true; do sleep 0.01; done") }
        try await script.wait(for: 4)
        script.order(.stop(grace: .milliseconds(50)))
        #expect(try await run.value.signal == 9)
        #expect(script.processes.filter(\.isAlive).isEmpty)
    }

    @Test func aStoppedProgramIsKilledAllTheSame() async throws {
        let run = Task { try await script.run(Self.family + "kill -STOP $$") }
        try await script.wait(for: 4)
        script.order(.kill)
        #expect(try await run.value.signal == 9)
        #expect(script.processes.filter(\.isAlive).isEmpty)
    }

    /// Each of eight processes forks and ends as fast as it can, in a session of its own each time.
    @Test func whoForksWithoutEndIsCaught() async throws {
        try ForeignProgram.needed("perl")
        let runner = """
            use POSIX; for (1..3) { fork } setsid();
            while (1) { my $p = fork; exit if $p; setsid(); note() if ++$n == 20 }
            sub note { open F, ">>$ENV{NOTES}"; print F "off\\n"; close F }
            """
        let run = Task { try await script.run("perl -e '\(runner)' & note $PPID; wait; sleep 600") }
        try await script.wait(for: 1 + 8)
        let begin = BootClock.now()
        script.order(.kill)
        #expect(try await run.value.signal == 9)
        #expect(BootClock.now() - begin < Self.stall)
        // The guard ends when it has no child left.
        #expect(script.processes.filter(\.isAlive).isEmpty)
    }

    @Test func theProgramAndItsSessionDieWithAGuardThatIsKilled() async throws {
        // `timeout` makes a process group of its own.
        let children = "for run in sleep 'timeout 600 sleep'; do sh -c 'echo $$ >> $NOTES; exec '\"$run\"' 600' & done"
        let run = Task { try await script.run("note $PPID; \(children); note $$; wait") }
        try await script.wait(for: 4)
        script.processes[0].signal(9)
        await #expect(throws: Errno("the guard", -130, on: "of /bin/sh")) { try await run.value }
        let deadline = BootClock.now() + .seconds(20)
        while script.processes.contains(where: \.isAlive), BootClock.now() < deadline { await Task.yield() }
        #expect(script.processes.filter(\.isAlive).isEmpty)
    }

    /// As in a container, whose first process the operator is: orphans become its children.
    @Test func whatAKilledGuardLeavesBehindIsReaped() async throws {
        // Variadic, and so not to be seen from here; its registers are those of a function that is not.
        typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
        let control = unsafe unsafeBitCast(try #require(unsafe dlsym(nil, "prctl")), to: Control.self)
        let subreaper: Int32 = 36
        try #require(control(subreaper, 1, 0, 0, 0) == 0)
        defer { _ = control(subreaper, 0, 0, 0, 0) }
        let run = Task { try await script.run("note $PPID; sh -c 'echo $$ >> $NOTES; exec sleep 600' & note $$; wait") }
        try await script.wait(for: 3)
        let processes = script.processes
        processes[0].signal(9)
        await #expect(throws: Errno("the guard", -130, on: "of /bin/sh")) { try await run.value }
        let areGone = await eventually {
            processes.allSatisfy { (try? FileReading.entryCount("/proc/\($0.pid)")) == nil }
        }
        #expect(areGone, "zombies are left")
    }

    @Test func aGuardThatIsAskedToEndDoesNot() async throws {
        let run = Task { try await script.run("note $PPID; while [ ! -e $NOTES.go ]; do sleep 0.01; done; exit 8") }
        try await script.wait(for: 1)
        for signal: Int32 in [1, 2, 3, 10, 12, 13, 14, 15] { script.processes[0].signal(signal) }
        try script.folder.write("notes.go", [])
        #expect(try await run.value.exitCode == 8)
    }

    // MARK: - Many

    @Test func twoHundredAtOnceAreAllReportedAndNothingIsLeft() async throws {
        let before = try FileReading.entryCount("/proc/self/fd")
        try await withThrowingTaskGroup(of: Int32.self) { group in
            for code: Int32 in 0..<200 {
                group.addTask {
                    let script = try GuardedScript(on: thread)
                    let end = try await script.run("note $PPID; sleep 0.3 & wait; exit \(code)")
                    #expect(script.processes.count == 1 && !script.processes[0].isAlive)
                    return end.exitCode
                }
            }
            var codes: Set<Int32> = []
            for try await code in group { codes.insert(code) }
            #expect(codes == Set(0..<200))
        }
        // Other tests of this process open some too, in the meantime; a leak would be hundreds.
        #expect(try FileReading.entryCount("/proc/self/fd") < before + 100)
        let zombies = OtherProcess(ThisProcess.pid).children.filter { !$0.isAlive }
        #expect(zombies.count < 20)
    }
}
