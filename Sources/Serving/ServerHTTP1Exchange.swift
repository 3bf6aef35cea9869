internal import Wire

/// Writes the answer to one HTTP/1 request.
final class ServerHTTP1Exchange: ServerExchange {
    private enum State { case waiting, streaming(chunked: Bool), done, lost }

    let gauge = StreamGauge()
    /// Let go when the answer is complete or the peer has left: until then each holds the other.
    private var connection: ServerHTTP1?
    private let method: String
    private let minorVersion: Int
    private let mayKeepAlive: Bool
    private var keepsAlive = false
    private var state = State.waiting
    private var hasPeerEnded = false
    private var closeHandlers: [@Sendable () -> Void] = []

    init(_ connection: ServerHTTP1, method: String, _ head: HTTP1Head) {
        self.connection = connection
        self.method = method
        minorVersion = head.minorVersion
        mayKeepAlive = head.keepsAlive
    }

    var isStreaming: Bool { if case .streaming = state { true } else { false } }

    func respond(_ response: HTTPResponse) {
        guard case .waiting = state, let connection else { return }
        let hasBody = !Self.isBodiless(response.status)
        var out = head(response.status, response.fields, hasBody ? .length(response.body.count) : .none)
        // The link joins small pieces and keeps a large one as it is.
        if hasBody, method != "HEAD", response.body.count <= OutputQueue.joined {
            out += response.body
            connection.write(out)
        } else {
            connection.write(out)
            if hasBody, method != "HEAD" { connection.write(response.body) }
        }
        end(.done)
    }

    func begin(status: Int, fields: HTTPFields) {
        guard case .waiting = state, let connection else { return }
        // HTTP/1.0 knows no chunks: the end of the connection ends the body.
        let chunked = minorVersion == 1
        let hasBody = !Self.isBodiless(status) && method != "HEAD"
        let framing: HTTP1Head.Framing = chunked && !Self.isBodiless(status) ? .chunked : .none
        let out = head(status, fields, framing, mustClose: hasBody && !chunked)
        state = hasBody ? .streaming(chunked: chunked) : .done
        connection.write(out)
        if hasBody { push() } else { end(.done) }
    }

    func send(_ bytes: [UInt8]) {
        guard case .streaming(let chunked) = state, let connection else { return }
        var out: [UInt8] = []
        if chunked { HTTP1Writer.chunk(bytes, into: &out) } else { out = bytes }
        connection.write(out)
        push()
    }

    func finish() {
        guard case .streaming(let chunked) = state, let connection else { return }
        if chunked { connection.write(HTTP1Writer.lastChunk) }
        end(.done)
    }

    func cut() {
        guard let connection else { return }
        switch state {
        case .waiting, .streaming: connection.cut()
        case .done, .lost: break
        }
    }

    func onClose(_ body: @escaping @Sendable () -> Void) {
        switch state {
        case .lost: body()
        case .done: break
        case .waiting, .streaming: if hasPeerEnded { body() } else { closeHandlers.append(body) }
        }
    }

    // MARK: The connection's side

    func setQueued(_ count: Int) { gauge.setQueued(count) }

    /// The connection is closed before the answer was complete.
    func peerLeft() {
        state = .lost
        connection = nil
        gauge.end()
        callCloseHandlers()
    }

    /// The peer sends no more: most likely it is gone, and the service hears so. Should it have closed only its own side,
    /// it still gets an answer if one comes.
    func peerEnded() {
        hasPeerEnded = true
        callCloseHandlers()
    }

    private func callCloseHandlers() {
        let handlers = closeHandlers
        closeHandlers = []
        for handler in handlers { handler() }
    }

    private func push() {
        if let connection { gauge.setQueued(connection.unsent) }
        connection?.push()
    }

    private func end(_ state: State) {
        let connection = connection
        // A write may have found the peer gone.
        if case .lost = self.state { return }
        self.state = state
        self.connection = nil
        gauge.end()
        closeHandlers = []
        connection?.finished(keepsAlive: keepsAlive)
    }

    /// The framing and the connection are ours to say.
    private func head(
        _ status: Int,
        _ given: HTTPFields,
        _ framing: HTTP1Head.Framing,
        mustClose: Bool = false
    ) -> [UInt8] {
        keepsAlive = mayKeepAlive && !mustClose && connection?.leaves == false
        var out: [UInt8] = []
        // Room for head and body of nearly every answer.
        out.reserveCapacity(1 << 10)
        HTTP1Writer.startResponse(status, into: &out)
        var isDated = false
        for (name, value) in given.all {
            switch name {
            case "content-length", "transfer-encoding", "connection": continue
            case "date": isDated = true
            default: break
            }
            HTTP1Writer.field(name, value, into: &out)
        }
        switch framing {
        case .length(let count): HTTP1Writer.contentLength(count, into: &out)
        case .chunked: HTTP1Writer.field("transfer-encoding", "chunked", into: &out)
        case .none, .untilClose: break
        }
        if !keepsAlive { HTTP1Writer.field("connection", "close", into: &out) }
        if keepsAlive, minorVersion == 0 { HTTP1Writer.field("connection", "keep-alive", into: &out) }
        if !isDated, let connection { HTTP1Writer.field("date", connection.date(), into: &out) }
        HTTP1Writer.endHead(&out)
        return out
    }

    private static func isBodiless(_ status: Int) -> Bool { status < 200 || status == 204 || status == 304 }
}
