import HTTP2Engine
import Wire

/// What a client sends, behind its preface: the events do not depend on how it is cut, and their order on each stream is
/// the one that the server's connection relies on.
func fuzzHTTP2Server(_ bytes: [UInt8]) throws(Finding) {
    let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    // With the preface, or without it if the input brings its own first bytes.
    let all = bytes.first == UInt8(ascii: "P") ? bytes : preface + bytes
    try holdCut(all) { () throws(HTTP2Error) in try HTTP2Session(role: .server) }
    var limits = HTTP2Limits()
    limits.concurrentStreams = 4
    limits.headerFields = 12
    limits.headerListBytes = 1_024
    limits.idleFrames = 8
    let made = outcome { () throws(HTTP2Error) in try HTTP2Session(role: .server, limits: limits) }
    guard let session = made.value else { throw Finding(description: "no session: \(made)") }
    try live(session, all)
}

/// What a server sends to a client that has asked three times.
func fuzzHTTP2Client(_ bytes: [UInt8]) throws(Finding) {
    let make = { () throws(HTTP2Error) -> HTTP2Session in
        let session = try HTTP2Session(role: .client)
        for path in ["/a", "/b", "/c"] {
            let head = HTTP2RequestHead(method: "POST", authority: "webhook.test", path: path)
            _ = try session.submitRequest(head, body: path == "/b" ? .streaming : .whole(Array("{}".utf8)))
        }
        return session
    }
    try holdCut(bytes, make)
    guard let session = outcome(make).value else { throw Finding(description: "no session") }
    try live(session, bytes)
}

/// In one piece and cut: the same events but for where data was cut, unless the peer erred. Then the session may end, which
/// it does between two pieces: what came in one with the mistake is still told, what comes later is not.
private func holdCut(_ bytes: [UInt8], _ make: () throws(HTTP2Error) -> HTTP2Session) throws(Finding) {
    let whole = outcome { () throws(HTTP2Error) in try received([bytes], try make()) }
    let cut = outcome { () throws(HTTP2Error) in try received(Pieces(bytes), try make()) }
    // nghttp2 counts a CONTINUATION once more for each piece in which its nine first bytes arrive.
    if let error = cut.error, error.description.contains("CONTINUATION") { return }
    try hold((whole.error == nil) == (cut.error == nil), "in one piece: \(whole); cut: \(cut)")
    guard let whole = whole.value, let cut = cut.value, !whole.erred, !cut.erred else { return }
    // A connection that is over reads no further, which it notices between two pieces.
    try hold(whole.connection.starts(with: cut.connection), "in one piece: \(whole); cut: \(cut)")
    try hold(whole.streams == cut.streams, "in one piece: \(whole); cut: \(cut)")
}

private struct Received {
    var streams: [Int32: [HTTP2Event]] = [:]
    var connection: [HTTP2Event] = []
    var erred = false
}

private func received(_ pieces: some Sequence<[UInt8]>, _ session: HTTP2Session) throws(HTTP2Error) -> Received {
    var out: [UInt8] = []
    _ = try session.takeOutput(into: &out)
    var result = Received()
    for piece in pieces {
        for event in try session.receive(piece.span, now: MonotonicInstant(nanoseconds: 0)) {
            if event.stream == 0 {
                result.connection.append(event)
            } else {
                append(event, to: &result.streams[event.stream, default: []])
            }
        }
    }
    result.erred = session.peerMistake != nil
    return result
}

private func append(_ event: HTTP2Event, to story: inout [HTTP2Event]) {
    if case .data(let stream, let more, let end) = event, case .data(_, let bytes, end: false)? = story.last {
        story[story.count - 1] = .data(stream: stream, bytes + more, end: end)
    } else {
        story.append(event)
    }
}

/// As a connection does it: answers, gives back what was read, sends what is due. Every stream's events come in order.
private func live(_ session: HTTP2Session, _ bytes: [UInt8]) throws(Finding) {
    var story: [Int32: [HTTP2Event]] = [:]
    var out: [UInt8] = []
    var now: Int64 = 0
    do throws(HTTP2Error) {
        _ = try session.takeOutput(into: &out)
        for piece in Pieces(bytes) {
            now += 1_000_000
            var events = try session.receive(piece.span, now: MonotonicInstant(nanoseconds: now))
            for event in events { try act(on: event, session) }
            events += try session.takeOutput(into: &out)
            for event in events { story[event.stream, default: []].append(event) }
            if out.count > 1 << 20 { out.removeAll() }
        }
        session.goAway()
        for event in try session.takeOutput(into: &out) { story[event.stream, default: []].append(event) }
    } catch {
        return try hold(!error.description.isEmpty, "an error without a word")
    }
    for (stream, events) in story where stream != 0 { try holdOrder(events, of: stream) }
    try hold(session.openStreams <= 4, "\(session.openStreams) streams are open")
}

private func act(on event: HTTP2Event, _ session: HTTP2Session) throws(HTTP2Error) {
    switch event {
    case .request(let stream, let head, _):
        let body: HTTP2Body = head.path == "/stream" ? .streaming : .whole(Array(head.path.utf8))
        try session.submitResponse(stream: stream, status: 200, fields: ["content-type": "text/plain"], body: body)
        if body == .streaming { session.send(stream: stream, Array("part".utf8), end: head.method == "GET") }
    case .data(let stream, let bytes, _): session.consume(stream: stream, bytes.count)
    case .trailers(let stream, _): session.reset(stream: stream, .cancel)
    case .response, .closed, .goAway, .pong: break
    }
}

private func holdOrder(_ events: [HTTP2Event], of stream: Int32) throws(Finding) {
    var begun = false
    var ended = false
    var closed = false
    for event in events {
        try hold(!closed, "stream \(stream): \(event) after its end")
        switch event {
        case .request(_, _, let end), .response(_, _, _, let end):
            try hold(!begun, "stream \(stream) begins twice")
            (begun, ended) = (true, end)
        case .data(_, _, let end):
            try hold(begun && !ended, "stream \(stream): data where none is expected")
            ended = end
        case .trailers:
            try hold(begun && !ended, "stream \(stream): trailers where none are expected")
            ended = true
        case .closed: closed = true
        case .goAway, .pong: throw Finding(description: "stream \(stream): \(event)")
        }
    }
}

extension HTTP2Event {
    /// 0: the connection.
    fileprivate var stream: Int32 {
        switch self {
        case .request(let stream, _, _), .response(let stream, _, _, _), .data(let stream, _, _),
            .trailers(let stream, _), .closed(let stream, _):
            stream
        case .goAway, .pong: 0
        }
    }
}
