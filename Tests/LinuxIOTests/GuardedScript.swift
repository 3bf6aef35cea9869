import LinuxIO
import Synchronization
import TestSupport
import Wire

/// A shell script under a guard. In it, `note` appends a line to a file that the test reads.
final class GuardedScript: Sendable {
    struct NotNoted: Error { var wanted: Int; var noted: [String] }

    let folder: ScratchFolder
    private let thread: ReactorThread
    private let process = Mutex<ReactorBound<GuardedProcess>?>(nil)

    init(on thread: ReactorThread) throws {
        self.thread = thread
        folder = try ScratchFolder()
    }

    func command(_ script: String, input: String = "") -> ProcessCommand {
        let path = folder.path("notes")
        var command = ProcessCommand(
            "/bin/sh",
            ["-c", "note() { echo \"$@\" >> \(path); }\n" + script],
            environment: [("PATH", "/usr/bin:/bin"), ("NOTES", path)]
        )
        command.input = Array(input.utf8)
        command.output = .captureApart(bytes: 1_000, errorBytes: 1_000)
        return command
    }

    /// Runs it to its end. `meanwhile` runs on the reactor's thread once the guard is there.
    func run(
        _ command: ProcessCommand,
        for right: Duration = .seconds(30),
        meanwhile: @escaping @Sendable (GuardedProcess, Reactor) -> Void = { _, _ in }
    ) async throws -> ProcessEnd {
        let until = BootClock.now() + right
        let result: Result<ProcessEnd, Errno> = await withCheckedContinuation { continuation in
            thread.mailbox.post { [self] reactor in
                do throws(Errno) {
                    let guarded = try GuardedProcess(command, under: BuiltProgram.path, until: until, on: reactor) {
                        continuation.resume(returning: $0)
                    }
                    process.withLock { $0 = ReactorBound(here: guarded, on: thread.mailbox) }
                    meanwhile(guarded, reactor)
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    func run(_ script: String, for right: Duration = .seconds(30)) async throws -> ProcessEnd {
        try await run(command(script), for: right)
    }

    /// As often as wanted while it runs.
    func order(_ order: GuardOrder) { process.withLock { $0 }?.run { $0.order(order) } }

    var noted: [String] {
        (try? folder.read("notes")).map {
            String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init)
        } ?? []
    }

    /// Processes whose numbers were noted.
    var processes: [OtherProcess] { noted.compactMap { Int32($0).map(OtherProcess.init) } }

    /// Once so many lines were noted.
    func wait(for count: Int) async throws {
        let deadline = BootClock.now() + .seconds(20)
        while noted.count < count {
            guard BootClock.now() < deadline else { throw NotNoted(wanted: count, noted: noted) }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
