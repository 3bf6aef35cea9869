import HTTP2Engine
import Testing
import Wire

/// What RFC 9113 says of streams (section 5) and of requests (section 8), sentence by sentence.
@Suite struct HTTP2StreamRequirementsTests {
    private typealias Raw = RawFrames
    private static let open = Raw.headers(1, Raw.post, flags: 4)
    private static let half = Raw.headers(1, Raw.get)
    private static let trailer = Raw.literal("checksum", "1")

    static let states: [HTTP2Requirement] = [
        .init("RFC 9113 §5.1", "idle: DATA", .connectionError(.protocolError, .streamClosed), Raw.data(1, [1])),
        .init("RFC 9113 §5.1", "idle: RST_STREAM", .connectionError(.protocolError), Raw.reset(1)),
        .init("RFC 9113 §5.1", "idle: WINDOW_UPDATE", .connectionError(.protocolError), Raw.windowUpdate(1, 1)),
        .init(
            "RFC 9113 §5.1",
            "idle: CONTINUATION",
            .connectionError(.protocolError),
            Raw.continuation(1, Raw.get, end: true)
        ),
        .init("RFC 9113 §5.1", "idle: PRIORITY is borne", .borne, Raw.priority(1)),
        .init("RFC 9113 §5.1", "half-closed: DATA", .streamErrorOfTheConnection(.streamClosed), half, Raw.data(1, [1])),
        .init("RFC 9113 §5.1", "half-closed: HEADERS", .connectionError(.streamClosed), half, Raw.headers(1, trailer)),
        .init(
            "RFC 9113 §5.1",
            "half-closed: CONTINUATION",
            .connectionError(.protocolError, .streamClosed),
            half,
            Raw.continuation(1, trailer, end: true)
        ),
        .init(
            "RFC 9113 §5.1",
            "half-closed: WINDOW_UPDATE, PRIORITY and RST_STREAM are borne",
            .borne,
            half,
            Raw.windowUpdate(1, 1) + Raw.priority(1) + Raw.reset(1)
        ),
        .init(
            "RFC 9113 §5.1",
            "reset by the client: DATA",
            .connectionError(.streamClosed),
            open,
            Raw.reset(1),
            Raw.data(1, [1])
        ),
        .init(
            "RFC 9113 §5.1",
            "reset by the client: HEADERS",
            .connectionError(.streamClosed),
            open,
            Raw.reset(1),
            Raw.headers(1, trailer)
        ),
        .init(
            "RFC 9113 §5.1",
            "reset by the client: CONTINUATION",
            .connectionError(.protocolError, .streamClosed),
            open,
            Raw.reset(1),
            Raw.continuation(1, trailer, end: true)
        ),
        .init(
            "RFC 9113 §5.1",
            "ended by both: DATA",
            .connectionError(.streamClosed),
            half,
            Raw.data(1, [1]),
            answers: true
        ),
        .init(
            "RFC 9113 §5.1",
            "ended by both: HEADERS",
            .connectionError(.streamClosed),
            half,
            Raw.headers(1, Raw.get),
            answers: true
        ),
        .init(
            "RFC 9113 §5.1",
            "ended by both: WINDOW_UPDATE, PRIORITY and RST_STREAM are borne",
            .borne,
            half,
            Raw.windowUpdate(1, 1) + Raw.priority(1) + Raw.reset(1),
            answers: true
        ),
        .init(
            "RFC 9113 §5.1.1",
            "a client's streams are odd",
            .connectionError(.protocolError),
            Raw.headers(2, Raw.get)
        ),
        .init(
            "RFC 9113 §5.1.1",
            "a stream that was passed over is closed",
            .connectionError(.protocolError),
            Raw.headers(5, Raw.get),
            Raw.headers(3, Raw.get)
        ),
        .init(
            "RFC 9113 §5.1.1",
            "also once the one that passed it over has ended",
            .connectionError(.protocolError),
            Raw.headers(7, Raw.get),
            Raw.headers(1, Raw.get),
            answers: true
        ),
        .init(
            "RFC 9113 §5.1.1",
            "also between two that were opened",
            .connectionError(.protocolError),
            Raw.headers(1, Raw.get),
            Raw.headers(9, Raw.get),
            Raw.headers(5, Raw.get)
        ),
        .init(
            "RFC 9113 §5.1.1",
            "numbers may be passed over",
            .borne,
            Raw.headers(3, Raw.get),
            Raw.headers(101, Raw.get)
        ),
        .init(
            "RFC 9113 §5.3.2",
            "a stream does not depend on itself",
            .streamErrorOfTheConnection(.protocolError),
            Raw.frame(1, 5 | 32, 1, [0, 0, 0, 1, 9] + Raw.get)
        ),
        .init(
            "RFC 9113 §5.3.2",
            "PRIORITY does not make it depend on itself either",
            .streamErrorOfTheConnection(.protocolError),
            Raw.frame(2, 0, 1, [0, 0, 0, 1, 9])
        ),
        .init("RFC 9113 §5.5", "what extends HTTP/2 is passed over", .borne, open, Raw.frame(0x16, 0, 1, [1])),
    ]

    /// A request of these fields is malformed: its stream is reset, and nobody else notices.
    private static func malformed(_ section: String, _ says: String, _ block: [UInt8]) -> HTTP2Requirement {
        .init("RFC 9113 §" + section, says, .streamError(1, .protocolError), Raw.headers(1, block))
    }
    private static let authority = Raw.literal(nameIndex: 1, "webhook.test")

    static let requests: [HTTP2Requirement] = [
        .init(
            "RFC 9113 §8.1",
            "trailers end the stream",
            .streamError(1, .protocolError),
            open,
            Raw.headers(1, trailer, flags: 4)
        ),
        .init("RFC 9113 §8.1", "trailers are borne", .borne, open, Raw.headers(1, trailer), answers: true),
        .init(
            "RFC 9113 §8.1",
            "trailers have no pseudo fields",
            .streamError(1, .protocolError),
            open,
            Raw.headers(1, trailer + Raw.literal(":method", "GET"))
        ),
        .init(
            "RFC 9113 §8.1.1",
            "content-length is the length of the body",
            .streamError(1, .protocolError),
            Raw.headers(1, Raw.post + Raw.literal("content-length", "1"), flags: 4),
            Raw.data(1, [1, 2], end: true)
        ),
        .init(
            "RFC 9113 §8.1.1",
            "also over several frames",
            .streamError(1, .protocolError),
            Raw.headers(1, Raw.post + Raw.literal("content-length", "1"), flags: 4),
            Raw.data(1, [1]),
            Raw.data(1, [2], end: true)
        ),
        .init(
            "RFC 9113 §8.1.1",
            "also without a body",
            .streamError(1, .protocolError),
            Raw.headers(1, Raw.post + Raw.literal("content-length", "1"))
        ),
        malformed("8.2.1", "a name is lower case", Raw.get + Raw.literal("X-Test", "a")),
        malformed("8.2.1", "a name is not empty", Raw.get + Raw.literal("", "a")),
        malformed("8.2.1", "a name has no space", Raw.get + Raw.literal("a b", "a")),
        malformed("8.2.1", "a name has no colon", Raw.get + Raw.literal("a:b", "a")),
        malformed("8.2.1", "a value has no CR LF", Raw.get + Raw.literal("a", "b\r\nc: d")),
        malformed("8.2.1", "a value has no NUL", Raw.get + Raw.literal("a", "b\0c")),
        malformed("8.2.1", "a value begins with no space", Raw.get + Raw.literal("a", " b")),
        malformed("8.2.1", "a value ends with no space", Raw.get + Raw.literal("a", "b ")),
        malformed("8.2.2", "no connection", Raw.get + Raw.literal("connection", "keep-alive")),
        malformed("8.2.2", "no keep-alive", Raw.get + Raw.literal("keep-alive", "timeout=5")),
        malformed("8.2.2", "no proxy-connection", Raw.get + Raw.literal("proxy-connection", "keep-alive")),
        malformed("8.2.2", "no transfer-encoding", Raw.get + Raw.literal("transfer-encoding", "chunked")),
        malformed("8.2.2", "no upgrade", Raw.get + Raw.literal("upgrade", "h2c")),
        malformed("8.2.2", "te is trailers", Raw.get + Raw.literal("te", "gzip")),
        .init(
            "RFC 9113 §8.2.2",
            "te: trailers is borne",
            .borne,
            Raw.headers(1, Raw.get + Raw.literal("te", "trailers"))
        ),
        malformed("8.3", "no unknown pseudo field", Raw.get + Raw.literal(":test", "a")),
        malformed("8.3", "no pseudo field of an answer", Raw.get + [0x88]),
        malformed("8.3", "pseudo fields come first", [0x82, 0x87] + authority + Raw.literal("a", "b") + [0x84]),
        malformed("8.3.1", ":path is not empty", [0x82, 0x87] + authority + Raw.literal(":path", "")),
        malformed("8.3.1", ":path begins with a slash", [0x82, 0x87] + authority + Raw.literal(":path", "x")),
        malformed("8.3.1", ":path holds no space", [0x82, 0x87] + authority + Raw.literal(":path", "/a b")),
        malformed("8.3.1", ":path holds no CR LF", [0x82, 0x87] + authority + Raw.literal(":path", "/\r\nx: y")),
        malformed("8.3.1", ":method is there", [0x87, 0x84] + authority),
        malformed("8.3.1", ":scheme is there", [0x82, 0x84] + authority),
        malformed("8.3.1", ":path is there", [0x82, 0x87] + authority),
        malformed("8.3.1", ":authority or host is there", [0x82, 0x87, 0x84]),
        malformed("8.3.1", "one :method", Raw.get + [0x82]),
        malformed("8.3.1", "one :scheme", Raw.get + [0x87]),
        malformed("8.3.1", "one :path", Raw.get + [0x84]),
        malformed("8.3.1", "one :authority", Raw.get + authority),
        malformed(
            "8.5",
            "CONNECT has no :scheme and :path",
            Raw.literal(":method", "CONNECT") + [0x87, 0x84] + authority
        ),
    ]

    @Test(arguments: states) func streamsHaveStates(_ requirement: HTTP2Requirement) throws { try requirement.judge() }
    @Test(arguments: requests) func requestsAreWellFormed(_ requirement: HTTP2Requirement) throws {
        try requirement.judge()
    }

    @Test("RFC 9113 §5.1.2: a client that knows the number of streams and exceeds it loses the connection")
    func streamsBeyondTheNumberEndTheConnection() throws {
        var limits = HTTP2Limits()
        limits.concurrentStreams = 3
        let peer = try RawPeer(limits: limits)
        for stream in [1, 3, 5] { #expect(try peer.send(Raw.headers(UInt32(stream), Raw.get)).count == 1) }
        try peer.server.submitResponse(stream: 1, status: 200, fields: [:], body: .whole([]))
        _ = try SentFrame.all(of: peer.server)
        #expect(try peer.send(Raw.headers(7, Raw.get)).count == 1)
        #expect(try peer.send(Raw.headers(9, Raw.get)) == [])
        #expect(try SentFrame.all(of: peer.server).map(\.code) == [.protocolError] && peer.server.wantsClose)
    }

    @Test("RFC 9113 §5.1.2: one that does not know it yet loses that stream only")
    func streamsBeyondTheNumberAreRefused() throws {
        var limits = HTTP2Limits()
        limits.concurrentStreams = 3
        let peer = try RawPeer(limits: limits, isFirst: true)
        var begun: [HTTP2Event] = []
        for stream in [1, 3, 5, 7] {
            begun += try peer.send(
                (stream == 1 ? Raw.preface + Raw.settings : []) + Raw.headers(UInt32(stream), Raw.get)
            )
        }
        #expect(begun.count == 3)
        let reset = try SentFrame.all(of: peer.server).filter { $0.type == 3 }
        #expect(reset.map(\.stream) == [7] && reset.first?.code == .refusedStream)
        #expect(!peer.server.wantsClose)
    }

    @Test("RFC 9113 §5.1.1: what is remembered of numbers passed over is bounded, the newest of it")
    func gapsAreBounded() throws {
        let peer = try RawPeer()
        for index in 1...2_000 {
            for case .request(let stream, _, _) in try peer.send(Raw.headers(UInt32(4 * index - 1), Raw.get)) {
                try peer.server.submitResponse(stream: stream, status: 200, fields: [:], body: .whole([]))
            }
            _ = try SentFrame.all(of: peer.server)
        }
        #expect(try peer.send(Raw.headers(1, Raw.get)) == [])
        #expect(try SentFrame.all(of: peer.server) == [])
        _ = try peer.send(Raw.headers(7_997, Raw.get))
        #expect(try SentFrame.all(of: peer.server).first?.code == .protocolError)
    }
}
