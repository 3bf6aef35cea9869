internal import Telemetry
internal import Trust
internal import Wire

/// What rotation tells to whoever watches. The first two are those of certificates from files, too.
struct CertificateMetrics: Sendable {
    private let notAfter: Gauge
    private let changes: Family<Counter>
    private let authorityNotAfter: Gauge
    private let authorities: Gauge
    private let trusted: Gauge
    private let problems: Gauge
    private let writes: Family<Counter>

    init(_ registry: MetricsRegistry) {
        notAfter = Self.notAfter(registry)
        changes = Self.changes(registry)
        authorityNotAfter =
            registry.gauge(
                "workclaim_tls_authority_not_after_timestamp_seconds",
                "When the authority that signs runs out, since the Unix epoch."
            )[]
        authorities = registry.gauge("workclaim_tls_authorities", "Authorities in the bundle.")[]
        trusted =
            registry.gauge(
                "workclaim_tls_certificate_trusted",
                "1 if the caBundle holds the authority of the certificate that is served."
            )[]
        problems =
            registry.gauge("workclaim_tls_rotation_problem", "1 while something keeps certificates from being well.")[]
        writes = registry.counter(
            "workclaim_tls_rotation_writes_total",
            "Writes of this replica to the Secret and the caBundle, by why.",
            labels: ["why"]
        )
        for reason in RotationDraft.Reason.allCases.map(\.rawValue) + ["bundle"] { writes[reason].add(0) }
    }

    static func notAfter(_ registry: MetricsRegistry) -> Gauge {
        registry.gauge(
            "workclaim_tls_certificate_not_after_timestamp_seconds",
            "When the certificate that is served runs out, since the Unix epoch."
        )[]
    }

    static func changes(_ registry: MetricsRegistry) -> Family<Counter> {
        let changes = registry.counter(
            "workclaim_tls_certificate_changes_total",
            "Changes of the certificate, by whether it could be served with.",
            labels: ["result"]
        )
        for result in ["replaced", "refused"] { changes[result].add(0) }
        return changes
    }

    func replaced(_ certificate: CertificateFacts) {
        notAfter.set(certificate.notAfter.seconds)
        changes["replaced"].add()
    }
    func refused() { changes["refused"].add() }

    func adopt(_ summary: RotationSummary) {
        authorityNotAfter.set(summary.signer?.notAfter.seconds ?? 0)
        authorities.set(Int64(summary.authorities))
        trusted.set(summary.isTrusted ? 1 : 0)
    }
    func wrote(_ why: String) { writes[why].add() }
    func problem(_ isThere: Bool) { problems.set(isThere ? 1 : 0) }
}
