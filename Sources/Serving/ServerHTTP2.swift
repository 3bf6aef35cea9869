internal import HTTP2Engine
internal import LinuxIO
internal import Wire

/// HTTP/2 on one connection: requests gather their bodies, exchanges answer them, the session frames it all.
final class ServerHTTP2: ServerProtocol {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// Framed ahead of the socket; the rest waits as bodies, where the peer's windows hold it.
    private static let framedAhead = 256 << 10
    private static let outputPiece = 64 << 10

    private let connection: ServerConnection
    private let session: HTTP2Session
    private var streams: [Int32: ServerHTTP2Stream] = [:]
    /// Set while events are dealt with, for answers that come out of `handle`.
    private var isProceeding = false
    /// `link.sent` when the deadline for unsent bytes was set.
    private var stalledAt: Int?
    private var link: Link { connection.link }
    private var limits: ServerLimits { connection.server.limits }

    init(_ connection: ServerConnection) throws(HTTP2Error) {
        self.connection = connection
        let limits = connection.server.limits
        var bounds = HTTP2Limits()
        bounds.concurrentStreams = limits.streams
        bounds.headerFields = limits.headerFields
        bounds.headerListBytes = limits.headerBytes
        session = try HTTP2Session(role: .server, limits: bounds)
        if connection.shouldLeave { session.goAway() }
    }

    // MARK: Events

    func received() {
        isProceeding = true
        let bytes = link.input.takeAll()
        do throws(HTTP2Error) {
            handle(try session.receive(bytes.span, now: link.reactor.now))
        } catch {
            isProceeding = false
            return fail()
        }
        isProceeding = false
        push()
        // Nobody half-closes HTTP/2: whoever sends no more reads no more.
        if link.inputEnd != nil { link.close() }
    }

    func sent() { push() }

    func drain() {
        session.goAway()
        push()
    }

    func expired() {
        if streams.isEmpty, link.unsent == 0 {
            session.goAway()
            push()
            link.closeWhenSent(linger: limits.linger)
        } else {
            link.close()
        }
    }

    func gone() {
        let lost = streams.values
        streams = [:]
        for stream in lost { close(stream) }
    }

    private func handle(_ events: [HTTP2Event]) {
        for event in events where !link.isClosed {
            switch event {
            case .request(let id, let head, let end): begin(id, head, end: end)
            case .data(let id, let bytes, let end): take(id, bytes, end: end)
            case .trailers(let id, _): if let stream = streams[id] { dispatch(stream) }
            case .closed(let id, _): if let stream = streams.removeValue(forKey: id) { close(stream) }
            case .response, .goAway, .pong: break
            }
        }
    }

    /// What the session has left to say (GOAWAY) is sent; then the end.
    private func fail() {
        push()
        link.closeWhenSent(linger: limits.linger)
    }

    // MARK: Requests

    private func begin(_ id: Int32, _ head: HTTP2RequestHead, end: Bool) {
        let stream = ServerHTTP2Stream(id, head)
        streams[id] = stream
        stream.exchange = ServerHTTP2Exchange(self, stream: id, isHead: head.method == "HEAD")
        if connection.shouldLeave { session.goAway() }
        if let length = head.fields["content-length"].flatMap({ Int($0) }), length > limits.bodyBytes {
            refuse(stream, 413, "the body has \(length) bytes, the limit is \(limits.bodyBytes)")
        } else if end {
            dispatch(stream)
        }
    }

    private func take(_ id: Int32, _ bytes: [UInt8], end: Bool) {
        session.consume(stream: id, bytes.count)
        guard let stream = streams[id], stream.isReceiving else { return }
        if stream.body.count + bytes.count > limits.bodyBytes {
            refuse(stream, 413, "the body has more than \(limits.bodyBytes) bytes, the limit")
        } else if !connection.server.shared.bodies.take(bytes.count) {
            refuse(stream, 503, "the server holds as many bytes of request bodies as it may")
        } else {
            stream.held += bytes.count
            stream.body += bytes
            if end { dispatch(stream) }
        }
    }

    private func dispatch(_ stream: ServerHTTP2Stream) {
        guard stream.isReceiving, let exchange = stream.exchange else { return }
        stream.isReceiving = false
        connection.countRequest()
        var fields = stream.head.fields
        if fields["host"] == nil { fields.add("host", stream.head.authority) }
        let request = HTTPRequest(stream.head.method, stream.head.path, fields: fields, body: stream.takeBody())
        let responder = HTTPResponder(ReactorBound(here: exchange, on: link.reactor.mailbox), exchange.gauge)
        connection.service.handle(request, connection.context(.http2), responder)
    }

    /// For what never became a request: an answer in words; the session resets the rest of the stream.
    private func refuse(_ stream: ServerHTTP2Stream, _ status: Int, _ text: String) {
        stream.isReceiving = false
        giveBack(stream)
        stream.exchange?.respond(.text(status, text))
    }

    private func close(_ stream: ServerHTTP2Stream) {
        giveBack(stream)
        stream.exchange?.peerLeft()
    }

    private func giveBack(_ stream: ServerHTTP2Stream) {
        connection.server.shared.bodies.give(stream.held)
        stream.held = 0
    }

    // MARK: Answers

    func submit(_ id: Int32, _ status: Int, _ fields: HTTPFields, _ body: HTTP2Body) {
        var fields = fields
        if fields["date"] == nil { fields.add("date", connection.server.httpDate()) }
        do throws(HTTP2Error) {
            try session.submitResponse(stream: id, status: status, fields: fields, body: body)
        } catch {
            // A field of the service's that HTTP/2 cannot carry.
            session.reset(stream: id, .internalError)
        }
    }
    func send(_ id: Int32, _ bytes: [UInt8], end: Bool) { session.send(stream: id, bytes, end: end) }
    func reset(_ id: Int32) { session.reset(stream: id, .internalError) }
    func buffered(_ id: Int32) -> Int { session.buffered(stream: id) }

    /// Frames what the socket is ready for, and sends it.
    func push() {
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
        guard !link.isClosed else { return }
        for stream in streams.values { stream.exchange?.updateGauge() }
        if session.wantsClose, link.unsent == 0 { return link.closeWhenSent(linger: limits.linger) }
        settle()
    }

    /// Sets what is waited for, by where things stand.
    private func settle() {
        let isAnswering = link.unsent > 0 || streams.values.contains { $0.exchange?.isAnswered == true }
        if isAnswering {
            guard stalledAt != link.sent else { return }
            stalledAt = link.sent
            return connection.wait(limits.write)
        }
        stalledAt = nil
        if streams.isEmpty {
            connection.wait(limits.idle)
        } else {
            connection.wait(streams.values.contains { $0.isReceiving } ? limits.readBody : nil)
        }
    }
}

/// One request on its way in.
private final class ServerHTTP2Stream {
    let id: Int32
    let head: HTTP2RequestHead
    var body: [UInt8] = []
    /// Bytes taken from the budget, until the stream is closed.
    var held = 0
    var isReceiving = true
    var exchange: ServerHTTP2Exchange?

    init(_ id: Int32, _ head: HTTP2RequestHead) {
        self.id = id
        self.head = head
    }

    func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }
}
