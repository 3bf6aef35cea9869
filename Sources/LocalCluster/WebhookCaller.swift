internal import ClusterCore
internal import LinuxIO
internal import Serving
internal import Synchronization
internal import TLSEngine
internal import Wire

/// Calls webhooks as a real API server does: HTTP/1.1 to Services and to URLs that are not loopback, so that calls
/// spread over connections; a Service's endpoint chosen for each connection; 25 idle connections kept for 90 s; 429 and
/// 503 with Retry-After tried again until the timeout.
final class WebhookCaller: Sendable {
    private let thread: ReactorThread
    private let idle: Duration
    private let identity: TLSIdentity?
    /// The least recently used first.
    private let origins = Mutex<[Origin]>([])

    private struct Origin {
        var key: OriginKey
        var client: HTTPClient
        /// Of a Service.
        var route: ServiceRoute
    }

    /// What connections may be shared by.
    private struct OriginKey: Equatable {
        var host: String
        var port: UInt16
        var authority: String
        var caBundle: [UInt8]
        var isService: Bool
    }

    /// `idle`: how long a connection is kept that nothing uses. `identity`: what is shown to a webhook that asks for a
    /// client certificate.
    init(idle: Duration, identity: TLSIdentity?) throws(Errno) {
        self.idle = idle
        self.identity = identity
        thread = try ReactorThread(name: "webhooks")
    }

    func call(_ call: WebhookCall, _ done: @escaping @Sendable (Result<HTTPResponse, WebhookFailure>) -> Void) {
        let client: HTTPClient
        do { client = try self.client(for: call) } catch {
            done(.failure(WebhookFailure("Post \"\(call.url)\": \(error)")))
            return
        }
        attempt(call, client, until: BootClock.now() + call.timeout, done)
    }

    private func attempt(
        _ call: WebhookCall,
        _ client: HTTPClient,
        until deadline: MonotonicInstant,
        _ done: @escaping @Sendable (Result<HTTPResponse, WebhookFailure>) -> Void
    ) {
        let left = deadline - BootClock.now()
        client.perform(call.request, timeout: left) { [self, thread] result in
            guard case .success(let response) = result, [429, 503].contains(response.status),
                let seconds = response.fields["retry-after"].flatMap({ Int64($0) }), seconds >= 0,
                BootClock.now() + .seconds(seconds) < deadline
            else {
                done(result.mapError { WebhookFailure("Post \"\(call.url)\": \(Self.text(of: $0))") })
                return
            }
            thread.mailbox.post { reactor in
                _ = reactor.schedule(after: max(.seconds(seconds), .milliseconds(10))) {
                    self.attempt(call, client, until: deadline, done)
                }
            }
        }
    }

    func stop() {
        let ended = origins.withLock { origins in
            defer { origins = [] }
            return origins
        }
        for origin in ended { origin.client.close() }
        thread.stop()
        thread.join()
    }

    private func client(for call: WebhookCall) throws -> HTTPClient {
        let key = OriginKey(
            host: call.serverName,
            port: call.port,
            authority: call.request.fields["host"] ?? call.serverName,
            caBundle: call.caBundle,
            isService: call.isService
        )
        return try origins.withLock { origins in
            let origin: Origin
            if let position = origins.firstIndex(where: { $0.key == key }) {
                origin = origins.remove(at: position)
            } else {
                if origins.count >= LocalClusterLimits.webhookClientsMax { origins.removeFirst().client.close() }
                origin = try make(key)
            }
            if let endpoints = call.endpoints { origin.route.update(endpoints) }
            origins.append(origin)
            return origin.client
        }
    }

    private func make(_ key: OriginKey) throws -> Origin {
        let protocols = Self.protocols(host: key.host, isService: key.isService)
        let context = try TLSContext.client(
            trust: key.caBundle.isEmpty ? .system : .pem(key.caBundle),
            identity: identity,
            alpn: protocols
        )
        var configuration = ClientConfiguration.webhook(host: key.host, port: key.port, tls: context)
        configuration.limits.connections = LocalClusterLimits.webhookConnectionsMax
        configuration.limits.idle = idle
        configuration.authority = key.authority
        configuration.http2 = protocols.contains("h2")
        let route = ServiceRoute()
        if key.isService { configuration.route = { () throws(NoRoute) in try route.next() } }
        return Origin(key: key, client: HTTPClient(configuration, on: thread), route: route)
    }

    /// What ALPN offers: HTTP/2 only to a loopback URL, so that calls to replicas spread over connections.
    static func protocols(host: String, isService: Bool) -> [String] {
        let isLoopback = host == "localhost" || SocketAddress(numeric: host, port: 0)?.isLoopback == true
        return !isService && isLoopback ? ["h2", "http/1.1"] : ["http/1.1"]
    }

    /// As Go words it, where it has a word for it.
    private static func text(of error: HTTPClientError) -> String {
        switch error.reason.kind {
        case .timeout: "context deadline exceeded"
        case .cut: "EOF: \(error.reason.text)"
        default: error.reason.text
        }
    }
}
