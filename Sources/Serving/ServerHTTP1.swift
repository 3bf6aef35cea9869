internal import LinuxIO
internal import Wire

/// HTTP/1.0 and 1.1 on one connection: one request at a time. Pipelined ones wait as bytes in the input, which is bounded by
/// no longer reading, so answers go out in order by construction.
final class ServerHTTP1: ServerProtocol {
    private enum State {
        case head
        case body(HTTP1Head)
        case answering(ServerHTTP1Exchange)
        /// The last answer is on its way, or there is none.
        case ended
    }

    private let connection: ServerConnection
    private var link: Link { connection.link }
    private var limits: ServerLimits { connection.server.limits }
    private var state = State.head
    private var parser: HTTP1Parser
    private let memory = HTTP1HeadMemory()
    private var body = ServerHTTP1Body()
    /// When the head or body that is on its way must be whole.
    private var partDue: MonotonicInstant?
    /// `link.sent` when the deadline for unsent bytes was set.
    private var stalledAt: Int?
    /// Set while `proceed` runs, for answers that come out of `handle`.
    private var isProceeding = false

    init(_ connection: ServerConnection) {
        self.connection = connection
        parser = HTTP1Parser(.request)
        parser = freshParser()
    }

    // MARK: Events

    func received() { proceed() }

    func sent() { proceed() }

    /// The next answer says `Connection: close`; an idle client may not ask again for long, and that is harmless.
    func drain() {}

    func expired() {
        // Who does not read would not read a 408 either.
        if link.unsent > 0 { return link.close() }
        switch state {
        case .head where parser.hasBegun: refuse(408, "the request's head did not arrive in time")
        case .body: refuse(408, "the request's body did not arrive in time")
        default: link.close()
        }
    }

    func gone() {
        if case .answering(let exchange) = state { exchange.peerLeft() }
        state = .ended
        releaseBody()
    }

    // MARK: Reading requests

    private func proceed() {
        guard !isProceeding else { return }
        isProceeding = true
        var wasHeldBack = false
        repeat {
            while step() {}
            wasHeldBack = link.unsent > limits.unsentBytes
            link.flush()
            // The socket may have taken at once what held back the next request: no event will say so again.
        } while wasHeldBack && link.unsent <= limits.unsentBytes && !link.isClosed
        isProceeding = false
        if !link.isClosed { settle() }
    }

    /// One thing done; false if something must arrive first.
    private func step() -> Bool {
        guard !link.isClosed else { return false }
        switch state {
        case .head:
            // Who does not read answers gets no further ones.
            return link.unsent <= limits.unsentBytes && readHead()
        case .body(let head): return readBody(head)
        case .answering, .ended: return false
        }
    }

    private func readHead() -> Bool {
        if link.input.isEmpty { return false }
        if parser.isFresh, let (head, consumed) = recallHead() {
            link.input.consume(consumed)
            return begin(head)
        }
        switch parser.parse(link.input.bytes, from: link.input.start) {
        case .needsMore: return false
        case .malformed(let reason):
            refuse(reason.status, "bad request: \(reason)")
            return false
        case .complete(let head, let consumed):
            memory.remember(head, link.input.bytes[link.input.start..<(link.input.start + consumed)])
            link.input.consume(consumed)
            parser = freshParser()
            return begin(head)
        }
    }

    /// If it is the same as the last one.
    private func recallHead() -> (head: HTTP1Head, consumed: Int)? {
        memory.recall(link.input.bytes, from: link.input.start, longest: limits.headerBytes)
    }

    private func begin(_ head: HTTP1Head) -> Bool {
        do throws(HTTP1Malformed) {
            body = ServerHTTP1Body(try head.requestFraming())
        } catch {
            refuse(error.status, "bad request: \(error)")
            return false
        }
        if let length = body.announced, length > limits.bodyBytes {
            refuse(413, "the body has \(length) bytes, the limit is \(limits.bodyBytes)")
            return false
        }
        state = .body(head)
        partDue = nil
        if head.expectsContinue, !body.isComplete, link.input.isEmpty {
            link.write(HTTP1Writer.continueResponse)
        }
        return true
    }

    private func readBody(_ head: HTTP1Head) -> Bool {
        switch body.read(&link.input, limits, connection.server.shared.bodies) {
        case .needsMore: return false
        case .complete:
            dispatch(head)
            return true
        case .refused(let status, let text):
            refuse(status, text)
            return false
        }
    }

    private func dispatch(_ head: HTTP1Head) {
        guard case .request(let method, let target) = head.startLine else { return }
        // The body's time is over; the next head has its own.
        partDue = nil
        connection.countRequest()
        let exchange = ServerHTTP1Exchange(self, method: method, head)
        state = .answering(exchange)
        let request = HTTPRequest(method, target, fields: head.fields, body: body.takeBytes())
        let context = connection.context(head.minorVersion == 0 ? .http10 : .http11)
        if body.isShed {
            connection.server.statistics.add(.shed)
            return exchange.respond(connection.service.overloaded(request, context))
        }
        let responder = HTTPResponder(
            ReactorBound(here: exchange, on: link.reactor.mailbox),
            exchange.gauge
        )
        connection.service.handle(request, context, responder)
    }

    // MARK: Between events

    /// Sets what is waited for, and whether to read, by where things stand.
    private func settle() {
        if case .answering(let exchange) = state { exchange.setQueued(link.unsent) }
        guard connection.charge() else { return }
        if link.inputEnd != nil {
            settleAfterEnd()
        } else if link.input.count >= limits.headerBytes {
            link.pauseReading()
        } else {
            link.resumeReading()
        }
        if !link.isClosed { wait() }
    }

    /// The deadline in force: that of what waits to be sent as long as anything does, whatever else the state; then the state's.
    /// After the peer's end nothing is to come: then only answers are waited for, and that they are taken.
    private func wait() {
        guard link.unsent == 0 else { return waitForSocket() }
        stalledAt = nil
        switch state {
        case .head where !parser.hasBegun: connection.wait(limits.idle)
        case .head: waitForPart(limits.readHeader)
        case .body: waitForPart(limits.readBody)
        case .answering: connection.wait(nil)
        case .ended: connection.wait(limits.linger)
        }
    }

    /// The time runs from the last progress: more to send is none.
    private func waitForSocket() {
        guard stalledAt != link.sent else { return }
        stalledAt = link.sent
        connection.wait(limits.write)
    }

    /// The time runs from the first byte of a head, and from the start of a body, however slowly the others drip.
    private func waitForPart(_ limit: Duration) {
        let now = link.reactor.round
        let due = partDue ?? now + limit
        partDue = due
        connection.wait(max(.zero, due - now))
    }

    private func freshParser() -> HTTP1Parser {
        partDue = nil
        var limits = HTTP1Limits()
        limits.fields = self.limits.headerFields
        limits.headBytes = self.limits.headerBytes
        limits.targetBytes = self.limits.targetBytes
        return HTTP1Parser(.request, limits: limits)
    }

    /// The peer sends no more. A whole answer still goes out to it; a stream has lost its reader.
    private func settleAfterEnd() {
        switch state {
        case .answering(let exchange) where !exchange.isStreaming && link.inputEnd == .clean:
            exchange.peerEnded()
        case .answering: link.close()
        case .head, .body, .ended: link.closeWhenSent(linger: .zero)
        }
    }

    // MARK: Answers

    /// For what never became a request: an answer in words, then the end.
    private func refuse(_ status: Int, _ text: String) {
        state = .ended
        releaseBody()
        let response = HTTPResponse.text(status, text)
        var fields = response.fields
        fields.set("content-length", String(response.body.count))
        fields.set("connection", "close")
        fields.set("date", connection.server.httpDate(link.reactor.round))
        var out: [UInt8] = []
        HTTP1Writer.responseHead(status, fields, into: &out)
        link.write(out + response.body)
        closeWhenSent()
    }

    private func closeWhenSent() {
        link.closeWhenSent(linger: limits.linger)
        // What the socket does not take has its deadline too.
        if !isProceeding, !link.isClosed { settle() }
    }

    /// Bytes of the current answer; they leave with `push` or when it is finished.
    func write(_ bytes: [UInt8]) { link.write(bytes) }

    func push() {
        guard !isProceeding else { return }
        link.flush()
        if !link.isClosed { settle() }
    }

    /// The current answer is complete.
    func finished(keepsAlive: Bool) {
        releaseBody()
        guard keepsAlive else {
            state = .ended
            return closeWhenSent()
        }
        state = .head
        proceed()
    }

    /// The current answer cannot be completed.
    func cut() { link.close() }

    var leaves: Bool { connection.shouldLeave || link.inputEnd != nil }
    var unsent: Int { link.unsent }
    func date() -> String { connection.server.httpDate(link.reactor.round) }

    private func releaseBody() {
        connection.server.shared.bodies.give(body.held)
        body = ServerHTTP1Body()
    }
}
