import ArgumentParser
import Product
import Wire

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks a cluster before and after installation, and says for each finding what to do.",
        discussion: """
            It changes nothing: one task is created for trial, as a dry run. What the caller may not read is skipped and said. \
            Exit code 0 if nothing failed, 1 if something did, 2 if it could not start.
            """
    )

    @Option(help: "The operators' namespace, where their Leases are.")
    var namespace = "workclaim"

    @Option(help: "The operators' headless Service.")
    var service = "leaderless-operator"

    @Flag(help: "Check only what an installation needs; done by itself where nothing is installed.")
    var beforeInstall = false

    @Option(name: .shortAndLong, help: "text or json.")
    var output = Output.text

    @OptionGroup var cluster: ClusterOptions

    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    func run() async throws {
        let report = try await DoctorProcess.report(
            try cluster.configuration(),
            namespace: namespace,
            service: service,
            before: beforeInstall ? true : nil
        )
        switch output {
        case .text: Terminal.say(report.text)
        case .json: Terminal.say(String(decoding: report.json.serialized(), as: UTF8.self))
        }
        if !report.isWell { throw ExitCode.failure }
    }
}
