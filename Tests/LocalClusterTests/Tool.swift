import FoundationEssentials
import LinuxIO
import Synchronization
import TestSupport
import Testing

/// Runs other people's programs (kubectl, curl) against the cluster.
struct Tool: Sendable, CustomTestStringConvertible {
    var path: String
    var name: String
    /// Of a kubectl.
    var version: KubectlVersion?
    var testDescription: String { [name, version?.text].compactMap { $0 }.joined(separator: " ") }

    struct Result: Sendable {
        var code: Int32
        /// Standard output and error together.
        var text: String
        var lines: [String] { text.split(separator: "\n").map(String.init) }
    }

    private static let thread = try? ReactorThread(name: "tools")

    func run(_ arguments: [String], input: String = "", environment: [(name: String, value: String)]) async -> Result {
        var command = ProcessCommand(path, arguments, environment: environment)
        command.input = Array(input.utf8)
        command.output = .capture(bytes: 4 << 20)
        let end = await withCheckedContinuation { (done: CheckedContinuation<ProcessEnd, Never>) in
            Self.thread?.mailbox.post { [command] reactor in
                do {
                    _ = try ChildProcess(command, on: reactor) { done.resume(returning: $0) }
                } catch {
                    done.resume(returning: ProcessEnd(exitCode: -1, output: Array("\(error)".utf8)))
                }
            }
        }
        return Result(code: end.exitCode, text: String(decoding: end.output, as: UTF8.self))
    }

    /// The kubectls of this machine: an old one named by KUBECTL_OLD, and the one on PATH, which may be the same.
    static let kubectls: [Tool] = {
        var paths: [String] = []
        if let old = ProcessInfo.processInfo.environment["KUBECTL_OLD"] {
            paths.append(old)
        } else {
            print("skipped: kubectl 1.20, because KUBECTL_OLD does not name one")
        }
        if let path = find("kubectl"), !paths.contains(path) { paths.append(path) }
        return paths.map { Tool(path: $0, name: "kubectl", version: KubectlVersion(of: $0)) }
    }()

    /// Those that know what came with kubectl 1.`minor`.
    static func kubectls(since minor: Int, for what: String) -> [Tool] {
        kubectls.filter { $0.version?.has(minor, for: what) ?? false }
    }

    static let curl: Tool? = find("curl").map { Tool(path: $0, name: "curl") }

    private static func find(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
