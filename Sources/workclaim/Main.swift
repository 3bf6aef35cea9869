import ArgumentParser
import LinuxIO
import Product

/// Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted.
@main
struct Main {
    static func main() async {
        // Before anything is parsed: a guard is started for every try of a task.
        if CommandLine.arguments.dropFirst().first == GuardProcess.word {
            Workclaim.exit(withError: ExitCode(GuardProcess.run(Array(CommandLine.arguments.dropFirst(2)))))
        }
        do {
            var command = try Workclaim.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let code = Workclaim.exitCode(for: error)
            let isUsage = code == .validationFailure
            let text = Workclaim.fullMessage(for: error)
            if !text.isEmpty { code.isSuccess ? Terminal.say(text) : Terminal.complain(text) }
            Workclaim.exit(withError: ExitCode(isUsage ? 2 : code.rawValue))
        }
    }
}

struct Workclaim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workclaim",
        abstract: "Leaderless Kubernetes operators: every task has exactly one owner, and nobody elects anything.",
        version: Version.text,
        subcommands: [
            WebhookCommand.self, OperatorCommand.self, DevclusterCommand.self, NodeCommand.self, DemoCommand.self,
            CertsCommand.self, SimulateCommand.self, StatusCommand.self, DoctorCommand.self, VersionCommand.self,
        ]
    )
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Prints what this program is made of."
    )

    func run() { Terminal.say(Version.text) }
}
