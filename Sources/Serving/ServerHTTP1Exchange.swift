internal import Wire

/// Writes the answer to one HTTP/1 request.
final class ServerHTTP1Exchange: ServerExchange {
    private enum State { case waiting, streaming(chunked: Bool), done, lost }

    let gauge = StreamGauge()
    private weak var connection: ServerHTTP1?
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
        var out = head(response.status, response.fields) { fields in
            if hasBody { fields.set("content-length", String(response.body.count)) }
        }
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
        let out = head(status, fields, mustClose: hasBody && !chunked) { fields in
            if chunked, !Self.isBodiless(status) { fields.set("transfer-encoding", "chunked") }
        }
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
        mustClose: Bool = false,
        _ frame: (inout HTTPFields) -> Void
    ) -> [UInt8] {
        var fields = HTTPFields()
        for (name, value) in given.all where !Self.ownNames.contains(name) { fields.add(name, value) }
        frame(&fields)
        keepsAlive = mayKeepAlive && !mustClose && connection?.leaves == false
        if !keepsAlive { fields.add("connection", "close") }
        if keepsAlive, minorVersion == 0 { fields.add("connection", "keep-alive") }
        if fields["date"] == nil, let connection { fields.add("date", connection.date()) }
        var out: [UInt8] = []
        out.reserveCapacity(256)
        HTTP1Writer.responseHead(status, fields, into: &out)
        return out
    }

    private static let ownNames = ["content-length", "transfer-encoding", "connection"]

    private static func isBodiless(_ status: Int) -> Bool { status < 200 || status == 204 || status == 304 }
}
