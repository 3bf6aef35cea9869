internal import HTTP2Engine
internal import LinuxIO
internal import Wire

/// HTTP/2 on one connection: requests gather their bodies, exchanges answer them, the session frames it all.
final class ServerHTTP2: ServerProtocol {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// Framed ahead of the socket; the rest waits as bodies, where the peer's windows hold it.
    private static let framedAhead = 256 << 10
    private static let outputPiece = 64 << 10
    /// Bytes of a stream beside its head and bodies, about: nghttp2's, the collector's and our own objects.
    private static let streamCost = 1 << 10

    private let connection: ServerConnection
    private let session: HTTP2Session
    /// The last of the three tables that a stream is in. It enters nghttp2's and the collector's with the first bytes of its header
    /// list, and this one with `.request`, which a list that is too large never becomes. It leaves where nghttp2 closes it, when both
    /// sides have ended it or either has reset it: the collector drops it then and tells `.closed`, which drops it here. Nobody else
    /// removes one, so whoever is to go early is reset; `gone` drops all.
    private var streams: [Int32: ServerHTTP2Stream] = [:]
    /// Requests that have begun, refused ones too.
    private var begun = 0
    /// Set while events are dealt with, for answers that come out of `handle`.
    private var isProceeding = false
    private var clock = StallClock()
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
            handle(try session.receive(bytes.span, now: link.reactor.round))
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
        let now = link.reactor.now
        if clock.isOver(.socket, limits.write, now) || clock.isOver(.head, limits.readHeader, now) {
            link.close()
        } else if clock.isOver(.window, limits.write, now) {
            // It asks and takes no answer: whatever it has asked is held here until it is cut.
            session.terminate(.enhanceYourCalm)
            leave()
        } else if clock.isOver(.idle, limits.idle, now) {
            // There is no time for the warning that a drain begins with: this names the last stream, so that a request that is on its
            // way may go elsewhere.
            session.terminate(.noError)
            leave()
        } else {
            refuseLateBodies(now)
        }
    }

    private func leave() {
        push()
        link.closeWhenSent(linger: limits.linger)
    }

    /// Each stream has its own time, and one that is late costs the others nothing.
    private func refuseLateBodies(_ now: MonotonicInstant) {
        for stream in streams.values where stream.isReceiving && now - stream.since >= limits.readBody {
            refuse(stream, 408, "the request's body did not arrive in time")
        }
        push()
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
    private func fail() { leave() }

    // MARK: Requests

    private func begin(_ id: Int32, _ head: HTTP2RequestHead, end: Bool) {
        let stream = ServerHTTP2Stream(id, head, at: link.reactor.round)
        streams[id] = stream
        begun += 1
        stream.exchange = ServerHTTP2Exchange(self, stream: id, isHead: head.method == "HEAD")
        if connection.shouldLeave { session.goAway() }
        stream.announced = head.fields["content-length"].flatMap { Int($0) }
        if let length = stream.announced, length > limits.bodyBytes {
            refuse(stream, 413, "the body has \(length) bytes, the limit is \(limits.bodyBytes)")
        } else if let host = head.fields["host"], host != head.authority,
            host.lowercased() != head.authority.lowercased()
        {
            // RFC 9113 §8.3.1: two readers of it would see two hosts.
            refuse(stream, 400, "host and :authority differ")
        } else if let expected = head.fields["expect"], expected.lowercased() != "100-continue" {
            refuse(stream, 417, "the expectation \"\(expected.prefix(64))\" is not known, 100-continue is")
        } else {
            if !connection.hold(head.listBytes, for: &stream.held) { shed(stream) }
            guard stream.isReceiving else { return }
            if end { return dispatch(stream) }
            if head.fields["expect"] != nil { try? session.submitContinue(stream: id) }
        }
    }

    private func take(_ id: Int32, _ bytes: [UInt8], end: Bool) {
        session.consume(stream: id, bytes.count)
        guard let stream = streams[id], stream.isReceiving else { return }
        stream.received += bytes.count
        if stream.received > limits.bodyBytes {
            return refuse(stream, 413, "the body has more than \(limits.bodyBytes) bytes, the limit")
        }
        if !stream.isShed, !connection.hold(bytes.count, for: &stream.held) { shed(stream) }
        guard stream.isReceiving else { return }
        if stream.isShed {
            stream.body += bytes.prefix(limits.shedBytes - stream.body.count)
        } else if stream.body.isEmpty {
            // Most bodies come in one piece.
            stream.body = bytes
        } else {
            BodyRoom.make(&stream.body, for: bytes.count, of: stream.announced)
            stream.body += bytes
        }
        if end { dispatch(stream) }
    }

    /// There is no room for it: its beginning is kept, by which the service may answer, the rest is dropped as it comes.
    private func shed(_ stream: ServerHTTP2Stream) {
        connection.server.statistics.add(.shed)
        // Its head stays, and is counted as what is buffered: that of a review is short.
        guard let head = stream.head, head.listBytes <= 4 * limits.shedBytes else {
            return refuse(stream, 503, "the server holds as many bytes of requests as it may")
        }
        stream.isShed = true
        stream.body = Array(stream.body.prefix(limits.shedBytes))
        giveBack(stream)
    }

    private func dispatch(_ stream: ServerHTTP2Stream) {
        guard stream.isReceiving, let exchange = stream.exchange, let head = stream.head else { return }
        stream.isReceiving = false
        connection.countRequest()
        let request = HTTPRequest(head.method, head.path, fields: head.fieldsWithHost, body: stream.takeBody())
        let context = connection.context(.http2)
        if stream.isShed { return exchange.respond(connection.service.overloaded(request, context)) }
        let responder = HTTPResponder(ReactorBound(here: exchange, on: link.reactor.mailbox), exchange.gauge)
        connection.service.handle(request, context, responder)
    }

    /// For what never became a request: an answer in words; the session resets the rest of the stream.
    private func refuse(_ stream: ServerHTTP2Stream, _ status: Int, _ text: String) {
        stream.isReceiving = false
        // The stream stays until the peer has taken the answer, for which it need not open a window: nothing of the request does.
        stream.body = []
        stream.head = nil
        giveBack(stream)
        stream.exchange?.respond(.text(status, text))
    }

    private func close(_ stream: ServerHTTP2Stream) {
        giveBack(stream)
        stream.exchange?.peerLeft()
    }

    private func giveBack(_ stream: ServerHTTP2Stream) { connection.release(&stream.held) }

    // MARK: Answers

    func submit(_ id: Int32, _ status: Int, _ fields: HTTPFields, length: Int? = nil, _ body: HTTP2Body) {
        do throws(HTTP2Error) {
            try session.submitResponse(
                stream: id,
                status: status,
                fields: fields,
                length: length,
                date: connection.server.httpDate(link.reactor.round),
                body: body
            )
        } catch {
            // A field of the service's that HTTP/2 cannot carry.
            session.reset(stream: id, .internalError)
        }
    }
    func send(_ id: Int32, _ bytes: [UInt8], end: Bool) { session.send(stream: id, bytes, end: end) }

    /// The answer is complete on our side: what waits of it is counted as unframed, and nothing of the request stays, however long
    /// the peer takes to take it.
    func answered(_ id: Int32) {
        if let stream = streams[id] {
            stream.head = nil
            giveBack(stream)
        }
        push()
    }

    func reset(_ id: Int32) { session.reset(stream: id, .internalError) }
    func buffered(_ id: Int32) -> Int { session.buffered(stream: id) }

    /// Frames what the socket is ready for, and sends it.
    func push() {
        guard !isProceeding, !link.isClosed else { return }
        isProceeding = true
        var progress = true
        while progress, link.unsent < Self.framedAhead, !link.isClosed {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(4 << 10)
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

    /// Sets what is waited for, by where things stand. What is waited for already is not put off by bytes that do not help.
    private func settle() {
        let now = link.reactor.round
        var isAnswering = false
        var oldest: MonotonicInstant?
        var uncounted = session.unframedBytes + session.unfinishedHeaderBytes
        for stream in streams.values {
            if stream.exchange?.isAnswered == true { isAnswering = true }
            if stream.isReceiving { oldest = min(oldest ?? stream.since, stream.since) }
            uncounted += Self.streamCost + stream.shedBytes
        }
        guard connection.charge(uncounted) else { return }
        // nghttp2 queues frames of its own without a limit (RST_STREAM, for one): who takes no answers is not read from.
        if link.unsent < Self.framedAhead { link.resumeReading() } else { link.pauseReading() }
        clock.set(.socket, link.unsent > 0 ? link.sent : nil, now)
        clock.set(.head, session.unfinishedHeaders, now)
        clock.set(.window, isAnswering && link.unsent == 0 ? session.framedBytes : nil, now)
        clock.set(.idle, streams.isEmpty && link.unsent == 0 ? begun : nil, now)
        var due = oldest.map { $0 + limits.readBody }
        for (wait, limit) in [
            (StallClock.Wait.socket, limits.write), (.head, limits.readHeader), (.window, limits.write),
            (.idle, limits.idle),
        ] {
            if let next = clock.due(wait, limit) { due = min(due ?? next, next) }
        }
        connection.wait(due.map { max(.zero, $0 - now) })
    }
}

/// One request on its way in.
private final class ServerHTTP2Stream {
    let id: Int32
    /// Nil once the request was refused.
    var head: HTTP2RequestHead?
    let since: MonotonicInstant
    var body: [UInt8] = []
    var announced: Int?
    /// Of the body, kept or not.
    var received = 0
    /// Bytes taken from the budgets, until the stream is closed.
    var held = 0
    var isReceiving = true
    var isShed = false
    var exchange: ServerHTTP2Exchange?

    init(_ id: Int32, _ head: HTTP2RequestHead, at now: MonotonicInstant) {
        self.id = id
        self.head = head
        since = now
    }

    /// Kept of a request for which there was no room among those that are held.
    var shedBytes: Int { isShed ? (head?.listBytes ?? 0) + body.count : 0 }

    func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }
}
