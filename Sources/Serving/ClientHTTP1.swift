internal import Wire

/// HTTP/1.1 on one connection of a pool: one request at a time.
final class ClientHTTP1: ClientProtocol {
    private enum State {
        case idle
        case head(ClientExchange)
        case body(ClientExchange, Decoder)
        case ended
    }
    private enum Decoder {
        case length(Int)
        case chunked(ChunkedBody)
        case untilClose
    }

    /// Strong: the pool may let the connection go in the middle of one of our own calls. The cycle ends when it closes.
    private let connection: ClientConnection
    private var link: Link { connection.link }
    private var state = State.idle
    private var parser = HTTP1Parser(.response)
    private var keepsAlive = true
    /// A response has been read on this connection: a close may be the end of its idle time.
    private var isReused = false
    /// `link.sent` when the current request was begun.
    private var sentBefore = 0
    private var isPaused = false

    init(_ connection: ClientConnection) { self.connection = connection }

    var isIdle: Bool { if case .idle = state { true } else { false } }
    var room: Int { isIdle && !link.isClosed ? 1 : 0 }

    // MARK: Sending

    func send(_ exchange: ClientExchange) {
        if isReused, link.isStale {
            // The peer closed it while it was idle; the request has not touched it.
            connection.pool.putBack(exchange)
            return connection.close()
        }
        state = .head(exchange)
        exchange.carrier = self
        sentBefore = link.sent
        parser = freshParser()
        connection.wait(nil)
        let request = exchange.request
        var fields: HTTPFields = ["host": connection.authority]
        for (name, value) in request.fields.all where !Self.ownNames.contains(name) { fields.add(name, value) }
        if !request.body.isEmpty || !["GET", "HEAD", "DELETE"].contains(request.method) {
            fields.add("content-length", String(request.body.count))
        }
        var out: [UInt8] = []
        HTTP1Writer.requestHead(request.method, request.target, fields, into: &out)
        link.write(out)
        link.write(request.body)
        link.flush()
        noteWritten()
    }

    private static let ownNames = ["host", "content-length", "transfer-encoding", "connection"]

    private func noteWritten() {
        guard let exchange = current, link.sent > sentBefore else { return }
        exchange.isWritten = true
    }

    func sent() { noteWritten() }

    // MARK: Receiving

    func received() {
        while step() {}
        // A slow reader has not seen all that came before the end.
        guard !link.isClosed, !isPaused, link.inputEnd != nil else { return }
        switch state {
        case .body(let exchange, .untilClose) where link.inputEnd == .clean:
            state = .ended
            exchange.receivedEnd()
            connection.close()
        case .idle, .ended: connection.close()
        case .head, .body:
            connection.fail(.cut, hasBegun ? "the peer cut the response short" : "the peer closed without a response")
        }
    }

    private func step() -> Bool {
        guard !link.isClosed, !isPaused else { return false }
        switch state {
        case .idle:
            // Nothing was asked. A 408 before a close is the usual case.
            if !link.input.isEmpty { connection.close() }
            return false
        case .head(let exchange): return readHead(exchange)
        case .body(let exchange, let decoder): return readBody(exchange, decoder)
        case .ended: return false
        }
    }

    private func readHead(_ exchange: ClientExchange) -> Bool {
        switch parser.parse(link.input.bytes, from: link.input.start) {
        case .needsMore: return false
        case .malformed(let reason):
            connection.fail(.malformed, "the response is malformed: \(reason)")
            return false
        case .complete(let head, let consumed):
            link.input.consume(consumed)
            guard case .response(let status) = head.startLine else { return false }
            if status == 101 {
                connection.fail(.malformed, "the server switches to a protocol that was not asked for")
                return false
            }
            // 100, 103: the final head follows.
            guard status >= 200 else {
                parser = freshParser()
                return true
            }
            return take(head, status, exchange)
        }
    }

    private func take(_ head: HTTP1Head, _ status: Int, _ exchange: ClientExchange) -> Bool {
        keepsAlive = head.keepsAlive
        do throws(HTTP1Malformed) {
            switch try head.responseFraming(to: exchange.request.method) {
            case .none:
                exchange.receivedHead(status, head.fields, announced: 0)
                complete(exchange)
            case .length(let count):
                state = .body(exchange, .length(count))
                exchange.receivedHead(status, head.fields, announced: count)
            case .chunked:
                state = .body(exchange, .chunked(ChunkedBody()))
                exchange.receivedHead(status, head.fields, announced: nil)
            case .untilClose:
                state = .body(exchange, .untilClose)
                exchange.receivedHead(status, head.fields, announced: nil)
            }
        } catch {
            connection.fail(.malformed, "the response is malformed: \(error)")
            return false
        }
        return goesOn(exchange)
    }

    private func readBody(_ exchange: ClientExchange, _ decoder: Decoder) -> Bool {
        let input = link.input
        guard !input.isEmpty else { return false }
        switch decoder {
        case .untilClose:
            deliver(exchange, input.bytes[input.start...])
            link.input.consume(input.count)
        case .length(let remaining):
            let count = min(remaining, input.count)
            state = .body(exchange, .length(remaining - count))
            deliver(exchange, input.bytes[input.start..<(input.start + count)])
            link.input.consume(count)
            if count == remaining, !exchange.isDone { complete(exchange) }
        case .chunked(var chunks):
            let step = chunks.next(input.bytes, from: input.start)
            state = .body(exchange, .chunked(chunks))
            switch step {
            case .data(let range):
                deliver(exchange, input.bytes[range])
                link.input.consume(range.upperBound - input.start)
            case .needsMore:
                link.input.consume(input.count)
                return false
            case .complete(let end):
                link.input.consume(end - input.start)
                complete(exchange)
            case .malformed(let reason):
                connection.fail(.malformed, "the response is malformed: \(reason)")
                return false
            }
        }
        return goesOn(exchange)
    }

    private func deliver(_ exchange: ClientExchange, _ bytes: ArraySlice<UInt8>) {
        guard !exchange.receivedBody(bytes), !exchange.isDone else { return }
        isPaused = true
        link.pauseReading()
    }

    /// An exchange that ended early (too large) leaves a connection that is in the middle of a response.
    private func goesOn(_ exchange: ClientExchange) -> Bool {
        if exchange.isDone, let current, current === exchange { connection.close() }
        return !link.isClosed
    }

    private func complete(_ exchange: ClientExchange) {
        if isPaused {
            // Its last piece was too much for its reader; the next answer has another.
            isPaused = false
            link.resumeReading()
        }
        isReused = true
        let isReusable = keepsAlive && link.input.isEmpty && link.inputEnd == nil && link.unsent == 0
        state = isReusable ? .idle : .ended
        exchange.carrier = nil
        exchange.receivedEnd()
        guard !link.isClosed else { return }
        if isReusable {
            connection.wait(connection.limits.idle)
            connection.hasRoom()
        } else {
            connection.close()
        }
    }

    // MARK: Ends

    func resume(_ exchange: ClientExchange) {
        guard isPaused, let current, current === exchange else { return }
        isPaused = false
        exchange.restartIdle()
        link.resumeReading()
        received()
    }

    func abandon(_ exchange: ClientExchange) {
        // HTTP/1.1 has no other way to stop a response.
        if let current, current === exchange { connection.close() }
    }

    func expired() { if isIdle { connection.close() } }

    func gone(_ reason: HTTPClientError.Reason?) {
        let exchange = current
        noteWritten()
        state = .ended
        guard let exchange, !exchange.isDone else { return }
        let reason = reason ?? .init(.closed, "the connection was closed")
        // A reused connection may have been closed by the peer at the moment it was used again.
        let mayRetry = !exchange.isWritten || (isReused && exchange.isIdempotent)
        if reason.kind == .cut, mayRetry, !hasBegun(exchange) {
            connection.pool.retry(exchange, reason)
        } else {
            exchange.fail(reason.kind, reason.text)
        }
    }

    private var current: ClientExchange? {
        switch state {
        case .head(let exchange), .body(let exchange, _): exchange
        case .idle, .ended: nil
        }
    }
    private var hasBegun: Bool { current.map(hasBegun) ?? false }
    /// Whether any byte of the response came.
    private func hasBegun(_ exchange: ClientExchange) -> Bool {
        exchange.hasResponse || parser.hasBegun || !link.input.isEmpty
    }

    private func freshParser() -> HTTP1Parser {
        var limits = HTTP1Limits()
        limits.fields = connection.limits.headerFields
        limits.headBytes = connection.limits.headerBytes
        return HTTP1Parser(.response, limits: limits)
    }
}
