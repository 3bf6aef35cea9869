internal import LinuxIO
internal import TLSEngine
internal import Wire

/// How a connection's bytes become requests. Driven by ServerConnection; all on the reactor's thread.
protocol ServerProtocol: AnyObject {
    /// `link.input` or `link.inputEnd` has changed.
    func received()
    /// The socket took some output.
    func sent()
    /// Answers from now on ask the client to leave.
    func drain()
    /// What the connection's deadline waited for did not come.
    func expired()
    /// The link is closed.
    func gone()
}

/// One accepted connection: handshake, choice of protocol, accounts.
final class ServerConnection: LinkOwner {
    let link: Link
    let peer: SocketAddress
    /// Strong, as most here: an unowned reference to what others hold weakly is counted the slow way at each use.
    let server: ServerReactor
    let service: any HTTPService
    private(set) var client: CertificateSubject?
    private var clientFingerprint: String?
    private(set) var requests = 0
    private var driver: (any ServerProtocol)?
    private var deadline: Deadline?
    private var isPrefaceTimed = false
    private let born: MonotonicInstant
    private let lifetime: Duration?
    private var counted = (received: 0, sent: 0)
    /// Of requests, taken from the server's budget of bodies.
    private var heldBytes = 0
    /// Unread and unsent, taken from the server's budget of buffers.
    private var chargedBytes = 0

    init(_ link: Link, peer: SocketAddress, _ server: ServerReactor, _ service: any HTTPService) {
        self.link = link
        self.peer = peer
        self.server = server
        self.service = service
        born = link.reactor.now
        lifetime = server.configuration.turnover.map { $0.age * (1 + $0.jitter * server.jitter()) }
    }

    func start() {
        link.owner = self
        // Held until the link is closed, as by the link itself.
        deadline = Deadline(link.reactor) { self.expired() }
        wait(server.limits.handshake)
        link.start()
    }

    /// Puts the deadline off; nil: nothing is waited for.
    func wait(_ delay: Duration?) {
        if let delay { deadline?.set(after: delay) } else { deadline?.clear() }
    }

    /// Takes so much for a request of this connection; false, and nothing is taken, if it or the server holds too much.
    func hold(_ count: Int, for held: inout Int) -> Bool {
        guard heldBytes + count <= server.limits.connectionBytes, server.shared.bodies.take(count) else { return false }
        heldBytes += count
        held += count
        return true
    }

    func release(_ held: inout Int) {
        server.shared.bodies.give(held)
        heldBytes -= held
        held = 0
    }

    /// Accounts for what is buffered here, `more` beside the link's own. Where all connections together hold too much, the
    /// one that wants to hold more is closed; false then.
    func charge(_ more: Int = 0) -> Bool {
        let bytes = link.input.count + link.unsent + more
        guard bytes != chargedBytes else { return true }
        if bytes < chargedBytes {
            server.shared.buffers.give(chargedBytes - bytes)
        } else if !server.shared.buffers.take(bytes - chargedBytes) {
            server.statistics.add(.overflowed)
            link.close()
            return false
        }
        chargedBytes = bytes
        return true
    }

    func countRequest() {
        requests += 1
        server.statistics.add(.requests)
    }

    /// Whether the client is to be asked to come again on a new connection.
    var shouldLeave: Bool {
        if server.isDraining { return true }
        guard let turnover = server.configuration.turnover, let lifetime else { return false }
        return requests >= turnover.requests || link.reactor.round - born >= lifetime
    }

    func context(_ version: HTTPVersion) -> RequestContext {
        RequestContext(
            peer: peer,
            version: version,
            client: client,
            clientFingerprint: clientFingerprint,
            isEncrypted: link.isEncrypted,
            arrived: link.reactor.round
        )
    }

    func drain() { driver?.drain() }

    func close() { link.close() }

    // MARK: The link

    func linkOpened(_ link: Link) {
        client = link.clientSubject
        clientFingerprint = client == nil ? nil : link.clientFingerprint
        wait(server.limits.idle)
        switch link.applicationProtocol {
        case "h2": startHTTP2()
        case .some: driver = ServerHTTP1(self)
        case nil: break
        }
    }

    func linkReceived(_ link: Link) {
        account()
        // Nothing of it may have come: TLS itself had something to answer.
        if driver == nil, !link.input.isEmpty || link.inputEnd != nil { chooseByPreface() }
        if let driver { driver.received() } else { _ = charge() }
    }

    func linkSent(_ link: Link) {
        account()
        driver?.sent()
    }

    func linkClosed(_ link: Link, _ fault: LinkFault?) {
        if fault?.stage == .handshake { server.statistics.add(.handshakesFailed) }
        account()
        deadline?.cancel()
        let driver = driver
        self.driver = nil
        server.shared.buffers.give(chargedBytes)
        chargedBytes = 0
        server.closed(self)
        driver?.gone()
    }

    private func startHTTP2() {
        do {
            let driver = try ServerHTTP2(self)
            self.driver = driver
            // The server's settings go first.
            driver.push()
        } catch {
            // Out of memory: nghttp2 has no other reason.
            link.close()
        }
    }

    /// Without ALPN an HTTP/2 client with prior knowledge starts with its preface (RFC 9113 §3.4), which no HTTP/1 request
    /// is like.
    private func chooseByPreface() {
        let preface = ServerHTTP2.preface
        let input = link.input.bytes[link.input.start...]
        guard input.elementsEqual(preface.prefix(input.count)) || input.starts(with: preface) else {
            driver = ServerHTTP1(self)
            return
        }
        if input.count >= preface.count {
            startHTTP2()
        } else if link.inputEnd != nil {
            link.close()
        } else if !isPrefaceTimed {
            // Once: a preface that drips is not waited for longer.
            isPrefaceTimed = true
            wait(server.limits.readHeader)
        }
    }

    private func expired() {
        if let driver { return driver.expired() }
        if !link.isOpen { server.statistics.add(.handshakesFailed) }
        link.close()
    }

    private func account() {
        let (received, sent) = (link.received, link.sent)
        if received != counted.received { server.statistics.add(.bytesReceived, received - counted.received) }
        if sent != counted.sent { server.statistics.add(.bytesSent, sent - counted.sent) }
        counted = (received, sent)
    }
}
