internal import HTTP2Engine
internal import Wire

/// Writes the answer to one HTTP/2 request.
final class ServerHTTP2Exchange: ServerExchange {
    private enum State { case waiting, streaming, answered, lost }

    let gauge = StreamGauge()
    /// Let go when the stream is closed: until then each holds the other.
    private var connection: ServerHTTP2?
    private let stream: Int32
    private let isHead: Bool
    private var state = State.waiting
    private var closeHandlers: [@Sendable () -> Void] = []

    init(_ connection: ServerHTTP2, stream: Int32, isHead: Bool) {
        self.connection = connection
        self.stream = stream
        self.isHead = isHead
    }

    /// Complete on our side; the peer may not have taken all of it.
    var isAnswered: Bool { state == .answered }

    func respond(_ response: HTTPResponse) {
        guard state == .waiting, let connection else { return }
        let hasBody = !(response.status < 200 || response.status == 204 || response.status == 304)
        connection.submit(
            stream,
            response.status,
            Self.allowed(response.fields),
            length: hasBody ? response.body.count : nil,
            .whole(hasBody && !isHead ? response.body : [])
        )
        answered()
    }

    func begin(status: Int, fields: HTTPFields) {
        guard state == .waiting, let connection else { return }
        guard !isHead else {
            connection.submit(stream, status, Self.allowed(fields), .whole([]))
            return answered()
        }
        state = .streaming
        connection.submit(stream, status, Self.allowed(fields), .streaming)
        connection.push()
    }

    func send(_ bytes: [UInt8]) {
        guard state == .streaming, let connection else { return }
        connection.send(stream, bytes, end: false)
        updateGauge()
        connection.push()
    }

    func finish() {
        guard state == .streaming, let connection else { return }
        connection.send(stream, [], end: true)
        answered()
    }

    func cut() {
        guard state == .waiting || state == .streaming, let connection else { return }
        connection.reset(stream)
        connection.push()
    }

    func onClose(_ body: @escaping @Sendable () -> Void) {
        switch state {
        case .lost: body()
        case .answered: break
        case .waiting, .streaming: closeHandlers.append(body)
        }
    }

    private func answered() {
        state = .answered
        closeHandlers = []
        gauge.end()
        connection?.answered(stream)
    }

    // MARK: The connection's side

    func updateGauge() {
        if state == .streaming, let connection { gauge.setQueued(connection.buffered(stream)) }
    }

    /// The stream is closed.
    func peerLeft() {
        connection = nil
        guard state != .answered else { return }
        state = .lost
        gauge.end()
        let handlers = closeHandlers
        closeHandlers = []
        for handler in handlers { handler() }
    }

    /// RFC 9113 §8.2.2: HTTP/2 has no fields of the connection; the length is ours to say.
    private static func allowed(_ given: HTTPFields) -> HTTPFields {
        guard given.all.contains(where: { isRefused($0.name) }) else { return given }
        var fields = HTTPFields()
        for (name, value) in given.all where !isRefused(name) { fields.add(name, value) }
        return fields
    }

    private static func isRefused(_ name: String) -> Bool {
        // Most names have another length, which is cheaper to see.
        switch name.utf8.count {
        case 7, 10, 14, 17: break
        default: return false
        }
        return switch name {
        case "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade": true
        default: false
        }
    }
}
