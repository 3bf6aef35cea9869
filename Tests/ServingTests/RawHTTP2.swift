import TestSupport

/// An HTTP/2 client that writes its frames by hand, for what no well-behaved one does. Plain, by prior knowledge.
final class RawHTTP2 {
    struct Frame: Equatable {
        var type: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]

        /// The code of a RST_STREAM or GOAWAY.
        var code: Int? {
            switch type {
            case 3: payload.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            case 7: payload.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | Int($1) }
            default: nil
            }
        }
    }

    let socket: RawSocket
    private var unread: [UInt8] = []

    /// `window`: what the client is ready to take of each stream.
    init(_ socket: RawSocket, window: UInt32 = 65_535) {
        self.socket = socket
        socket.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Self.frame(4, 0, 0, [0, 4] + Self.big(window)))
    }

    /// The other side: SETTINGS without a wish, then what the client sends, its preface passed over.
    init(serving socket: RawSocket) {
        self.socket = socket
        socket.send(Self.frame(4, 0, 0, []))
        while unread.count < 24, case let more = socket.receiveSome(), !more.isEmpty { unread += more }
        unread.removeFirst(min(24, unread.count))
    }

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        big(UInt32(payload.count)).dropFirst() + [type, flags] + big(stream) + payload
    }

    /// `POST PATH` or, if it `ends`, `GET PATH` on `http://a`; then `fields`, as RFC 7541 packs them.
    static func request(_ stream: UInt32, _ path: String, ends: Bool = true, _ fields: [UInt8] = []) -> [UInt8] {
        var block: [UInt8] = [ends ? 0x82 : 0x83, 0x86, 0x04, UInt8(path.utf8.count)]
        block += path.utf8
        block += [0x01, 1, 0x61]
        return frame(1, ends ? 5 : 4, stream, block + fields)
    }

    static func data(_ stream: UInt32, _ count: Int, ends: Bool = false) -> [UInt8] {
        frame(0, ends ? 1 : 0, stream, [UInt8](repeating: 0x78, count: count))
    }

    static let ping = frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])

    /// Frames as they come, up to the first that fits; nil if the server closed before.
    func receive(until fits: (Frame) -> Bool) -> Frame? {
        while true {
            while let frame = next() { if fits(frame) { return frame } }
            let more = socket.receiveSome()
            if more.isEmpty { return nil }
            unread += more
        }
    }

    /// The status of the answer on a stream; 0 if it is reset instead, nil if the server closed.
    func status(of stream: UInt32) -> Int? {
        guard let frame = receive(until: { $0.stream == stream && ($0.type == 1 || $0.type == 3) }) else { return nil }
        guard frame.type == 1 else { return 0 }
        // The first field is :status, from the static table or as a literal of three digits by its index.
        switch frame.payload.first {
        case 0x88: return 200
        case 0x8c: return 400
        case 0x8d: return 404
        default:
            let digits = Array(frame.payload.dropFirst(2).prefix(3))
            return digits.allSatisfy { (0x30...0x39).contains($0) }
                ? digits.reduce(0) { $0 * 10 + Int($1) - 0x30 } : nil
        }
    }

    private func next() -> Frame? {
        guard unread.count >= 9 else { return nil }
        let count = Int(unread[0]) << 16 | Int(unread[1]) << 8 | Int(unread[2])
        guard unread.count >= 9 + count else { return nil }
        defer { unread.removeFirst(9 + count) }
        let stream = unread[5..<9].reduce(0) { $0 << 8 | UInt32($1) }
        return Frame(type: unread[3], flags: unread[4], stream: stream, payload: Array(unread[9..<(9 + count)]))
    }

    private static func big(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
}
