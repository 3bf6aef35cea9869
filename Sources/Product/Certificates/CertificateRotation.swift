internal import LinuxIO
package import Logging
package import TLSEngine
package import Telemetry
internal import Wire

/// Serves with the newest good certificate: looks at the files every second and hands a new context to the server, whose
/// open connections live on with theirs.
package final class CertificateRotation: Sendable {
    /// For `ServerConfiguration.tls`.
    package let firstContext: TLSContext
    private let first: CertificateWatch
    private let log: Logger
    private let expiry: Gauge
    private let reloads: Family<Counter>

    /// Reads the files; throws if they cannot be served with.
    package init(
        _ files: CertificateFiles,
        alpn: [String],
        clients: ClientAuthority? = nil,
        log: Logger,
        metrics: MetricsRegistry
    ) throws(CertificateProblem) {
        first = try CertificateWatch(files, at: WallClock.now()) { identity throws(TLSError) in
            if let clients { return try clients.context(identity, alpn: alpn) }
            return try .server(identity: identity, alpn: alpn)
        }
        firstContext = try first.context()
        self.log = log
        expiry = CertificateMetrics.notAfter(metrics)
        reloads = CertificateMetrics.changes(metrics)
        expiry.set(first.current.summary.notAfter.seconds)
        log.info("certificate loaded", metadata: Self.described(first.current))
    }

    /// Until the task is cancelled. `replace` is `HTTPServer.replaceTLS`.
    package func run(
        every interval: Duration = .seconds(1),
        clock: some Clock<Duration> = ContinuousClock(),
        replace: @Sendable (TLSContext) -> Void
    ) async {
        var watch = first
        while (try? await clock.sleep(for: interval)) != nil {
            switch watch.look(at: WallClock.now()) {
            case .unchanged: break
            case .replaced(let context, let loaded):
                replace(context)
                expiry.set(loaded.summary.notAfter.seconds)
                reloads["replaced"].add()
                log.notice("certificate replaced", metadata: Self.described(loaded))
            case .refused(let problem):
                reloads["refused"].add()
                log.error(
                    "the certificate's files changed but cannot be served with; the one before stays",
                    metadata: ["file": "\(problem.path)", "reason": "\(problem.reason)"]
                )
            case .expired(let summary):
                log.error(
                    "the certificate that is served has expired; clients refuse it until its files are renewed",
                    metadata: ["subject": "\(summary.subject)", "not_after": "\(summary.notAfter.rfc3339)"]
                )
            }
        }
    }

    private static func described(_ loaded: LoadedCertificate) -> Logger.Metadata {
        let summary = loaded.summary
        return [
            "subject": "\(summary.subject)", "issuer": "\(summary.issuer)",
            "names": "\((summary.dnsNames + summary.ipAddresses).joined(separator: ","))",
            "not_after": "\(summary.notAfter.rfc3339)", "serial": "\(summary.serial)",
        ]
    }
}
