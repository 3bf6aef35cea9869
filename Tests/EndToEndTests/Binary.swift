import FoundationEssentials
import LinuxIO
import TestSupport

/// The program that is tested, as it was built beside the tests.
enum Binary {
    static let path = BuiltProgram.path

    static let root: String = {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    }()

    /// Its output goes to a file; nothing of our environment but PATH is inherited.
    static func start(
        _ arguments: [String],
        of program: String = path,
        environment: [(name: String, value: String)] = [],
        output: String,
        on thread: ReactorThread
    ) async throws -> RunningProgram {
        var command = ProcessCommand(
            program,
            arguments,
            environment: [
                ("PATH", ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
            ] + BuiltProgram.environment + environment
        )
        command.output = .file(output)
        let (ended, report) = AsyncStream.makeStream(of: ProcessEnd.self, bufferingPolicy: .bufferingNewest(1))
        let handle = try await ProcessHandle.start(command, on: thread) { end in
            report.yield(end)
            report.finish()
        }
        return RunningProgram(handle: handle, ended: ended, output: output)
    }

    static func run(_ arguments: [String]) throws -> ForeignProgram.Outcome {
        guard let program = ForeignProgram(path) else { throw Missing() }
        return try program.run(arguments, seconds: 240)
    }

    struct Missing: Error {}
}

struct RunningProgram: Sendable {
    let handle: ProcessHandle
    let ended: AsyncStream<ProcessEnd>
    let output: String

    var text: String { (try? FileReading.read(output)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// How it ended; whoever asks waits.
    func end() async -> ProcessEnd? {
        for await end in ended { return end }
        return nil
    }
}

/// What /proc says of the processes of this machine.
enum Processes {
    struct Child { var pid: Int32; var arguments: [String] }

    static func children(of parent: Int32) -> [Child] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap { pid in
            guard let stat = try? FileReading.read("/proc/\(pid)/stat"),
                let after = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(separator: " "),
                after.count > 1, Int32(after[1]) == parent, after[0] != "Z",
                let line = try? FileReading.read("/proc/\(pid)/cmdline")
            else { return nil }
            return Child(pid: pid, arguments: line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
        }
    }

    /// What a process was started with.
    static func variable(_ name: String, of pid: Int32) -> String? {
        let environment = (try? FileReading.read("/proc/\(pid)/environ")) ?? []
        return environment.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            .first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    static func isAlive(_ pid: Int32) -> Bool { (try? FileReading.identity("/proc/\(pid)")) != nil }
}
