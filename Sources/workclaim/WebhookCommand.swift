import ArgumentParser
import Product

struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook",
        abstract: "Answers AdmissionReviews over TLS: fills in the owner of a task.",
        discussion: """
            The members are the ready endpoints of --service that hold their Lease, or with --members and --members-file a \
            fixed list and no cluster. Certificate files are read again when they change.
            """
    )

    @Option(help: "HOST:PORT; port 0 picks a free one.")
    var listen = "0.0.0.0:8443"

    @Option(help: "The certificate chain, PEM.")
    var tlsCert: String

    @Option(help: "Its private key, PEM.")
    var tlsKey: String

    @Option(help: "The operators' headless Service.")
    var service: String?

    @Option(help: "The namespace of that Service and of the Leases. Default: the kubeconfig's or the pod's.")
    var namespace: String?

    @Option(help: "The webhook's own Service, whose ready replicas assign beside this one.")
    var ownService: String?

    @Option(help: "Fixed members, separated by commas: no cluster is needed.")
    var members: String?

    @Option(help: "Fixed members, one per line.")
    var membersFile: String?

    @Option(help: "Threads that serve, 1 to 64. Default: one per processor, at most 4.")
    var reactors: Int?

    @Option(help: "A kubeconfig file.")
    var kubeconfig: String?

    @Option(help: "Health and metrics also over plain HTTP, HOST:PORT.")
    var healthListen: String?

    @Option(help: "Seconds to serve on after SIGTERM, until no API server has this replica among its endpoints.")
    var drain = 10

    @Option(help: "Gets one JSON object (addresses, pid) once serving.")
    var readyFile: String?

    @OptionGroup var log: LogOptions

    func validate() throws {
        let sources = [service, members, membersFile].compactMap { $0 }
        guard sources.count == 1 else {
            throw ValidationError(
                sources.isEmpty
                    ? "who may own tasks? --service NAME is due, or --members a,b,c or --members-file FILE for a fixed list"
                    : "--service, --members and --members-file exclude each other"
            )
        }
        guard (1...64).contains(reactors ?? 1) else {
            throw ValidationError("--reactors \(reactors ?? 0): 1 to 64 threads can serve")
        }
        guard (0...600).contains(drain) else { throw ValidationError("--drain \(drain): 0 to 600 seconds are due") }
    }

    func run() async throws {
        log.bootstrap()
        let environment = Terminal.environment
        let source: WebhookConfiguration.Members
        if let service {
            source = .service(
                name: service,
                namespace: namespace,
                cluster: try Terminal.cluster(kubeconfig, environment)
            )
        } else if let membersFile {
            source = .file(membersFile)
        } else {
            source = .fixed(members ?? "")
        }
        var configuration = WebhookConfiguration(listen: listen, tlsCert: tlsCert, tlsKey: tlsKey, members: source)
        configuration.ownService = ownService
        configuration.reactors = reactors
        configuration.healthListen = healthListen
        configuration.readyFile = readyFile
        configuration.drain = .seconds(drain)
        let process = WebhookProcess(configuration)
        try await Terminal.serve { try await process.run() }
    }
}
