internal import KubeClient
internal import LinuxIO
internal import Logging
internal import TLSEngine
internal import Telemetry

/// The webhook's certificate, from files or from the Secret that the replicas keep.
struct ServedCertificates: Sendable {
    private enum Source {
        case files(CertificateRotation)
        case secret(SecretCertificates, ClusterConfiguration, Logger)
    }
    private let source: Source
    private let clients: ClientAuthority?
    private let calls: RemoteKubeAPI.Count

    private static let alpn = ["h2", "http/1.1"]

    /// `clientCA`: the file of the authority by which clients are known.
    init(
        _ source: WebhookConfiguration.Certificates,
        clientCA: String?,
        log: Logger,
        metrics: MetricsRegistry
    ) throws {
        calls = APIMetrics(metrics).calls(on: "certificate")
        do throws(CertificateProblem) {
            clients = try clientCA.map { path throws(CertificateProblem) in try ClientAuthority(path: path, log: log) }
        } catch {
            throw UsageProblem(flag: "--client-ca", value: error.path, remedy: error.reason)
        }
        switch source {
        case .files(let files):
            do throws(CertificateProblem) {
                self.source = .files(
                    try CertificateRotation(files, alpn: Self.alpn, clients: clients, log: log, metrics: metrics)
                )
            } catch {
                let flag = error.path == files.key ? "--tls-key" : "--tls-cert"
                throw UsageProblem(flag: flag, value: error.path, remedy: error.reason)
            }
        case .secret(let place, let cluster):
            let certificates = try SecretCertificates(
                place,
                alpn: Self.alpn,
                clients: clients,
                log: log,
                metrics: metrics
            )
            self.source = .secret(certificates, cluster, log)
        }
    }

    var firstContext: TLSContext {
        switch source {
        case .files(let rotation): rotation.firstContext
        case .secret(let certificates, _, _): certificates.firstContext
        }
    }

    /// Files that cannot be served with end the process at its start.
    var isServedAtOnce: Bool {
        if case .files = source { true } else { false }
    }

    /// Until the task is cancelled.
    func run(
        on thread: ReactorThread,
        replace: @escaping @Sendable (TLSContext) -> Void,
        report: @escaping @Sendable (String?) -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await clients?.run(alpn: Self.alpn, replace: replace) }
            group.addTask {
                let newest: @Sendable (TLSContext) -> Void = { context in
                    if let clients { clients.handOver(context, replace) } else { replace(context) }
                }
                await runSource(on: thread, replace: newest, report: report)
            }
        }
    }

    private func runSource(
        on thread: ReactorThread,
        replace: @escaping @Sendable (TLSContext) -> Void,
        report: @escaping @Sendable (String?) -> Void
    ) async {
        switch source {
        case .files(let rotation): await rotation.run(replace: replace)
        case .secret(let certificates, let cluster, let log):
            do {
                let api = try RemoteKubeAPI(cluster, on: thread, count: calls)
                defer { api.close() }
                await certificates.run(api, replace: replace, report: report)
            } catch {
                log.error("no certificate", metadata: ["error": "\(error)"])
                report("\(error)")
            }
        }
    }
}
