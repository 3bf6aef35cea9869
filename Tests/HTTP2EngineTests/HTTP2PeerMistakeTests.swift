import HTTP2Engine
import Testing
import Wire

/// Peers that err and peers that attack. None may crash us, make us work without bound, or hurt another stream.
@Suite struct HTTP2PeerMistakeTests {
    // MARK: - Floods

    static let floods: [(name: String, frames: @Sendable (Int) -> [UInt8])] = [
        ("PING", { _ in RawFrames.ping() }),
        ("SETTINGS", { _ in RawFrames.settings }),
        ("PRIORITY", { _ in RawFrames.priority(1) }),
        ("unknown types", { index in RawFrames.frame(UInt8(10 + index % 246), 0xff, UInt32(index % 3), [1, 2]) }),
        (
            "rapid reset",
            { index in
                let stream = UInt32(2 * index + 1)
                return RawFrames.headers(stream, RawFrames.get) + RawFrames.reset(stream)
            }
        ),
        (
            "empty DATA",
            { index in
                (index == 0 ? RawFrames.headers(1, RawFrames.post, flags: 4) : []) + RawFrames.data(1, [])
            }
        ),
    ]

    @Test(arguments: floods.indices)
    func aFloodIsEndedWithEnhanceYourCalm(index: Int) throws {
        let flood = Self.floods[index]
        let peer = try RawPeer()
        var sent = 0
        while !peer.server.wantsClose, sent < 5_000 {
            _ = try peer.send(flood.frames(sent))
            sent += 1
            let frames = try SentFrame.all(of: peer.server)
            if let goAway = frames.first(where: { $0.type == 7 }) {
                #expect(goAway.code == .enhanceYourCalm, "\(flood.name)")
            }
        }
        // SETTINGS of the connection's beginning counts too.
        #expect(
            (HTTP2Limits.idleFramesMax - 1...HTTP2Limits.idleFramesMax + 1).contains(sent),
            "\(flood.name): \(sent)"
        )
        #expect(peer.server.peerMistake?.contains("burst") == true)
        #expect(try peer.send(RawFrames.ping()) == [])
        #expect(try SentFrame.all(of: peer.server) == [])
    }

    @Test(arguments: floods.indices)
    func aFloodInOnePieceIsEndedToo(index: Int) throws {
        let peer = try RawPeer()
        let flood = Self.floods[index].frames
        // nghttp2 may see it first (too many SETTINGS or PING to acknowledge): that is an error of the session.
        do {
            _ = try peer.send((0..<3_000).flatMap { flood($0) })
        } catch {
            #expect("\(error)".contains("Flooding"), "\(error)")
        }
        // And nobody else says something else before.
        #expect(try SentFrame.all(of: peer.server).filter { $0.type == 7 }.map(\.code) == [.enhanceYourCalm])
        #expect(try peer.send(RawFrames.ping()) == [])
    }

    @Test func aConnectionThatPingsForDaysIsNoFlood() throws {
        var peer = try RawPeer()
        for _ in 0..<(10 * 2_880) {
            peer.now = peer.now + .seconds(30)
            _ = try peer.send(RawFrames.ping())
            #expect(try SentFrame.all(of: peer.server).map(\.type) == [6])
        }
        #expect(!peer.server.wantsClose)
    }

    @Test func streamsThatEndWellEarnTheBudgetBack() throws {
        let peer = try RawPeer()
        for index in 0..<5_000 {
            let stream = UInt32(2 * index + 1)
            for case .request(let stream, _, _) in try peer.send(RawFrames.headers(stream, RawFrames.get)) {
                try peer.server.submitResponse(stream: stream, status: 200, fields: [:], body: .whole([]))
            }
            _ = try SentFrame.all(of: peer.server)
            _ = try peer.send(RawFrames.ping())
            _ = try SentFrame.all(of: peer.server)
        }
        #expect(!peer.server.wantsClose)
    }

    @Test func aSettingsFrameOfTooManyEntriesIsRefused() throws {
        let peer = try RawPeer()
        let entry: [UInt8] = [0, 3, 0, 0, 0, 9]
        let most = (0..<HTTP2Limits.settingsEntriesMax).flatMap { _ in entry }
        _ = try peer.send(RawFrames.frame(4, 0, 0, most))
        #expect(try SentFrame.all(of: peer.server).map(\.type) == [4])
        _ = try? peer.send(RawFrames.frame(4, 0, 0, most + entry))
        #expect(try SentFrame.all(of: peer.server).last?.code == .enhanceYourCalm)
    }

    // MARK: - Limits

    @Test func tooManyFieldsAreAnswered431AndNobodyElseNotices() throws {
        let pair = try HTTP2Pair()
        var fields = HTTPFields()
        for index in 0..<(HTTP2Limits.headerFieldsMax + 1) { fields.add("f\(index)", "v") }
        let large = try pair.client.submitRequest(.post("/", fields: fields), body: .whole([1, 2, 3]))
        let small = try pair.client.submitRequest(.get("/"), body: .whole([]))
        try pair.exchange()
        #expect(pair.seenByServer == [.request(stream: small, .get("/"), end: true)])
        #expect(status(of: large, pair.seenByClient.first) == 431)
        guard case .data(large, let body, end: true) = pair.seenByClient.dropFirst().first else {
            return #expect(Bool(false), "the answer says nothing")
        }
        #expect(String(decoding: body, as: UTF8.self).contains("more than 100 fields"))
        #expect(pair.seenByClient.dropFirst(2) == [.closed(stream: large, .noError)])
        #expect(pair.server.openStreams == 1)
        #expect(pair.server.peerMistake?.contains("header list") == true)
    }

    /// A frame of a server ended the whole program of a client, which tried to answer them with 431.
    @Test(arguments: [(HTTP2Body.streaming, HTTP2Code.enhanceYourCalm), (.whole([1, 2, 3]), .noError)])
    func aResponseOfTooManyFieldsEndsItsStreamAlone(body: HTTP2Body, code: HTTP2Code) throws {
        let pair = try HTTP2Pair()
        var fields = HTTPFields()
        for index in 0..<(HTTP2Limits.headerFieldsMax + 1) { fields.add("f\(index)", "v") }
        let large = try pair.client.submitRequest(.get("/large"), body: .whole([]))
        let small = try pair.client.submitRequest(.get("/small"), body: .whole([]))
        try pair.exchange()
        try pair.server.submitResponse(stream: large, status: 200, fields: fields, body: body)
        try pair.server.submitResponse(stream: small, status: 204, fields: [:], body: .whole([]))
        try pair.exchange()
        #expect(pair.seenByClient.contains(.closed(stream: large, code)))
        #expect(pair.seenByClient.contains(.response(stream: small, status: 204, fields: [:], end: true)))
        #expect(pair.seenByClient.count == 3 && pair.client.openStreams == 0)
        #expect(pair.client.peerMistake?.contains("header list") == true)
    }

    private func status(of stream: Int32, _ event: HTTP2Event?) -> Int? {
        if case .response(stream, let status, _, end: false) = event { status } else { nil }
    }

    @Test func tooManyHeaderBytesAreAnswered431() throws {
        var limits = HTTP2Limits()
        limits.headerListBytes = 1_000
        let pair = try HTTP2Pair(server: limits)
        let value = String(repeating: "v", count: 900)
        let stream = try pair.client.submitRequest(.get("/", fields: ["x": value]), body: .whole([]))
        try pair.exchange()
        #expect(pair.seenByServer == [])
        #expect(status(of: stream, pair.seenByClient.first) == 431)
    }

    @Test func aSmallTextThatUnpacksToALargeOneIsAnswered431() throws {
        let peer = try RawPeer()
        // One field of 3.9 KB enters the table; each further byte names it again (index 62).
        let value = [UInt8](repeating: UInt8(ascii: "v"), count: 3_900)
        let entry: [UInt8] = [0x40, 1, UInt8(ascii: "x"), 0x7F, 0xBD, 0x1D] + value
        let block = RawFrames.get + entry + [UInt8](repeating: 0xBE, count: 10_000)
        #expect(try peer.send(RawFrames.headers(1, block)) == [])
        #expect(try SentFrame.all(of: peer.server).contains { $0.type == 1 && $0.stream == 1 })
        #expect(peer.server.peerMistake?.contains("header list") == true)
    }

    @Test func streamsBeyondTheLimitAreRefused() throws {
        let limits = HTTP2Limits()
        let peer = try RawPeer(limits: limits)
        var begun = 0
        for index in 0..<(limits.concurrentStreams + 10) {
            let events = try peer.send(RawFrames.headers(UInt32(2 * index + 1), RawFrames.get))
            begun += events.count
            if peer.server.wantsClose { break }
        }
        #expect(begun == limits.concurrentStreams)
        #expect(peer.server.openStreams == limits.concurrentStreams)
        #expect(try SentFrame.all(of: peer.server).contains { $0.code == .protocolError || $0.code == .refusedStream })
    }

    @Test func aClientKnowsHowManyStreamsItMayOpen() throws {
        var limits = HTTP2Limits()
        limits.concurrentStreams = 3
        let pair = try HTTP2Pair(server: limits)
        try pair.exchange()
        #expect(pair.client.availableStreams == 3)
        for _ in 0..<3 { _ = try pair.client.submitRequest(.get("/"), body: .whole([])) }
        #expect(pair.client.availableStreams == 0)
        #expect(throws: HTTP2Error.self) { try pair.client.submitRequest(.get("/"), body: .whole([])) }
        try pair.exchange { event in
            guard case .request(let stream, _, _) = event else { return }
            try pair.server.submitResponse(stream: stream, status: 200, fields: [:], body: .whole([]))
        }
        #expect(pair.client.availableStreams == 3)
    }

    // MARK: - Malformed messages

    static let malformed: [(name: String, block: [UInt8])] = [
        ("no :path", [0x82, 0x87] + RawFrames.literal(nameIndex: 1, "webhook.test")),
        ("no :method", [0x87, 0x84] + RawFrames.literal(nameIndex: 1, "webhook.test")),
        ("two :path", RawFrames.get + [0x84]),
        ("upper case", RawFrames.get + RawFrames.literal("Upper", "a")),
        ("connection", RawFrames.get + RawFrames.literal("connection", "close")),
        ("transfer-encoding", RawFrames.get + RawFrames.literal("transfer-encoding", "chunked")),
        ("pseudo after field", [0x82, 0x87] + RawFrames.literal("a", "b") + [0x84]),
        ("unknown pseudo", RawFrames.get + RawFrames.literal(":other", "b")),
        (":status", RawFrames.get + [0x88]),
    ]

    @Test(arguments: malformed.indices)
    func aMalformedRequestCostsItsStreamOnly(index: Int) throws {
        let peer = try RawPeer()
        let events = try peer.send(RawFrames.headers(1, Self.malformed[index].block))
        #expect(!events.contains { if case .request = $0 { true } else { false } }, "\(Self.malformed[index].name)")
        let frames = try SentFrame.all(of: peer.server)
        #expect(frames.contains { $0.type == 3 && $0.stream == 1 && $0.code == .protocolError })
        let next = try peer.send(RawFrames.headers(3, RawFrames.get))
        #expect(next == [.request(stream: 3, .get("/"), end: true)])
        #expect(peer.server.openStreams == 1)
    }

    @Test(arguments: [("5", "abc"), ("2", "abc"), ("0", "a")])
    func aBodyThatIsNotAsLongAsItSaysNeverEndsWell(length: String, body: String) throws {
        let peer = try RawPeer()
        let block = RawFrames.post + RawFrames.literal("content-length", length)
        let events = try peer.send(
            RawFrames.headers(1, block, flags: 4) + RawFrames.data(1, Array(body.utf8), end: true)
        )
        #expect(!events.contains { if case .data(_, _, end: true) = $0 { true } else { false } })
        var reset: [UInt8] = []
        let closing = try peer.server.takeOutput(into: &reset)
        #expect(reset == RawFrames.reset(1, .protocolError))
        #expect(closing == [.closed(stream: 1, .protocolError)])
    }

    @Test func trailersEndABody() throws {
        let peer = try RawPeer()
        let trailers = RawFrames.headers(1, RawFrames.literal("checksum", "1"))
        let request = RawFrames.headers(1, RawFrames.post, flags: 4) + RawFrames.data(1, [9])
        #expect(
            try peer.send(request + trailers).merged == [
                .request(stream: 1, .post("/"), end: false), .data(stream: 1, [9], end: false),
                .trailers(stream: 1, ["checksum": "1"]),
            ]
        )
    }

    /// Who was told of the request is told of its end, and at once: an answer could be left to wait for ever.
    @Test func trailersThatAreTooLargeEndTheirStream() throws {
        var limits = HTTP2Limits()
        limits.headerFields = 5
        let peer = try RawPeer(limits: limits)
        let six = (0..<6).flatMap { RawFrames.literal("x\($0)", "y") }
        let request = RawFrames.headers(1, RawFrames.post, flags: 4) + RawFrames.data(1, [9])
        let events = try peer.send(request + RawFrames.headers(1, six)).merged
        #expect(events == [.request(stream: 1, .post("/"), end: false), .data(stream: 1, [9], end: false)])
        var reset: [UInt8] = []
        let closing = try peer.server.takeOutput(into: &reset)
        #expect(reset == RawFrames.reset(1, .enhanceYourCalm))
        #expect(closing == [.closed(stream: 1, .enhanceYourCalm)])
        #expect(peer.server.openStreams == 0)
    }

    @Test func informationalResponsesArePassedOver() throws {
        let client = try HTTP2Session(role: .client)
        let stream = try client.submitRequest(.get("/"), body: .whole([]))
        _ = try SentFrame.all(of: client)
        let early = RawFrames.headers(1, RawFrames.literal(":status", "103") + RawFrames.literal("link", "a"), flags: 4)
        let bytes = RawFrames.settings + early + RawFrames.headers(1, [0x88])
        #expect(
            try client.receive(bytes.span, now: MonotonicInstant(nanoseconds: 0)) == [
                .response(stream: stream, status: 200, fields: [:], end: true), .closed(stream: stream, .noError),
            ]
        )
    }

    /// It was passed over as an interim answer, so that trailers came before any response.
    @Test func aStatusBelowOneHundredIsAResponse() throws {
        let client = try HTTP2Session(role: .client)
        let stream = try client.submitRequest(.get("/"), body: .whole([]))
        _ = try SentFrame.all(of: client)
        let head = RawFrames.headers(1, RawFrames.literal(nameIndex: 8, "050"), flags: 4)
        let bytes = RawFrames.settings + head + RawFrames.headers(1, RawFrames.literal("a", "b"))
        #expect(
            try client.receive(bytes.span, now: MonotonicInstant(nanoseconds: 0)) == [
                .response(stream: stream, status: 50, fields: [:], end: false),
                .trailers(stream: stream, ["a": "b"]), .closed(stream: stream, .noError),
            ]
        )
    }

    @Test func aHostStandsInForTheAuthority() throws {
        let peer = try RawPeer()
        let block: [UInt8] = [0x82, 0x87, 0x84] + RawFrames.literal("host", "old.test")
        let head = HTTP2RequestHead(method: "GET", authority: "old.test", path: "/", fields: ["host": "old.test"])
        #expect(try peer.send(RawFrames.headers(1, block)) == [.request(stream: 1, head, end: true)])
    }

    // MARK: - What is no HTTP/2

    @Test(arguments: [
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
        "\u{16}\u{3}\u{1}\0\u{5}hello, this is TLS",
    ])
    func whatIsNoPrefaceEndsTheSession(text: String) throws {
        let server = try HTTP2Session(role: .server)
        let now = MonotonicInstant(nanoseconds: 0)
        #expect(throws: HTTP2Error.self) { try server.receive(Array(text.utf8).span, now: now) }
        #expect(try server.receive(Array(text.utf8).span, now: now) == [])
    }

    @Test(arguments: [
        ("a frame larger than 16 KiB", RawFrames.frame(0, 0, 1, [UInt8](repeating: 0, count: 16_385))),
        ("DATA on stream 0", RawFrames.data(0, [1])),
        ("HEADERS on an even stream", RawFrames.headers(2, RawFrames.get)),
        ("a broken field block", RawFrames.headers(1, [0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])),
        ("a window of zero", RawFrames.frame(8, 0, 0, [0, 0, 0, 0])),
        ("PING of seven bytes", RawFrames.frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7])),
        ("PUSH_PROMISE by a client", RawFrames.frame(5, 4, 1, [0, 0, 0, 2] + RawFrames.get)),
        ("CONTINUATION out of place", RawFrames.continuation(1, [], end: true)),
    ])
    func aBrokenConnectionIsEndedWithItsReason(name: String, bytes: [UInt8]) throws {
        let peer = try RawPeer()
        #expect(try peer.send(bytes) == [])
        let goAway = try SentFrame.all(of: peer.server).first { $0.type == 7 }
        #expect(goAway?.code != nil && goAway?.code != .noError, "\(name)")
        #expect(peer.server.wantsClose, "\(name)")
    }

    @Test func randomBytesNeverCrash() throws {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        for _ in 0..<2_000 {
            let peer = try RawPeer()
            for _ in 0..<10 {
                let payload = (0..<Int(next() % 40)).map { _ in UInt8(truncatingIfNeeded: next()) }
                let type = UInt8(next() % 11)
                let bytes = RawFrames.frame(type, UInt8(truncatingIfNeeded: next()), UInt32(next() % 6), payload)
                do { _ = try peer.send(bytes) } catch { break }
                _ = try SentFrame.all(of: peer.server)
            }
            #expect(peer.server.openStreams <= 5)
        }
    }
}
