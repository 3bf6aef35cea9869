internal import LinuxIO
internal import Wire

/// How requests become a connection's bytes. Driven by ClientConnection; all on the reactor's thread.
protocol ClientProtocol: AnyObject {
    /// Requests it can take up now.
    var room: Int { get }
    /// Whether it carries nothing.
    var isIdle: Bool { get }
    func send(_ exchange: ClientExchange)
    /// The exchange has ended by its own side: the peer need not go on.
    func abandon(_ exchange: ClientExchange)
    /// The reader of a paused stream has caught up.
    func resume(_ exchange: ClientExchange)
    func received()
    func sent()
    /// A moment without requests has lasted as long as asked for by `wait`.
    func expired()
    /// The link is closed; `reason` if not by our wish.
    func gone(_ reason: HTTPClientError.Reason?)
}

/// One open connection of a pool.
final class ClientConnection: LinkOwner {
    let link: Link
    unowned let pool: ClientPool
    private(set) var driver: (any ClientProtocol)?
    private var deadline: Deadline?

    init(_ link: Link, in pool: ClientPool) {
        self.link = link
        self.pool = pool
    }

    func start() {
        link.owner = self
        deadline = Deadline(link.reactor) { [weak self] in self?.driver?.expired() }
        let speaksHTTP2 =
            link.isEncrypted ? link.applicationProtocol == "h2" : pool.configuration.http2
        if speaksHTTP2 {
            // Out of memory is nghttp2's only reason to refuse.
            guard let driver = try? ClientHTTP2(self) else { return link.close() }
            self.driver = driver
            driver.start()
        } else {
            driver = ClientHTTP1(self)
            wait(limits.idle)
        }
    }

    var limits: ClientLimits { pool.configuration.limits }

    /// Host or :authority.
    var authority: String { pool.authority }

    func wait(_ delay: Duration?) {
        if let delay { deadline?.set(after: delay) } else { deadline?.clear() }
    }

    /// There is room for a request again.
    func hasRoom() { pool.hasRoom(self) }

    func close() { link.close() }

    /// Closes and tells why; the exchanges under way hear of it.
    func fail(_ kind: HTTPClientError.Kind, _ text: String) {
        forget(.init(kind, text))
        link.close()
    }

    func linkOpened(_ link: Link) {}
    func linkReceived(_ link: Link) { driver?.received() }
    func linkSent(_ link: Link) { driver?.sent() }
    func linkClosed(_ link: Link, _ fault: LinkFault?) { forget(fault.map { .init(.cut, $0.text) }) }

    /// Once: takes the connection out of the pool, then ends what it carried.
    private func forget(_ reason: HTTPClientError.Reason?) {
        let driver = driver
        self.driver = nil
        deadline?.cancel()
        pool.remove(self)
        driver?.gone(reason)
    }
}
