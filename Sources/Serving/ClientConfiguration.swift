package import LinuxIO
package import TLSEngine

/// Whom a client talks to and how it keeps its connections.
package struct ClientConfiguration: Sendable {
    /// A name or a numeric address without brackets.
    package var host: String
    package var port: UInt16
    /// Its ALPN list must be `alpn` of `protocols`. Nil: plain text.
    package var tls: TLSContext?
    /// In place of `tls`, asked anew for each connection, on the reactor's thread.
    package var tlsNow: (@Sendable () -> TLSContext)?
    /// The name the server's certificate must carry, and SNI; nil: `host`.
    package var serverName: String?
    /// The Host field and :authority; nil: host and port.
    package var authority: String?
    /// Chooses the addresses of one connection, asked anew for each, on the reactor's thread. Nil: those of `host`.
    package var route: (@Sendable () throws(NoRoute) -> [SocketAddress])?
    package var limits = ClientLimits()
    /// Whether HTTP/2 may be spoken: over TLS if ALPN chooses it, over plain text by prior knowledge.
    package var http2 = false

    package init(host: String, port: UInt16, tls: TLSContext? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
    }

    /// As a Kubernetes API server calls webhooks: HTTP/1.1 only, at most 25 idle connections, 90 s each.
    package static func webhook(host: String, port: UInt16, tls: TLSContext?) -> ClientConfiguration {
        var configuration = ClientConfiguration(host: host, port: port, tls: tls)
        configuration.limits.idleConnections = 25
        configuration.limits.idle = .seconds(90)
        return configuration
    }
}

/// Why a connection has nowhere to go, in words for whoever wanted it.
package struct NoRoute: Error, Sendable {
    package var text: String
    package init(_ text: String) { self.text = text }
}

/// What a server may make the client hold or wait for.
package struct ClientLimits: Sendable {
    package var connections = 100
    package var idleConnections = 25
    package var idle = Duration.seconds(90)
    /// Requests that wait for a connection.
    package var waiting = 10_000
    /// For all addresses of the name together, TLS handshake included.
    package var connect = Duration.seconds(10)
    /// Bytes of one response read whole.
    package var responseBytes = 64 << 20
    package var headerFields = 100
    package var headerBytes = 64 << 10
    /// Bytes of a streamed response that wait for their reader; then reading stops.
    package var streamBytes = 1 << 20
    /// HTTP/2 only: a ping after so long without one answered; nil: never.
    package var pingInterval: Duration? = .seconds(30)
    /// HTTP/2 only: the connection is dead if a ping is not answered in time.
    package var pingTimeout = Duration.seconds(15)

    package init() {}
}
