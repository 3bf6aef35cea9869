import LinuxIO
import Synchronization
import Testing
import Wire

/// If these fail, handlers outlive their fence, or the demo leaves processes behind.
@Suite struct ChildProcessTests {
    private let thread: ReactorThread

    init() throws { thread = try ReactorThread(name: "children") }

    private func shell(_ script: String, input: String = "", limit: Int = 1_000) -> ProcessCommand {
        var command = ProcessCommand(
            "/bin/sh",
            ["-c", script],
            environment: [("GREETING", "hello"), ("PATH", "/usr/bin:/bin")]
        )
        command.input = Array(input.utf8)
        command.output = .capture(bytes: limit)
        return command
    }

    /// Runs the command to its end; `meanwhile` gets the child once it runs.
    private func run(
        _ command: ProcessCommand,
        meanwhile: @escaping @Sendable (ChildProcess, Reactor) -> Void = { _, _ in }
    ) async throws -> ProcessEnd {
        let result: Result<ProcessEnd, Errno> = await withCheckedContinuation { continuation in
            thread.mailbox.post { reactor in
                do throws(Errno) {
                    let child = try ChildProcess(command, on: reactor) { continuation.resume(returning: .success($0)) }
                    meanwhile(child, reactor)
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    @Test func inputEnvironmentAndOutputPassThrough() async throws {
        let end = try await run(shell("read line; echo $GREETING $line; exit 3", input: "world\n"))
        #expect(end == ProcessEnd(exitCode: 3, output: Array("hello world\n".utf8)))
    }

    @Test func onlyTheEndOfALongOutputIsKept() async throws {
        let end = try await run(shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done", limit: 64))
        #expect(end.output.count == 64)
        #expect(String(decoding: end.output, as: UTF8.self).hasSuffix("line 19999\n"))
    }

    @Test func aChildThatWritesFasterThanWeReadWaits() async throws {
        // A pipe holds 64 KiB; while the reactor is busy the child must be held up, not fail.
        let end = try await run(shell("head -c 1000000 /dev/zero && echo done", limit: 5)) { _, reactor in
            let until = reactor.now + .milliseconds(300)
            while reactor.now < until {}
        }
        #expect(end == ProcessEnd(exitCode: 0, output: Array("done\n".utf8)))
    }

    @Test func aSignalReachesTheWholeGroup() async throws {
        // The grandchild holds the output open: the end would not be reported if it lived on.
        let end = try await run(shell("sleep 600 & echo started; wait")) { child, reactor in
            _ = reactor.schedule(after: .milliseconds(100)) { child.signal(.kill) }
        }
        #expect(end.signal == 9)
        #expect(end.exitCode == 137)
    }

    @Test func whatAChildLeavesBehindEndsWithIt() async throws {
        let end = try await run(shell("sleep 600 & echo $!"))
        let pid = try #require(Int32(String(decoding: end.output, as: UTF8.self).dropLast()))
        // SIGKILL was sent before the child was reaped; the grandchild is gone as soon as it is scheduled.
        var isGone = false
        for _ in 0..<200 where !isGone {
            isGone =
                (try? FileReading.read("/proc/\(pid)/status")).map {
                    String(decoding: $0, as: UTF8.self).contains("Z (zombie)")
                } ?? true
            if !isGone { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(isGone)
    }

    @Test func aProgramThatIsMissingIsAnErrorThatNamesIt() async throws {
        await #expect(throws: Errno.self) {
            _ = try await run(ProcessCommand("/no/such/program", [], environment: []))
        }
        do {
            _ = try await run(ProcessCommand("/no/such/program", [], environment: []))
        } catch let error as Errno {
            #expect("\(error)" == "exec /no/such/program: No such file or directory")
        }
    }

    @Test func manyChildrenAtOnceAreAllReported() async throws {
        try await withThrowingTaskGroup(of: Int32.self) { group in
            for code in 0..<40 { group.addTask { try await run(shell("exit \(code)")).exitCode } }
            var codes: Set<Int32> = []
            for try await code in group { codes.insert(code) }
            #expect(codes.count == 40)
        }
    }
}
