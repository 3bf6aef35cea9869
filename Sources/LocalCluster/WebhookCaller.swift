internal import ClusterCore
internal import LinuxIO
internal import Serving
internal import Synchronization
internal import TLSEngine
internal import Wire

/// Calls webhooks as a real API server does: HTTP/1.1 to Services and to URLs that are not loopback, so that calls
/// spread over connections; 25 idle connections kept for 90 s; 429 and 503 with Retry-After tried again until the timeout.
final class WebhookCaller: Sendable {
    private let thread: ReactorThread
    private let state = Mutex(State())

    private struct State {
        var clients: [(key: ClientKey, client: HTTPClient)] = []
        /// Counts calls, so that they go round among a Service's endpoints.
        var turn = 0
    }

    /// What connections may be shared by.
    private struct ClientKey: Equatable {
        var address: WebhookCall.Address
        var serverName: String
        var authority: String
        var caBundle: [UInt8]
        var isService: Bool
    }

    init() throws(Errno) { thread = try ReactorThread(name: "webhooks") }

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
        let clients = state.withLock { state in
            defer { state.clients = [] }
            return state.clients
        }
        for (_, client) in clients { client.close() }
        thread.stop()
        thread.join()
    }

    private func client(for call: WebhookCall) throws -> HTTPClient {
        try state.withLock { state in
            state.turn += 1
            let address = call.addresses[state.turn % call.addresses.count]
            let key = ClientKey(
                address: address,
                serverName: call.serverName,
                authority: call.request.fields["host"] ?? call.serverName,
                caBundle: call.caBundle,
                isService: call.isService
            )
            if let position = state.clients.firstIndex(where: { $0.key == key }) {
                let found = state.clients.remove(at: position)
                state.clients.append(found)
                return found.client
            }
            if state.clients.count >= LocalClusterLimits.webhookClientsMax {
                state.clients.removeFirst().client.close()
            }
            let client = try make(key)
            state.clients.append((key, client))
            return client
        }
    }

    private func make(_ key: ClientKey) throws -> HTTPClient {
        let protocols = Self.protocols(host: key.address.host, isService: key.isService)
        let context = try TLSContext.client(trust: key.caBundle.isEmpty ? .system : .pem(key.caBundle), alpn: protocols)
        var configuration = Self.configuration(host: key.address.host, port: key.address.port, tls: context)
        configuration.serverName = key.serverName
        configuration.authority = key.authority
        configuration.http2 = protocols.contains("h2")
        return HTTPClient(configuration, on: thread)
    }

    /// What ALPN offers: HTTP/2 only to a loopback URL, so that calls to replicas spread over connections.
    static func protocols(host: String, isService: Bool) -> [String] {
        let isLoopback = host == "localhost" || SocketAddress(numeric: host, port: 0)?.isLoopback == true
        return !isService && isLoopback ? ["h2", "http/1.1"] : ["http/1.1"]
    }

    /// As many connections as calls at one time; 25 of them are kept when they fall idle, for 90 s.
    static func configuration(host: String, port: UInt16, tls: TLSContext?) -> ClientConfiguration {
        var configuration = ClientConfiguration.webhook(host: host, port: port, tls: tls)
        configuration.limits.connections = 1_000
        return configuration
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
