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

    @Option(help: "Append a line of JSON (an audit.k8s.io/v1 Event) for each request to this file.")
    var auditLog: String?

    @Option(help: "A client certificate that is shown to webhooks, PEM; with --webhook-client-key.")
    var webhookClientCert: String?

    @Option(help: "Its private key, PEM.")
    var webhookClientKey: String?

    @Flag(
        help: "Listen on an address that is not loopback: whoever has its administrator's kubeconfig may do everything."
    )
    var expose = false

    @Option(help: "RBAC: by the stored roles and bindings. AlwaysAllow: everybody with credentials may do everything.")
    var authorization = Authorization.rbac

    enum Authorization: String, ExpressibleByArgument, CaseIterable {
        case rbac = "RBAC"
        case alwaysAllow = "AlwaysAllow"
    }

    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (webhookClientCert == nil) == (webhookClientKey == nil) else {
            throw ValidationError("--webhook-client-cert and --webhook-client-key are expected together")
        }
    }

    func run() async throws {
        log.bootstrap()
        var configuration = DevclusterProcess.Configuration(
            listen: listen,
            kubeconfigOut: kubeconfigOut,
            readyFile: readyFile,
            data: data
        )
        configuration.isExposed = expose
        configuration.auditLog = auditLog
        if let webhookClientCert, let webhookClientKey {
            configuration.webhookClient = CertificateFiles(certificate: webhookClientCert, key: webhookClientKey)
        }
        configuration.usesRBAC = authorization == .rbac
        let process = DevclusterProcess(configuration)
        try await Terminal.serve { try await process.run(say: { Terminal.say($0) }) }
    }
}
