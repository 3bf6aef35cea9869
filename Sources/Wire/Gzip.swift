/// Reads `Content-Encoding: gzip` (RFC 1952): some webhooks compress their answers because an API server offers it.
package enum Gzip {
    /// The members' content, one after the other. `limit`: bytes of content at most, for a few bytes can hold gigabytes.
    package static func inflate(_ bytes: [UInt8], limit: Int) throws(GzipError) -> [UInt8] {
        var out: [UInt8] = []
        var offset = 0
        repeat {
            let start = out.count
            try skipHeader(bytes, &offset)
            var inflater = Inflater(bytes, from: offset, limit: limit)
            try inflater.run(appendingTo: &out)
            offset = inflater.end
            guard offset + 8 <= bytes.count else { throw .truncated }
            let content = out[start...]
            guard word(bytes, offset) == CRC32.of(content),
                word(bytes, offset + 4) == UInt32(truncatingIfNeeded: content.count)
            else { throw .malformed("its checksum is not that of its content") }
            offset += 8
        } while offset < bytes.count
        return out
    }

    private static func skipHeader(_ bytes: [UInt8], _ offset: inout Int) throws(GzipError) {
        guard offset + 10 <= bytes.count else { throw .truncated }
        guard bytes[offset] == 0x1F, bytes[offset + 1] == 0x8B, bytes[offset + 2] == 8 else {
            throw .malformed("it does not start as gzip with deflate does")
        }
        let flags = bytes[offset + 3]
        guard flags & 0xE0 == 0 else { throw .malformed("it has flags that are not defined") }
        offset += 10
        if flags & Flag.extra != 0 {
            guard offset + 2 <= bytes.count else { throw .truncated }
            offset += 2 + Int(bytes[offset]) + Int(bytes[offset + 1]) << 8
        }
        for text in [Flag.name, Flag.comment] where flags & text != 0 {
            while offset < bytes.count, bytes[offset] != 0 { offset += 1 }
            offset += 1
        }
        if flags & Flag.headerChecksum != 0 { offset += 2 }
        guard offset <= bytes.count else { throw .truncated }
    }

    private enum Flag {
        static let headerChecksum: UInt8 = 0x02
        static let extra: UInt8 = 0x04
        static let name: UInt8 = 0x08
        static let comment: UInt8 = 0x10
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }
}

/// Why bytes are no gzip, or none that is read here.
package enum GzipError: Error, Equatable, Sendable, CustomStringConvertible {
    case truncated
    case tooLarge(limit: Int)
    case malformed(String)

    package var description: String {
        switch self {
        case .truncated: "gzip: unexpected end"
        case .tooLarge(let limit): "gzip: its content has more than \(limit) bytes, the limit"
        case .malformed(let why): "gzip: \(why)"
        }
    }
}

/// The checksum of gzip (RFC 1952 §8).
enum CRC32 {
    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 0 ? value >> 1 : 0xEDB8_8320 ^ (value >> 1) }
    }
}
