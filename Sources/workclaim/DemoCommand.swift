import ArgumentParser
import Logging
import Product

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "An API server, the webhook and operators as processes on this machine, and tasks for them.",
        discussion: "Everything listens on loopback only and is gone when the demo ends."
    )

    @Option(help: "How many tasks to create. (default: 14)")
    var tasks: Int?

    @Option(help: "How many operator pods to run, 1 to 50.")
    var operators = 3

    @Flag(help: "End when all tasks have Succeeded: exit code 0, or 1 and what failed.")
    var exit = false

    @Option(help: "The folder with the project's manifests.")
    var manifests = "manifests"

    @Option(help: "Where the API server listens, HOST:PORT; port 0 picks a free one.")
    var listen = "127.0.0.1:0"

    @Option(help: "Write the kubeconfig here too.")
    var kubeconfigOut: String?

    @Option(help: "Append a line of JSON (an audit.k8s.io/v1 Event) for each request to the API server to this file.")
    var auditLog: String?

    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (1...50).contains(operators) else {
            throw ValidationError("--operators \(operators): 1 to 50 operators can be run")
        }
        guard (0...100_000).contains(tasks ?? 0) else {
            throw ValidationError("--tasks \(tasks ?? 0): 0 to 100000 tasks can be created")
        }
    }

    func run() async throws {
        // People watch a table here.
        log.bootstrap(.warning)
        var configuration = DemoConfiguration()
        configuration.tasks = tasks ?? configuration.tasks
        configuration.operators = operators
        configuration.exitsWhenDone = exit
        configuration.manifests = manifests
        configuration.listen = listen
        configuration.kubeconfigOut = kubeconfigOut
        configuration.auditLog = auditLog
        let demo = DemoProcess(configuration, environment: Terminal.environment, say: { Terminal.say($0) })
        try await Terminal.serve { try await demo.run() }
    }
}
