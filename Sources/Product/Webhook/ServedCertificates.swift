internal import KubeClient
internal import LinuxIO
internal import Logging
internal import TLSEngine
internal import Telemetry

/// The webhook's certificate, from files or from the Secret that the replicas keep.
enum ServedCertificates: Sendable {
    case files(CertificateRotation)
    case secret(SecretCertificates, ClusterConfiguration, Logger)

    private static let alpn = ["h2", "http/1.1"]

    init(_ source: WebhookConfiguration.Certificates, log: Logger, metrics: MetricsRegistry) throws {
        switch source {
        case .files(let files):
            do throws(CertificateProblem) {
                self = .files(try CertificateRotation(files, alpn: Self.alpn, log: log, metrics: metrics))
            } catch {
                let flag = error.path == files.key ? "--tls-key" : "--tls-cert"
                throw UsageProblem(flag: flag, value: error.path, remedy: error.reason)
            }
        case .secret(let place, let cluster):
            let certificates = try SecretCertificates(place, alpn: Self.alpn, log: log, metrics: metrics)
            self = .secret(certificates, cluster, log)
        }
    }

    var firstContext: TLSContext {
        switch self {
        case .files(let rotation): rotation.firstContext
        case .secret(let certificates, _, _): certificates.firstContext
        }
    }

    /// Files that cannot be served with end the process at its start.
    var isServedAtOnce: Bool {
        if case .files = self { true } else { false }
    }

    /// Until the task is cancelled.
    func run(
        on thread: ReactorThread,
        replace: @escaping @Sendable (TLSContext) -> Void,
        report: @escaping @Sendable (String?) -> Void
    ) async {
        switch self {
        case .files(let rotation): await rotation.run(replace: replace)
        case .secret(let certificates, let cluster, let log):
            do {
                let api = try RemoteKubeAPI(cluster, on: thread)
                defer { api.close() }
                await certificates.run(api, replace: replace, report: report)
            } catch {
                log.error("no certificate", metadata: ["error": "\(error)"])
                report("\(error)")
            }
        }
    }
}
