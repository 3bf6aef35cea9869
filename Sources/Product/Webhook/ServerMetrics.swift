package import Serving
package import Telemetry

/// What a server counts by itself, as metrics.
package enum ServerMetrics {
    /// All servers of the process together, each under the value of its label.
    package static func register(
        _ servers: [(name: String, statistics: ServerStatistics)],
        in registry: MetricsRegistry
    ) {
        let counters: [(ServerStatistics.Counter, String, String)] = [
            (.accepted, "connections_accepted", "Connections accepted."),
            (.refused, "connections_refused", "Connections closed at once, because there were too many."),
            (.handshakesFailed, "tls_handshakes_failed", "Connections that failed or left before TLS was established."),
            (.requests, "requests", "Requests read whole."),
            (.shed, "requests_shed", "Requests answered without being looked at, because there was no room for them."),
            (.overflowed, "connections_overflowed", "Connections closed because all together held too many bytes."),
            (.bytesReceived, "received_bytes", "Bytes received, TLS included."),
            (.bytesSent, "sent_bytes", "Bytes sent, TLS included."),
        ]
        for (counter, name, help) in counters {
            registry.computed("workclaim_http_\(name)_total", help, kind: .counter, labels: ["server"]) {
                servers.map { (labels: [$0.name], value: Double($0.statistics[counter])) }
            }
        }
        registry.computed("workclaim_http_connections", "Connections open.", kind: .gauge, labels: ["server"]) {
            servers.map { (labels: [$0.name], value: Double($0.statistics.open)) }
        }
    }
}
