internal import LinuxIO
internal import Wire

/// The connections to one origin and the requests that wait for one; on the reactor's thread.
final class ClientPool {
    let configuration: ClientConfiguration
    let authority: String
    private var reactor: Reactor?
    private let scratch = Scratch()
    private var isClosed = false
    private var exchanges: [ObjectIdentifier: ClientExchange] = [:]
    private var waiting: [ClientExchange] = []
    /// In the order in which they became free, the freshest last.
    private var connections: [ClientConnection] = []
    private var dialers: [ClientDialer] = []
    private var isAssignDue = false
    /// What the last connection spoke: with HTTP/2 one connection serves all.
    private var speaksHTTP2: Bool

    init(_ configuration: ClientConfiguration) {
        self.configuration = configuration
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        authority = configuration.authority ?? "\(host):\(configuration.port)"
        speaksHTTP2 = configuration.http2
    }

    // MARK: Calls

    func begin(
        _ call: ClientCall,
        _ consumer: ClientCall.Consumer,
        in pool: ReactorBound<ClientPool>,
        on reactor: Reactor
    ) {
        if self.reactor == nil {
            self.reactor = reactor
            reactor.whenStopping { [weak self] in self?.close() }
        }
        let refuse = { kind, text in consumer.fail(.neverSent(.init(kind, text))) }
        if isClosed { return refuse(.closed, "the client is closed") }
        if call.isCancelled { return refuse(.cancelled, "cancelled before it was sent") }
        guard waiting.count < configuration.limits.waiting else {
            return refuse(.overloaded, "\(waiting.count) requests wait for a connection already")
        }
        let exchange = ClientExchange(call, consumer, in: pool, configuration.limits, on: reactor)
        exchanges[ObjectIdentifier(call)] = exchange
        exchange.ended = { [weak self, unowned exchange] in self?.forget(exchange) }
        waiting.append(exchange)
        assign()
    }

    func cancel(_ call: ClientCall) {
        guard let exchange = exchanges[ObjectIdentifier(call)] else { return }
        let carrier = exchange.carrier
        exchange.fail(.cancelled, "cancelled by the caller")
        carrier?.abandon(exchange)
    }

    func resume(_ call: ClientCall) {
        guard let exchange = exchanges[ObjectIdentifier(call)] else { return }
        exchange.carrier?.resume(exchange)
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        for exchange in exchanges.values { exchange.fail(.closed, "the client was closed") }
        for connection in connections { connection.close() }
        for dialer in dialers { dialer.cancel() }
        dialers = []
    }

    private func forget(_ exchange: ClientExchange) {
        exchanges[ObjectIdentifier(exchange.call)] = nil
        waiting.removeAll { $0 === exchange }
    }

    /// What the newest connection that is being made waits for.
    var dialling: HTTPClientError.Reason? { dialers.last?.lastFault }

    // MARK: Connections' reports

    func hasRoom(_ connection: ClientConnection) {
        guard let index = connections.firstIndex(where: { $0 === connection }) else { return }
        connections.append(connections.remove(at: index))
        assign()
        guard connection.driver?.isIdle == true else { return }
        let idle = connections.count { $0.driver?.isIdle == true }
        if idle > configuration.limits.idleConnections { connection.close() }
    }

    func remove(_ connection: ClientConnection) {
        connections.removeAll { $0 === connection }
        assignSoon()
    }

    /// An exchange that was not touched goes back to where it came from.
    func putBack(_ exchange: ClientExchange) {
        exchange.carrier = nil
        waiting.insert(exchange, at: 0)
    }

    /// Once; the second time it fails.
    func retry(_ exchange: ClientExchange, _ reason: HTTPClientError.Reason) {
        guard !exchange.isRetried, !isClosed else { return exchange.fail(reason.kind, reason.text) }
        exchange.isRetried = true
        exchange.isWritten = false
        putBack(exchange)
        // The connection that turned it away may live on for others, and then nothing else would look for one.
        assignSoon()
    }

    // MARK: Assigning

    /// When the current event is dealt with: a connection may be in the middle of its end, or a dialer of its start.
    private func assignSoon() {
        guard let reactor, !isAssignDue else { return }
        isAssignDue = true
        _ = reactor.schedule(after: .zero) { [weak self] in
            self?.isAssignDue = false
            self?.assign()
        }
    }

    private func assign() {
        while !waiting.isEmpty, let connection = connections.last(where: { ($0.driver?.room ?? 0) > 0 }) {
            connection.driver?.send(waiting.removeFirst())
        }
        dial()
    }

    /// Each that fails ends a request (`dialed`), so that an address which fails at once is tried no more often than somebody asks
    /// for it: the pause between two tries is the caller's.
    private func dial() {
        guard let reactor else { return }
        while !isClosed, dialers.count < wanted {
            let dialer = ClientDialer(configuration, on: reactor, scratch) { [weak self] dialer, result in
                self?.dialed(dialer, result)
            }
            dialers.append(dialer)
            dialer.start()
        }
    }

    /// As many connections as there are requests without one; with HTTP/2 one at a time, for it will carry them all.
    private var wanted: Int {
        min(speaksHTTP2 ? 1 : waiting.count, waiting.count, configuration.limits.connections - connections.count)
    }

    private func dialed(_ dialer: ClientDialer, _ result: DialResult) {
        dialers.removeAll { $0 === dialer }
        switch result {
        case .open(let link):
            let connection = ClientConnection(link, in: self)
            connections.append(connection)
            connection.start()
            speaksHTTP2 = connection.driver is ClientHTTP2
            hasRoom(connection)
        case .failed(let reason):
            // With HTTP/2 all of them waited for this one.
            let failed = speaksHTTP2 ? waiting : Array(waiting.prefix(1))
            for exchange in failed { exchange.fail(reason.kind, reason.text) }
            assignSoon()
        }
    }
}
