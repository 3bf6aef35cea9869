import HTTP2Engine
import Testing
import Wire

/// Broken here means: API servers cannot reach the webhook over HTTP/2, or watches stall.
@Suite struct HTTP2SessionTests {
    static let answer = Array("yes".utf8)

    @Test(arguments: [1, 2, 3, 7, 100, Int.max])
    func aRequestIsAnsweredHoweverItsBytesAreCut(piece: Int) throws {
        let pair = try HTTP2Pair()
        pair.piece = piece
        let body = Array("{\"kind\":\"AdmissionReview\"}".utf8)
        let head = HTTP2RequestHead.post("/mutate", fields: ["content-type": "application/json"])
        let stream = try pair.client.submitRequest(head, body: .whole(body))
        try pair.exchange { event in
            guard case .data(let stream, _, end: true) = event else { return }
            try pair.server.submitResponse(stream: stream, status: 200, fields: ["a": "b"], body: .whole(Self.answer))
        }
        #expect(
            pair.seenByServer.merged == [
                .request(stream: stream, head, end: false),
                .data(stream: stream, body, end: true),
                .closed(stream: stream, .noError),
            ]
        )
        #expect(
            pair.seenByClient.merged == [
                .response(stream: stream, status: 200, fields: ["a": "b"], end: false),
                .data(stream: stream, Self.answer, end: true),
                .closed(stream: stream, .noError),
            ]
        )
        #expect(pair.client.openStreams == 0 && pair.server.openStreams == 0)
    }

    @Test func theSameBytesSplitAtEveryOffsetGiveTheSameEvents() throws {
        let client = try HTTP2Session(role: .client)
        _ = try client.submitRequest(.post("/a", fields: ["x": "y"]), body: .whole(Array("abcdefgh".utf8)))
        _ = try client.submitRequest(.get("/b"), body: .whole([]))
        var bytes: [UInt8] = []
        _ = try client.takeOutput(into: &bytes)
        func events(cut: Int) throws -> [HTTP2Event] {
            let server = try HTTP2Session(role: .server)
            let now = MonotonicInstant(nanoseconds: 0)
            let first = try server.receive(bytes.span.extracting(0..<cut), now: now)
            return try (first + server.receive(bytes.span.extracting(cut..<bytes.count), now: now)).merged
        }
        let whole = try events(cut: 0)
        #expect(whole.count == 3)
        for cut in 0...bytes.count { #expect(try events(cut: cut) == whole, "cut at \(cut)") }
    }

    @Test func bodilessMessagesEndWithTheirHead() throws {
        let pair = try HTTP2Pair()
        let stream = try pair.client.submitRequest(.get("/healthz"), body: .whole([]))
        try pair.exchange { event in
            guard case .request(let stream, _, end: true) = event else { return }
            try pair.server.submitResponse(stream: stream, status: 204, fields: [:], body: .whole([]))
        }
        #expect(
            pair.seenByClient == [
                .response(stream: stream, status: 204, fields: [:], end: true), .closed(stream: stream, .noError),
            ]
        )
    }

    @Test func manyStreamsRunSideBySide() throws {
        let pair = try HTTP2Pair()
        var streams: [Int32] = []
        for index in 0..<100 { streams.append(try pair.client.submitRequest(.get("/\(index)"), body: .whole([]))) }
        try pair.exchange { event in
            guard case .request(let stream, let head, _) = event else { return }
            let body = HTTP2Body.whole(Array(head.path.utf8))
            try pair.server.submitResponse(stream: stream, status: 200, fields: [:], body: body)
        }
        for (index, stream) in streams.enumerated() {
            let data = HTTP2Event.data(stream: stream, Array("/\(index)".utf8), end: true)
            #expect(pair.seenByClient.filter { $0 == data }.count == 1)
        }
    }

    // MARK: - Bodies

    @Test func aBodyStopsAtTheWindowUntilItIsConsumed() throws {
        let pair = try HTTP2Pair()
        let window = HTTP2Limits().streamWindowBytes
        let body = (0..<(5 * window)).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        let stream = try pair.client.submitRequest(.post("/"), body: .whole(body))
        try pair.exchange()
        var received: [UInt8] = []
        func drain() -> Int {
            var fresh = 0
            for case .data(stream, let bytes, _) in pair.seenByServer {
                received += bytes
                fresh += bytes.count
            }
            pair.seenByServer = []
            return fresh
        }
        // Until the server's settings arrive the client uses RFC 9113's 65,535; then it fills the window.
        #expect(drain() == window)
        #expect(pair.client.buffered(stream: stream) == body.count - window)
        try pair.exchange()
        #expect(drain() == 0, "nothing was consumed, nothing comes")
        while received.count < body.count {
            pair.server.consume(stream: stream, window)
            try pair.exchange()
            #expect(drain() > 0)
        }
        #expect(received == body)
        #expect(pair.client.buffered(stream: stream) == 0)
    }

    @Test func aStreamingResponseComesAsItIsSent() throws {
        let pair = try HTTP2Pair()
        let stream = try pair.client.submitRequest(.get("/watch"), body: .whole([]))
        try pair.exchange { event in
            guard case .request(let stream, _, _) = event else { return }
            try pair.server.submitResponse(stream: stream, status: 200, fields: [:], body: .streaming)
        }
        #expect(pair.seenByClient == [.response(stream: stream, status: 200, fields: [:], end: false)])
        for text in ["ADDED\n", "MODIFIED\n"] {
            pair.seenByClient = []
            pair.server.send(stream: stream, Array(text.utf8), end: false)
            #expect(pair.server.buffered(stream: stream) == text.utf8.count)
            try pair.exchange()
            #expect(pair.server.buffered(stream: stream) == 0)
            #expect(pair.seenByClient == [.data(stream: stream, Array(text.utf8), end: false)])
        }
        pair.seenByClient = []
        pair.server.send(stream: stream, [], end: true)
        pair.server.send(stream: stream, Array("too late".utf8), end: false)
        try pair.exchange()
        #expect(pair.seenByClient == [.data(stream: stream, [], end: true), .closed(stream: stream, .noError)])
    }

    @Test func aStreamingRequestComesAsItIsSent() throws {
        let pair = try HTTP2Pair()
        let stream = try pair.client.submitRequest(.post("/upload"), body: .streaming)
        pair.client.send(stream: stream, [1, 2], end: false)
        pair.client.send(stream: stream, [3], end: false)
        try pair.exchange()
        pair.client.send(stream: stream, [4], end: true)
        try pair.exchange()
        #expect(
            pair.seenByServer.merged == [
                .request(stream: stream, .post("/upload"), end: false), .data(stream: stream, [1, 2, 3, 4], end: true),
            ]
        )
    }

    @Test func outputStopsAtTheAskedSize() throws {
        let pair = try HTTP2Pair()
        let stream = try pair.client.submitRequest(.get("/"), body: .whole([]))
        try pair.exchange()
        let body = [UInt8](repeating: 7, count: 60_000)
        try pair.server.submitResponse(stream: stream, status: 200, fields: [:], body: .whole(body))
        var out: [UInt8] = []
        _ = try pair.server.takeOutput(into: &out, max: 1_000)
        // One frame at a time: at most 16 KiB beyond.
        #expect(out.count < 1_000 + 17_000)
        #expect(pair.server.hasOutput)
        let first = out.count
        _ = try pair.server.takeOutput(into: &out)
        #expect(out.count > first && !pair.server.hasOutput)
        pair.seenByClient += try pair.client.receive(out.span, now: pair.now)
        #expect(pair.seenByClient.merged.contains(.data(stream: stream, body, end: true)))
    }

    @Test func anAnswerBeforeTheEndOfTheRequestStopsTheRequest() throws {
        let pair = try HTTP2Pair()
        let stream = try pair.client.submitRequest(.post("/"), body: .streaming)
        try pair.exchange { event in
            guard case .request(let stream, _, _) = event else { return }
            try pair.server.submitResponse(stream: stream, status: 413, fields: [:], body: .whole(Self.answer))
        }
        #expect(
            pair.seenByClient == [
                .response(stream: stream, status: 413, fields: [:], end: false),
                .data(stream: stream, Self.answer, end: true), .closed(stream: stream, .noError),
            ]
        )
        #expect(pair.seenByServer.last == .closed(stream: stream, .noError))
        #expect(pair.server.openStreams == 0)
    }

    @Test func bytesOfClosedStreamsDoNotUseUpTheConnection() throws {
        var limits = HTTP2Limits()
        limits.connectionWindowBytes = 200_000
        limits.streamWindowBytes = 100_000
        let pair = try HTTP2Pair(server: limits)
        for _ in 0..<20 {
            let stream = try pair.client.submitRequest(.post("/"), body: .streaming)
            pair.client.send(stream: stream, [UInt8](repeating: 1, count: 60_000), end: false)
            try pair.exchange()
            // Nobody ever consumes a byte.
            pair.server.reset(stream: stream, .cancel)
            try pair.exchange()
            pair.server.consume(stream: stream, 60_000)
        }
        pair.seenByServer = []
        _ = try pair.client.submitRequest(.post("/"), body: .whole([UInt8](repeating: 2, count: 90_000)))
        try pair.exchange()
        let arrived = pair.seenByServer.reduce(0) { sum, event in
            if case .data(_, let bytes, _) = event { sum + bytes.count } else { sum }
        }
        #expect(arrived == 90_000)
    }

    // MARK: - Ends

    @Test func aResetByTheClientIsSeenByTheServer() throws {
        let pair = try HTTP2Pair()
        let stream = try pair.client.submitRequest(.get("/watch"), body: .whole([]))
        try pair.exchange { event in
            guard case .request(let stream, _, _) = event else { return }
            try pair.server.submitResponse(stream: stream, status: 200, fields: [:], body: .streaming)
        }
        pair.client.reset(stream: stream, .cancel)
        try pair.exchange()
        #expect(pair.seenByServer.last == .closed(stream: stream, .cancel))
        pair.server.send(stream: stream, [1], end: true)
        try pair.server.submitResponse(stream: stream, status: 500, fields: [:], body: .whole([]))
        #expect(!pair.server.hasOutput, "nobody is there to read it")
    }

    @Test func aResetByTheServerIsSeenByTheClient() throws {
        let pair = try HTTP2Pair()
        let stream = try pair.client.submitRequest(.get("/"), body: .whole([]))
        try pair.exchange { event in
            if case .request(let stream, _, _) = event { pair.server.reset(stream: stream, .http11Required) }
        }
        #expect(pair.seenByClient == [.closed(stream: stream, .http11Required)])
    }

    @Test func aPingIsAnswered() throws {
        let pair = try HTTP2Pair()
        pair.client.ping()
        try pair.exchange()
        #expect(pair.seenByClient == [.pong])
        #expect(pair.seenByServer == [])
    }

    @Test func goAwayLetsWhatIsUnderWayEnd() throws {
        let pair = try HTTP2Pair()
        let first = try pair.client.submitRequest(.get("/slow"), body: .whole([]))
        try pair.exchange()
        pair.server.goAway()
        // On its way when the server begins to drain: still served, because the server waits a round trip.
        let second = try pair.client.submitRequest(.get("/late"), body: .whole([]))
        try pair.exchange()
        #expect(pair.seenByServer.contains(.request(stream: second, .get("/late"), end: true)))
        #expect(pair.client.availableStreams == 0)
        #expect(throws: HTTP2Error.self) { try pair.client.submitRequest(.get("/no"), body: .whole([])) }
        #expect(!pair.server.wantsClose)
        for stream in [first, second] {
            try pair.server.submitResponse(stream: stream, status: 200, fields: [:], body: .whole(Self.answer))
        }
        try pair.exchange()
        for stream in [first, second] {
            #expect(pair.seenByClient.contains(.data(stream: stream, Self.answer, end: true)))
        }
        #expect(pair.seenByClient.contains(.goAway(last: second, .noError, debug: "")))
        #expect(pair.server.wantsClose && pair.client.wantsClose)
    }

    @Test func streamsAboveTheLastOfGoAwayWereNotProcessed() throws {
        let client = try HTTP2Session(role: .client)
        let now = MonotonicInstant(nanoseconds: 0)
        let first = try client.submitRequest(.get("/a"), body: .whole([]))
        let second = try client.submitRequest(.get("/b"), body: .whole([]))
        _ = try SentFrame.all(of: client)
        let bytes = RawFrames.settings + RawFrames.goAway(last: UInt32(first), .internalError, debug: "restart")
        #expect(
            try client.receive(bytes.span, now: now) == [
                .goAway(last: first, .internalError, debug: "restart"), .closed(stream: second, .refusedStream),
            ]
        )
        #expect(client.openStreams == 1)
    }

    @Test func terminateEndsAtOnce() throws {
        let pair = try HTTP2Pair()
        _ = try pair.client.submitRequest(.get("/"), body: .whole([]))
        try pair.exchange()
        pair.server.terminate(.internalError)
        try pair.exchange()
        #expect(pair.server.wantsClose)
        #expect(pair.seenByClient.last.map { "\($0)" }?.contains("INTERNAL_ERROR") == true)
    }

    // MARK: - Fields

    @Test func fieldsOfAnHTTP1ConnectionAreLeftOut() throws {
        let pair = try HTTP2Pair()
        let fields: HTTPFields = [
            "connection": "close", "transfer-encoding": "chunked", "host": "other.test", "keep-alive": "5", "x": "y",
        ]
        let stream = try pair.client.submitRequest(.get("/", fields: fields), body: .whole([]))
        try pair.exchange()
        #expect(pair.seenByServer == [.request(stream: stream, .get("/", fields: ["x": "y"]), end: true)])
    }

    @Test(arguments: [("x", "a\r\nb: c"), ("x", "\0"), ("Upper", "a"), ("a b", "c"), ("", "a"), (":path", "/")])
    func ourOwnFieldsAreChecked(name: String, value: String) throws {
        let client = try HTTP2Session(role: .client)
        var fields = HTTPFields()
        fields.add(name, value)
        #expect(throws: HTTP2Error.invalidField(name: name)) {
            try client.submitRequest(.get("/", fields: fields), body: .whole([]))
        }
        #expect(client.openStreams == 0)
    }
}
