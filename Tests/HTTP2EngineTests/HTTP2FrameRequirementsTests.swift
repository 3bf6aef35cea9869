import HTTP2Engine
import Testing
import Wire

/// What RFC 9113 says of frames (sections 3, 4 and 6) and RFC 7541 of field blocks, sentence by sentence.
@Suite struct HTTP2FrameRequirementsTests {
    private typealias Raw = RawFrames
    private static let open = Raw.headers(1, Raw.post, flags: 4)
    private static let half = Raw.headers(1, Raw.get)
    private static let zeros = [UInt8](repeating: 0, count: 16_385)

    static let framing: [HTTP2Requirement] = [
        .init(
            "RFC 9113 §3.4",
            "a connection begins with the magic",
            .connectionError(.protocolError),
            Array("GET / HTTP/1.1\r\nhost: a\r\n\r\n".utf8),
            isFirst: true
        ),
        .init(
            "RFC 9113 §3.4",
            "SETTINGS follow the magic",
            .connectionError(.protocolError),
            Raw.preface + Raw.ping(),
            isFirst: true
        ),
        .init("RFC 9113 §3.4", "SETTINGS may be empty", .borne, Raw.preface + Raw.settings, isFirst: true),
        .init("RFC 9113 §4.1", "a frame of unknown type is passed over", .borne, Raw.frame(0xee, 0xff, 0, [1, 2, 3])),
        .init(
            "RFC 9113 §4.1",
            "an unknown flag is passed over",
            .borne,
            Raw.frame(6, 0xfe, 0, [1, 2, 3, 4, 5, 6, 7, 8])
        ),
        .init(
            "RFC 9113 §4.1",
            "the reserved bit is passed over",
            .borne,
            Raw.frame(6, 0, 1 << 31, [1, 2, 3, 4, 5, 6, 7, 8])
        ),
        .init("RFC 9113 §4.2", "DATA of 16,384 bytes are borne", .borne, open, Raw.data(1, Array(zeros.dropLast()))),
        .init(
            "RFC 9113 §4.2",
            "DATA of 16,385 bytes are too long",
            .connectionError(.frameSizeError),
            open,
            Raw.data(1, zeros)
        ),
        .init(
            "RFC 9113 §4.2",
            "HEADERS of 16,385 bytes are too long",
            .connectionError(.frameSizeError),
            Raw.headers(1, zeros)
        ),
        .init(
            "RFC 9113 §4.3",
            "a field block that does not unpack ends the connection",
            .connectionError(.compressionError),
            Raw.headers(1, [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
        ),
        .init(
            "RFC 9113 §4.3",
            "no other frame between HEADERS and its end",
            .connectionError(.protocolError),
            Raw.headers(1, Raw.get, flags: 1) + Raw.priority(1)
        ),
        .init(
            "RFC 9113 §4.3",
            "no frame of another stream either",
            .connectionError(.protocolError),
            Raw.headers(1, Raw.get, flags: 1) + Raw.headers(3, Raw.get)
        ),
        .init(
            "RFC 9113 §4.3",
            "nor one of unknown type (§5.5)",
            .connectionError(.protocolError),
            Raw.headers(1, Raw.get, flags: 1) + Raw.frame(0xee, 0, 0, [])
        ),
    ]

    static let data: [HTTP2Requirement] = [
        .init("RFC 9113 §6.1", "DATA belong to a stream", .connectionError(.protocolError), Raw.data(0, [1])),
        .init(
            "RFC 9113 §6.1",
            "DATA on a stream that is not open",
            .streamErrorOfTheConnection(.streamClosed),
            half,
            Raw.data(1, [1])
        ),
        .init(
            "RFC 9113 §6.1",
            "padding is shorter than the frame",
            .connectionError(.protocolError),
            open,
            Raw.frame(0, 8, 1, [6, 1, 2])
        ),
        .init("RFC 9113 §6.1", "padding is borne", .borne, open, Raw.frame(0, 8, 1, [2, 1, 0, 0])),
        .init("RFC 9113 §6.2", "HEADERS belong to a stream", .connectionError(.protocolError), Raw.headers(0, Raw.get)),
        .init(
            "RFC 9113 §6.2",
            "padding of HEADERS is shorter than the frame",
            .connectionError(.protocolError),
            Raw.frame(1, 13, 1, [200] + Raw.get)
        ),
        .init(
            "RFC 9113 §6.2",
            "HEADERS may be padded and have a priority",
            .borne,
            Raw.frame(1, 5 | 8 | 32, 1, [1, 0, 0, 0, 0, 9] + Raw.get + [0])
        ),
        .init("RFC 9113 §6.3", "PRIORITY belongs to a stream", .connectionError(.protocolError), Raw.priority(0)),
        .init(
            "RFC 9113 §6.3",
            "PRIORITY has five bytes",
            .streamErrorOfTheConnection(.frameSizeError),
            open,
            Raw.frame(2, 0, 1, [0, 0, 0, 0])
        ),
        .init("RFC 9113 §6.4", "RST_STREAM belongs to a stream", .connectionError(.protocolError), Raw.reset(0)),
        .init("RFC 9113 §6.4", "RST_STREAM of an idle stream", .connectionError(.protocolError), Raw.reset(1)),
        .init(
            "RFC 9113 §6.4",
            "RST_STREAM has four bytes",
            .connectionError(.frameSizeError),
            open,
            Raw.frame(3, 0, 1, [0, 0, 0])
        ),
    ]

    static let control: [HTTP2Requirement] = [
        .init(
            "RFC 9113 §6.5",
            "an acknowledgement is empty",
            .connectionError(.frameSizeError),
            Raw.frame(4, 1, 0, [0, 3, 0, 0, 0, 9])
        ),
        .init(
            "RFC 9113 §6.5",
            "SETTINGS belong to no stream",
            .connectionError(.protocolError),
            Raw.frame(4, 0, 1, [])
        ),
        .init(
            "RFC 9113 §6.5",
            "SETTINGS are six bytes each",
            .connectionError(.frameSizeError),
            Raw.frame(4, 0, 0, [0, 3, 0, 0, 0])
        ),
        .init("RFC 9113 §6.5.2", "ENABLE_PUSH is 0 or 1", .connectionError(.protocolError), Raw.settings((2, 2))),
        .init(
            "RFC 9113 §6.5.2",
            "a window is below 2^31",
            .connectionError(.flowControlError),
            Raw.settings((4, 1 << 31))
        ),
        .init(
            "RFC 9113 §6.5.2",
            "MAX_FRAME_SIZE is 16,384 at least",
            .connectionError(.protocolError),
            Raw.settings((5, 16_383))
        ),
        .init(
            "RFC 9113 §6.5.2",
            "MAX_FRAME_SIZE is below 2^24",
            .connectionError(.protocolError),
            Raw.settings((5, 1 << 24))
        ),
        .init("RFC 9113 §6.5.2", "an unknown setting is passed over", .borne, Raw.settings((0xff, 1))),
        .init(
            "RFC 9113 §6.6",
            "a client promises nothing",
            .connectionError(.protocolError),
            open,
            Raw.frame(5, 4, 1, [0, 0, 0, 2] + Raw.get)
        ),
        .init(
            "RFC 9113 §6.7",
            "PING has eight bytes",
            .connectionError(.frameSizeError),
            Raw.frame(6, 0, 0, [1, 2, 3, 4, 5, 6])
        ),
        .init(
            "RFC 9113 §6.7",
            "PING belongs to no stream",
            .connectionError(.protocolError),
            Raw.frame(6, 0, 1, [1, 2, 3, 4, 5, 6, 7, 8])
        ),
        .init(
            "RFC 9113 §6.8",
            "GOAWAY belongs to no stream",
            .connectionError(.protocolError),
            Raw.frame(7, 0, 1, [0, 0, 0, 0, 0, 0, 0, 0])
        ),
        .init(
            "RFC 9113 §6.9",
            "a window grows by 1 at least",
            .connectionError(.protocolError),
            Raw.windowUpdate(0, 0)
        ),
        .init(
            "RFC 9113 §6.9",
            "a stream's window too",
            .streamErrorOfTheConnection(.protocolError),
            open,
            Raw.windowUpdate(1, 0)
        ),
        .init(
            "RFC 9113 §6.9",
            "WINDOW_UPDATE has four bytes",
            .connectionError(.frameSizeError),
            Raw.frame(8, 0, 0, [0, 0, 1])
        ),
        .init(
            "RFC 9113 §6.9.1",
            "the connection's window stays below 2^31",
            .connectionError(.flowControlError),
            Raw.windowUpdate(0, 0x7fff_ffff)
        ),
        .init(
            "RFC 9113 §6.9.1",
            "a stream's window stays below 2^31",
            .streamError(1, .flowControlError),
            open,
            Raw.windowUpdate(1, 0x7fff_ffff)
        ),
        .init(
            "RFC 9113 §6.9.2",
            "SETTINGS cannot make a window too large",
            .connectionError(.flowControlError),
            open,
            Raw.windowUpdate(1, 0x7fff_0000),
            Raw.settings((4, 0x7fff_ffff))
        ),
        .init(
            "RFC 9113 §6.10",
            "CONTINUATION may be several",
            .borne,
            Raw.headers(1, Array(Raw.get.prefix(2)), flags: 1) + Raw.continuation(1, Array(Raw.get[2..<4]), end: false)
                + Raw.continuation(1, Array(Raw.get.dropFirst(4)), end: true)
        ),
        .init(
            "RFC 9113 §6.10",
            "CONTINUATION belongs to a stream",
            .connectionError(.protocolError),
            Raw.headers(1, Raw.get, flags: 1) + Raw.continuation(0, [], end: true)
        ),
        .init(
            "RFC 9113 §6.10",
            "CONTINUATION follows HEADERS",
            .connectionError(.protocolError),
            half,
            Raw.continuation(1, Raw.literal("a", "b"), end: true)
        ),
        .init(
            "RFC 9113 §6.10",
            "CONTINUATION follows no CONTINUATION that ended the fields",
            .connectionError(.protocolError),
            Raw.headers(1, Raw.get, flags: 1) + Raw.continuation(1, [], end: true) + Raw.continuation(1, [], end: true)
        ),
        .init(
            "RFC 9113 §7",
            "an unknown code of RST_STREAM is borne",
            .borne,
            open,
            Raw.frame(3, 0, 1, [0, 0, 0, 0xff])
        ),
        .init(
            "RFC 9113 §7",
            "an unknown code of GOAWAY is borne",
            .borne,
            open,
            Raw.goAway(last: 0, HTTP2Code(rawValue: 0xff))
        ),
        .init(
            "RFC 9113 §6.10",
            "CONTINUATION follows no DATA",
            .connectionError(.protocolError),
            Raw.headers(1, Raw.post, flags: 0) + Raw.data(1, [1]) + Raw.continuation(1, [], end: true)
        ),
    ]

    static let compression: [HTTP2Requirement] = [
        .init(
            "RFC 7541 §2.3.3",
            "an index beyond the tables",
            .connectionError(.compressionError),
            Raw.headers(1, Raw.get + [0xc6])
        ),
        .init(
            "RFC 7541 §2.3.3",
            "a name's index beyond the tables",
            .connectionError(.compressionError),
            Raw.headers(1, Raw.get + [0x7f, 0x07, 1, 0x61])
        ),
        .init(
            "RFC 7541 §4.2",
            "a table's size changes before the fields",
            .connectionError(.compressionError),
            Raw.headers(1, Raw.get + [0x20])
        ),
        .init(
            "RFC 7541 §5.2",
            "padding of a Huffman string is shorter than 8 bits",
            .connectionError(.compressionError),
            Raw.headers(1, Raw.get + [0, 1, 0x78, 0x82, 0x1f, 0xff])
        ),
        .init(
            "RFC 7541 §5.2",
            "padding of a Huffman string is ones",
            .connectionError(.compressionError),
            Raw.headers(1, Raw.get + [0, 1, 0x78, 0x81, 0x18])
        ),
        .init(
            "RFC 7541 §5.2",
            "a Huffman string has no EOS",
            .connectionError(.compressionError),
            Raw.headers(1, Raw.get + [0, 1, 0x78, 0x84, 0xff, 0xff, 0xff, 0xff])
        ),
        .init(
            "RFC 7541 §6.1",
            "index 0 is none",
            .connectionError(.compressionError),
            Raw.headers(1, Raw.get + [0x80])
        ),
        .init(
            "RFC 7541 §6.3",
            "a table's size may change twice before the fields",
            .borne,
            Raw.headers(1, [0x20, 0x3f, 0xe1, 0x1f] + Raw.get)
        ),
        .init(
            "RFC 7541 §6.3",
            "a table is no larger than the setting",
            .connectionError(.compressionError),
            Raw.headers(1, [0x3f, 0xe2, 0x1f] + Raw.get)
        ),
    ]

    @Test(arguments: framing) func framesHaveTheirForm(_ requirement: HTTP2Requirement) throws {
        try requirement.judge()
    }
    @Test(arguments: data) func dataAndHeaders(_ requirement: HTTP2Requirement) throws { try requirement.judge() }
    @Test(arguments: control) func controlFrames(_ requirement: HTTP2Requirement) throws { try requirement.judge() }
    @Test(arguments: compression) func fieldBlocks(_ requirement: HTTP2Requirement) throws { try requirement.judge() }

    @Test("RFC 9113 §6.5.3: SETTINGS are acknowledged at once")
    func settingsAreAcknowledged() throws {
        let peer = try RawPeer()
        _ = try peer.send(Raw.settings((4, 1_000)))
        #expect(try SentFrame.all(of: peer.server) == [SentFrame(type: 4, flags: 1, stream: 0, payload: [])])
    }

    @Test("RFC 9113 §6.7: PING comes back as it was, an answer is not answered")
    func pingsComeBack() throws {
        let peer = try RawPeer()
        _ = try peer.send(Raw.frame(6, 1, 0, [9, 9, 9, 9, 9, 9, 9, 9]))
        #expect(try SentFrame.all(of: peer.server) == [])
        _ = try peer.send(Raw.ping())
        let answer = SentFrame(type: 6, flags: 1, stream: 0, payload: [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(try SentFrame.all(of: peer.server) == [answer])
    }

    private func dataSent(_ peer: RawPeer) throws -> [Int] {
        try SentFrame.all(of: peer.server).filter { $0.type == 0 }.map(\.payload.count)
    }

    @Test("RFC 9113 §6.9.1, §6.9.2: no more DATA than the window admits, which SETTINGS may make negative")
    func windowsAreKept() throws {
        let peer = try RawPeer()
        _ = try peer.send(Raw.settings((4, 3)))
        _ = try peer.send(Self.half)
        try peer.server.submitResponse(stream: 1, status: 200, fields: [:], body: .whole([1, 2, 3, 4, 5, 6]))
        #expect(try dataSent(peer) == [3])
        // 3 of 3 are used; a window of 2 makes that -1, and of 3 more two are usable.
        _ = try peer.send(Raw.settings((4, 2)))
        _ = try peer.send(Raw.windowUpdate(1, 1))
        #expect(try dataSent(peer) == [])
        _ = try peer.send(Raw.windowUpdate(1, 2))
        #expect(try dataSent(peer) == [2])
        _ = try peer.send(Raw.windowUpdate(1, 9))
        #expect(try dataSent(peer) == [1])
    }

    @Test("RFC 9113 §6.5.3: values are taken in their order, the last of one setting counts")
    func theLastOfOneSettingCounts() throws {
        let peer = try RawPeer()
        _ = try peer.send(Raw.settings((4, 100), (4, 1)))
        _ = try peer.send(Self.half)
        try peer.server.submitResponse(stream: 1, status: 200, fields: [:], body: .whole([1, 2, 3]))
        #expect(try dataSent(peer) == [1])
    }
}
