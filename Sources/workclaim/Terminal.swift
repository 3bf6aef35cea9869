import ArgumentParser
import LinuxIO
import Product

/// The process's own surroundings: standard output, environment, signals.
enum Terminal {
    static func say(_ text: String) { StandardStream.output.write(Array((text + "\n").utf8)) }
    static func complain(_ text: String) { StandardStream.error.write(Array((text + "\n").utf8)) }

    static var environment: [String: String] { ThisProcess.environment }

    /// Runs a process's body until it ends or a signal ends it; exit code 130 if that was Ctrl-C.
    static func serve(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let end: ServiceRun.End
        do {
            end = try await ServiceRun.run(body: body)
        } catch let problem as UsageProblem {
            throw ValidationError("\(problem)")
        }
        if end == .interrupted { throw ExitCode(130) }
    }
}
