import ArgumentParser
import Product

struct DevclusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devcluster",
        abstract: "A Kubernetes API server on loopback, for trying and testing."
    )

    @Option(help: "HOST:PORT on loopback; port 0 picks a free one.")
    var listen = "127.0.0.1:0"

    @Option(help: "Where an administrator's kubeconfig is written.")
    var kubeconfigOut: String

    @Option(help: "Gets one JSON object (addresses, pid) once serving.")
    var readyFile: String?

    @Option(help: "Keep the cluster in this file, and go on from it after a restart; without it, in memory only.")
    var data: String?

    @OptionGroup var log: LogOptions

    func run() async throws {
        log.bootstrap()
        let process = DevclusterProcess(
            .init(listen: listen, kubeconfigOut: kubeconfigOut, readyFile: readyFile, data: data)
        )
        try await Terminal.serve { try await process.run(say: { Terminal.say($0) }) }
    }
}
