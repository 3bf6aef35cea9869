import HTTP2Engine
import Wire

/// Frames made by hand, for peers that no well-behaved engine plays (RFC 9113 §4.1, RFC 7541 appendix A).
enum RawFrames {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let settings = frame(4, 0, 0, [])
    static let settingsAck = frame(4, 1, 0, [])

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        big(UInt32(payload.count)).dropFirst() + [type, flags] + big(stream) + payload
    }

    /// END_STREAM 1, END_HEADERS 4.
    static func headers(_ stream: UInt32, _ block: [UInt8], flags: UInt8 = 5) -> [UInt8] {
        frame(1, flags, stream, block)
    }
    static func data(_ stream: UInt32, _ bytes: [UInt8], end: Bool = false) -> [UInt8] {
        frame(0, end ? 1 : 0, stream, bytes)
    }
    static func priority(_ stream: UInt32) -> [UInt8] { frame(2, 0, stream, [0, 0, 0, 0, 15]) }
    static func reset(_ stream: UInt32, _ code: HTTP2Code = .cancel) -> [UInt8] {
        frame(3, 0, stream, big(code.rawValue))
    }
    static func ping() -> [UInt8] { frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]) }
    static func goAway(last: UInt32, _ code: HTTP2Code, debug: String = "") -> [UInt8] {
        frame(7, 0, 0, big(last) + big(code.rawValue) + Array(debug.utf8))
    }
    static func continuation(_ stream: UInt32, _ block: [UInt8], end: Bool) -> [UInt8] {
        frame(9, end ? 4 : 0, stream, block)
    }

    static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> [UInt8] { frame(8, 0, stream, big(increment)) }
    /// Identifier and value.
    static func settings(_ entries: (id: UInt8, value: UInt32)...) -> [UInt8] {
        frame(4, 0, 0, entries.flatMap { [0, $0.id] + big($0.value) })
    }

    /// GET https://webhook.test/
    static let get: [UInt8] = [0x82, 0x87, 0x84] + literal(nameIndex: 1, "webhook.test")
    /// POST https://webhook.test/
    static let post: [UInt8] = [0x83, 0x87, 0x84] + literal(nameIndex: 1, "webhook.test")

    /// A literal field without indexing; texts of at most 126 bytes.
    static func literal(_ name: String, _ value: String) -> [UInt8] { [0x00] + string(name) + string(value) }
    static func literal(nameIndex: UInt8, _ value: String) -> [UInt8] { [nameIndex] + string(value) }

    private static func string(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
    private static func big(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
}

/// A frame that a session sent.
struct SentFrame: Equatable {
    var type: UInt8
    var flags: UInt8
    var stream: UInt32
    var payload: [UInt8]

    static func all(of session: HTTP2Session) throws -> [SentFrame] {
        var bytes: [UInt8] = []
        _ = try session.takeOutput(into: &bytes)
        var rest = bytes[...]
        if rest.starts(with: RawFrames.preface) { rest = rest.dropFirst(RawFrames.preface.count) }
        var frames: [SentFrame] = []
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let count = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            let stream = head[5..<9].reduce(0) { $0 << 8 | UInt32($1) }
            let payload = Array(rest.dropFirst(9).prefix(count))
            frames.append(SentFrame(type: head[3], flags: head[4], stream: stream, payload: payload))
            rest = rest.dropFirst(9 + count)
        }
        return frames
    }

    /// The code of a RST_STREAM or GOAWAY.
    var code: HTTP2Code? {
        switch type {
        case 3: HTTP2Code(rawValue: payload.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
        case 7: HTTP2Code(rawValue: payload.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
        default: nil
        }
    }
}

/// A server session and a peer that writes frames by hand.
struct RawPeer {
    let server: HTTP2Session
    var now = MonotonicInstant(nanoseconds: 0)

    /// `isFirst`: what is sent next is the first that the server gets.
    init(limits: HTTP2Limits = HTTP2Limits(), isFirst: Bool = false) throws {
        server = try HTTP2Session(role: .server, limits: limits)
        guard !isFirst else { return }
        _ = try send(RawFrames.preface + RawFrames.settings + RawFrames.settingsAck)
        _ = try SentFrame.all(of: server)
    }

    func send(_ bytes: [UInt8]) throws -> [HTTP2Event] { try server.receive(bytes.span, now: now) }
}
