import ArgumentParser
import KubeClient
import Product
import Trust

struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook",
        abstract: "Answers AdmissionReviews over TLS: fills in the owner of a task.",
        discussion: """
            The members are the ready endpoints of --service that hold their Lease, or with --members and --members-file a \
            fixed list and no cluster. With --cert-secret the replicas make, keep and renew their certificate by themselves; \
            certificate files are read again when they change.
            """
    )

    @Option(help: "HOST:PORT; port 0 picks a free one.")
    var listen = ":8443"

    @Option(help: "The certificate chain, PEM.")
    var tlsCert: String?

    @Option(help: "Its private key, PEM.")
    var tlsKey: String?

    @Option(
        help: "The Secret of the webhook's namespace in which the replicas keep certificate and authority themselves."
    )
    var certSecret: String?

    @Option(help: "The MutatingWebhookConfiguration whose caBundle follows --cert-secret.")
    var webhookConfiguration: String?

    @Option(help: "With --cert-secret: how long a certificate is valid, such as 90d, 12h, 30m or 20s.")
    var certLifetime = "90d"

    @Option(help: "With --cert-secret: how long an authority is valid; three times --cert-lifetime at least.")
    var caLifetime = "365d"

    @Option(
        help: """
            PEM of the authority that signs the API server's client certificate: only who shows one may have tasks \
            reviewed. Health and metrics are still for everybody. Read again when it changes.
            """
    )
    var clientCA: String?

    @Option(help: "With --client-ca: the common name that such a certificate must have; may be repeated. Default: any.")
    var clientName: [String] = []

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

    @OptionGroup var cluster: ClusterOptions

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
                    ? "who may own tasks? --service NAME is expected, or --members a,b,c or --members-file FILE for a fixed list"
                    : "--service, --members and --members-file exclude each other"
            )
        }
        guard clientName.isEmpty || clientCA != nil else {
            throw ValidationError("--client-name: --client-ca FILE is expected, whose certificates have those names")
        }
        _ = try certificateSource()
        guard (1...64).contains(reactors ?? 1) else {
            throw ValidationError("--reactors \(reactors ?? 0): 1 to 64 threads can serve")
        }
        guard (0...600).contains(drain) else {
            throw ValidationError("--drain \(drain): 0 to 600 seconds are expected")
        }
    }

    private enum CertificateSource {
        case files(CertificateFiles)
        case secret(name: String, configuration: String, service: String, RotationPolicy)
    }

    private func certificateSource() throws -> CertificateSource {
        guard let certSecret else {
            guard let tlsCert, let tlsKey, webhookConfiguration == nil else {
                throw ValidationError(
                    "with which certificate? --cert-secret NAME with --webhook-configuration NAME is expected, or --tls-cert FILE "
                        + "with --tls-key FILE"
                )
            }
            return .files(CertificateFiles(certificate: tlsCert, key: tlsKey))
        }
        guard tlsCert == nil, tlsKey == nil else {
            throw ValidationError("--cert-secret and --tls-cert, --tls-key exclude each other")
        }
        guard let webhookConfiguration else {
            throw ValidationError(
                "--cert-secret \(certSecret): --webhook-configuration NAME is expected, whose caBundle follows it"
            )
        }
        guard let ownService else {
            throw ValidationError(
                "--cert-secret \(certSecret): --own-service NAME is expected, for which the certificate is made"
            )
        }
        let policy = RotationPolicy(
            leafLifetime: try LifetimeText.parse(certLifetime, flag: "--cert-lifetime"),
            authorityLifetime: try LifetimeText.parse(caLifetime, flag: "--ca-lifetime")
        )
        if let problem = policy.problem {
            throw ValidationError("--cert-lifetime \(certLifetime), --ca-lifetime \(caLifetime): \(problem)")
        }
        return .secret(name: certSecret, configuration: webhookConfiguration, service: ownService, policy)
    }

    private func certificates() throws -> WebhookConfiguration.Certificates {
        switch try certificateSource() {
        case .files(let files): return .files(files)
        case .secret(let name, let configuration, let service, let policy):
            let cluster = try self.cluster.configuration()
            let place = CertificateSecret(
                namespace: namespace ?? cluster.namespace,
                name: name,
                configuration: configuration,
                service: service,
                policy: policy
            )
            return .secret(place, cluster: cluster)
        }
    }

    func run() async throws {
        log.bootstrap()
        let source: WebhookConfiguration.Members
        if let service {
            source = .service(
                name: service,
                namespace: namespace,
                cluster: try self.cluster.configuration()
            )
        } else if let membersFile {
            source = .file(membersFile)
        } else {
            source = .fixed(members ?? "")
        }
        var configuration = WebhookConfiguration(
            listen: listen,
            certificates: try certificates(),
            members: source
        )
        configuration.ownService = ownService
        configuration.reactors = reactors
        configuration.clientCA = clientCA
        configuration.clientNames = clientName
        configuration.healthListen = healthListen
        configuration.readyFile = readyFile
        configuration.drain = .seconds(drain)
        let process = WebhookProcess(configuration)
        try await Terminal.serve { try await process.run() }
    }
}
