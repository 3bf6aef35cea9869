internal import LinuxIO
internal import TLSEngine
internal import Wire

enum DialResult {
    case open(Link)
    case failed(HTTPClientError.Reason)
}

/// Makes one connection: resolves the name, tries its addresses in turn, shakes hands. Ends by exactly one call of `done`.
final class ClientDialer: LinkOwner {
    private let configuration: ClientConfiguration
    private let reactor: Reactor
    private let scratch: Scratch
    private let until: MonotonicInstant
    private var done: ((ClientDialer, DialResult) -> Void)?
    private var addresses: [SocketAddress] = []
    private var link: Link?
    private var deadline: Deadline?
    /// What it waits for, or why its last address did not do.
    private(set) var lastFault: HTTPClientError.Reason

    init(
        _ configuration: ClientConfiguration,
        on reactor: Reactor,
        _ scratch: Scratch,
        _ done: @escaping (ClientDialer, DialResult) -> Void
    ) {
        self.configuration = configuration
        self.reactor = reactor
        self.scratch = scratch
        self.done = done
        lastFault = .init(.resolve, "resolve \(configuration.host): no answer in time")
        until = reactor.now + configuration.limits.connect
    }

    /// What comes of it is told later, also where it fails at once: no address, no descriptor, no route, no session.
    func start() {
        deadline = Deadline(reactor) { [weak self] in self?.expired() }
        deadline?.set(after: configuration.limits.connect)
        if let route = configuration.route { return follow(route) }
        let box = ReactorBound(here: self, on: reactor.mailbox)
        Resolver.resolve(configuration.host, port: configuration.port) { result in
            // As a message, for that of a numeric host is there at once: whoever starts a dialer is in the middle of counting them.
            box.mailbox.post { _ in box.onReactor.resolved(result) }
        }
    }

    func cancel() {
        done = nil
        link?.close()
        deadline?.cancel()
    }

    /// As a message, for the same reason.
    private func follow(_ route: @escaping @Sendable () throws(NoRoute) -> [SocketAddress]) {
        _ = reactor.schedule(after: .zero) { [weak self] in
            guard let self, self.done != nil else { return }
            do throws(NoRoute) {
                addresses = try route()
                tryNext()
            } catch {
                finish(.failed(.init(.resolve, error.text)))
            }
        }
    }

    private func resolved(_ result: Result<[SocketAddress], Errno>) {
        guard done != nil else { return }
        switch result {
        case .success(let found):
            addresses = found
            lastFault = .init(.resolve, "resolve \(configuration.host): the name has no address")
            tryNext()
        case .failure(let error): finish(.failed(.init(.resolve, "\(error)")))
        }
    }

    private func tryNext() {
        guard !addresses.isEmpty else { return finish(.failed(lastFault)) }
        // Each address gets an equal share of the time that is left.
        deadline?.cancel()
        deadline = Deadline(reactor) { [weak self] in self?.expired() }
        deadline?.set(after: (until - reactor.now) / addresses.count)
        let address = addresses.removeFirst()
        do {
            let session = try (configuration.tlsNow?() ?? configuration.tls).map {
                try TLSSession(connecting: $0, serverName: configuration.serverName ?? configuration.host)
            }
            let socket = try StreamSocket.connecting(to: address)
            let link = Link(socket, dialled: address, tls: session, on: reactor, scratch)
            self.link = link
            lastFault = .init(.connect, "connect \(address): no answer in time")
            link.owner = self
            link.start()
        } catch let error as Errno {
            lastFault = .init(.connect, "\(error)")
            tryNext()
        } catch {
            finish(.failed(.init(.handshake, "\(error)")))
        }
    }

    private func expired() {
        if link?.isHandshaking == true {
            lastFault = .init(.connect, "the server took the connection, but TLS was not established in time")
        }
        link?.close()
        tryNext()
    }

    private func finish(_ result: DialResult) {
        let done = done
        self.done = nil
        deadline?.cancel()
        if case .failed = result { link?.close() }
        link = nil
        done?(self, result)
    }

    // MARK: The link

    func linkOpened(_ link: Link) { finish(.open(link)) }
    func linkReceived(_ link: Link) {}
    func linkSent(_ link: Link) {}

    func linkClosed(_ link: Link, _ fault: LinkFault?) {
        guard let fault else { return }
        // Another address of the same name would show the same certificate; a refused port may be open elsewhere.
        guard fault.stage == .connect else { return finish(.failed(.init(.handshake, fault.text))) }
        lastFault = .init(.connect, fault.text)
        tryNext()
    }
}
