internal import HTTP2Engine
internal import LinuxIO
internal import Wire

/// HTTP/2 on one connection of a pool: many requests at once, pings while the peer is silent.
final class ClientHTTP2: ClientProtocol {
    private static let framedAhead = 256 << 10
    private static let outputPiece = 64 << 10

    private struct Stream {
        let exchange: ClientExchange
        /// Bytes the reader has not caught up with; the peer's window opens when it has.
        var unconsumed = 0
    }

    /// Strong: the pool may let the connection go in the middle of one of our own calls. The cycle ends when it closes.
    private let connection: ClientConnection
    private let session: HTTP2Session
    private var link: Link { connection.link }
    private var streams: [Int32: Stream] = [:]
    private var isProceeding = false
    private var pulse: ClientPulse

    init(_ connection: ClientConnection) throws(HTTP2Error) {
        self.connection = connection
        var bounds = HTTP2Limits()
        bounds.headerFields = connection.limits.headerFields
        bounds.headerListBytes = connection.limits.headerBytes
        session = try HTTP2Session(role: .client, limits: bounds)
        pulse = ClientPulse(connection.limits, now: connection.link.reactor.now)
    }

    /// Says the preface and starts to watch the peer.
    func start() {
        push()
        watch()
    }

    var isIdle: Bool { streams.isEmpty }
    var room: Int { link.isClosed ? 0 : session.availableStreams }

    // MARK: Requests

    func send(_ exchange: ClientExchange) {
        let request = exchange.request
        var fields = HTTPFields()
        for (name, value) in request.fields.all where !Self.refused.contains(name) { fields.add(name, value) }
        if !request.body.isEmpty { fields.add("content-length", String(request.body.count)) }
        let head = HTTP2RequestHead(
            method: request.method,
            scheme: link.isEncrypted ? "https" : "http",
            authority: connection.authority,
            path: request.target,
            fields: fields
        )
        do throws(HTTP2Error) {
            let id = try session.submitRequest(head, body: .whole(request.body))
            streams[id] = Stream(exchange: exchange)
            exchange.carrier = self
            // Whatever leaves from now on may be of this request: unknown is the safe side.
            let before = link.sent
            push()
            if link.sent > before || link.unsent > 0 { exchange.isWritten = true }
        } catch {
            exchange.fail(.malformed, "the request cannot be sent: \(error)")
        }
    }

    private static let refused = ["host", "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade"]

    func abandon(_ exchange: ClientExchange) {
        guard let (id, _) = streams.first(where: { $0.value.exchange === exchange }) else { return }
        session.reset(stream: id, .cancel)
        push()
    }

    func resume(_ exchange: ClientExchange) {
        guard let (id, stream) = streams.first(where: { $0.value.exchange === exchange }) else { return }
        streams[id]?.unconsumed = 0
        session.consume(stream: id, stream.unconsumed)
        exchange.restartIdle()
        push()
    }

    // MARK: Events

    func received() {
        pulse.heard(link.reactor.now)
        isProceeding = true
        let bytes = link.input.takeAll()
        do throws(HTTP2Error) {
            handle(try session.receive(bytes.span, now: link.reactor.now))
        } catch {
            isProceeding = false
            push()
            return broken("\(error)")
        }
        isProceeding = false
        push()
        guard !link.isClosed else { return }
        if link.inputEnd != nil { return connection.fail(.cut, "the server closed the connection") }
        if room > 0 { connection.hasRoom() }
    }

    func sent() { push() }

    private func handle(_ events: [HTTP2Event]) {
        for event in events where !link.isClosed {
            switch event {
            case .response(let id, let status, let fields, let end): begin(id, status, fields, end: end)
            case .data(let id, let bytes, let end): take(id, bytes, end: end)
            case .trailers(let id, _): streams[id]?.exchange.receivedEnd()
            case .closed(let id, let code): close(id, code)
            // The session takes no further stream and closes those that were not processed.
            case .goAway, .request, .pong: break
            }
        }
    }

    private func begin(_ id: Int32, _ status: Int, _ fields: HTTPFields, end: Bool) {
        guard let exchange = streams[id]?.exchange else { return }
        exchange.receivedHead(status, fields, announced: fields["content-length"].flatMap { Int($0) })
        if end { exchange.receivedEnd() }
        giveUpIfDone(id, exchange, end: end)
    }

    private func take(_ id: Int32, _ bytes: [UInt8], end: Bool) {
        guard let exchange = streams[id]?.exchange else { return session.consume(stream: id, bytes.count) }
        if exchange.receivedBody(bytes[...]) {
            session.consume(stream: id, bytes.count)
        } else {
            streams[id]?.unconsumed += bytes.count
        }
        if end { exchange.receivedEnd() }
        giveUpIfDone(id, exchange, end: end)
    }

    /// An exchange that refused its response (too large) wants no more of it.
    private func giveUpIfDone(_ id: Int32, _ exchange: ClientExchange, end: Bool) {
        if exchange.isDone, !end { session.reset(stream: id, .cancel) }
    }

    private func close(_ id: Int32, _ code: HTTP2Code) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        session.consume(stream: id, stream.unconsumed)
        if streams.isEmpty { pulse.idleSince = link.reactor.now }
        let exchange = stream.exchange
        exchange.carrier = nil
        guard !exchange.isDone else { return }
        let mistake = session.peerMistake.map { ", after \($0)" } ?? ""
        let reason = HTTPClientError.Reason(.cut, "the stream was reset: \(code)\(mistake)")
        // Not after the response has begun: the beginning of a second one would be taken for its rest.
        if code == .refusedStream, !exchange.hasResponse {
            exchange.isWritten = false
            connection.pool.retry(exchange, reason)
        } else {
            exchange.fail(reason.kind, reason.text)
        }
    }

    private func push() {
        guard !isProceeding, !link.isClosed else { return }
        isProceeding = true
        var progress = true
        while progress, link.unsent < Self.framedAhead, !link.isClosed {
            var bytes: [UInt8] = []
            let events = try? session.takeOutput(into: &bytes, max: Self.outputPiece)
            progress = !bytes.isEmpty
            link.write(bytes)
            link.flush()
            handle(events ?? [])
        }
        isProceeding = false
        if session.wantsClose, link.unsent == 0 { broken("the session has ended") }
    }

    /// The session is beyond use; what it had to say (GOAWAY) is sent.
    private func broken(_ text: String) {
        guard !link.isClosed else { return }
        if streams.isEmpty { return connection.close() }
        connection.fail(.malformed, "the server broke HTTP/2: \(session.peerMistake ?? text)")
    }

    // MARK: Ends

    func expired() {
        switch pulse.step(link.reactor.now, isIdle: isIdle) {
        case .wait: break
        case .ping:
            session.ping()
            push()
        case .close: return connection.close()
        case .dead: return connection.fail(.cut, "the server did not answer a ping in \(connection.limits.pingTimeout)")
        }
        watch()
    }

    private func watch() {
        guard !link.isClosed else { return }
        connection.wait(pulse.untilNext(link.reactor.now, isIdle: isIdle))
    }

    func gone(_ reason: HTTPClientError.Reason?) {
        let reason = reason ?? .init(.closed, "the connection was closed")
        let lost = streams.sorted { $0.key < $1.key }.map(\.value.exchange)
        streams = [:]
        for exchange in lost where !exchange.isDone {
            exchange.carrier = nil
            let mayRetry = !exchange.hasResponse && (!exchange.isWritten || exchange.isIdempotent)
            if reason.kind == .cut, mayRetry {
                connection.pool.retry(exchange, reason)
            } else {
                exchange.fail(reason.kind, reason.text)
            }
        }
    }
}
