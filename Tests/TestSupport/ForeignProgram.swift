import Glibc
import Testing

/// A program of the machine that tests talk to: openssl, curl, nghttp, kubectl. Each run is cut after a minute.
package struct ForeignProgram: Sendable {
    private let name: String

    /// nil if this machine does not have it.
    package init?(_ name: String) {
        guard (try? Self.shell("command -v \(Self.quoted(name))"))?.status == 0 else { return nil }
        self.name = name
    }

    /// Without it the test that asks is counted as skipped.
    @discardableResult
    package static func needed(_ name: String) throws -> ForeignProgram {
        guard let program = ForeignProgram(name) else { try Test.cancel("this machine has no '\(name)'") }
        return program
    }

    package struct Outcome: Sendable {
        package var status: Int32
        /// Standard output, then standard error.
        package var output: String
    }

    /// Blocks the calling thread. Killed after `seconds`.
    package func run(_ arguments: [String], input: String = "", seconds: Int = 60) throws -> Outcome {
        let folder = try ScratchFolder()
        try folder.write("input", Array(input.utf8))
        let command = (["timeout", "\(seconds)", name] + arguments).map(Self.quoted).joined(separator: " ")
        let errors = folder.path("errors")
        var outcome = try Self.shell("\(command) <\(folder.path("input")) 2>\(errors)")
        outcome.output += try Self.shell("cat \(errors)").output
        return outcome
    }

    private static func shell(_ command: String) throws -> Outcome {
        guard let pipe = unsafe popen(command, "r") else { throw NotStarted(command: command) }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&chunk, 1, chunk.count, pipe)
            if count == 0 { break }
            output += chunk[..<count]
        }
        let status = unsafe pclose(pipe)
        // As a shell's $?: the exit code, or 128 + signal.
        let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        return Outcome(status: code, output: String(decoding: output, as: UTF8.self))
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    struct NotStarted: Error { var command: String }
}
