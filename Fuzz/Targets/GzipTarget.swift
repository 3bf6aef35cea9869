import Wire

/// Inflating obeys its limit, refuses what is cut short, and gives back what was stored.
func fuzzGzip(_ bytes: [UInt8]) throws(Finding) {
    let limit = 64 << 10
    if let content = try? Gzip.inflate(bytes, limit: limit) {
        try hold(content.count <= limit, "\(content.count) bytes where \(limit) were allowed")
        let cut = outcome { () throws(GzipError) in try Gzip.inflate(Array(bytes.dropLast()), limit: limit) }
        try hold(cut.error == .truncated, "cut short: \(cut)")
        try hold((try? Gzip.inflate(bytes + bytes, limit: 2 * limit)) == content + content, "two members are not read")
        if !content.isEmpty {
            let less = outcome { () throws(GzipError) in try Gzip.inflate(bytes, limit: content.count - 1) }
            try hold(less.error == .tooLarge(limit: content.count - 1), "above its limit: \(less)")
        }
    }
    let stored = outcome { () throws(GzipError) in try Gzip.inflate(storedGzip(bytes), limit: bytes.count) }
    try hold(stored.value == bytes, "what was stored: \(stored)")
}

/// RFC 1952 around stored blocks of RFC 1951, made without the code under test.
private func storedGzip(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    var offset = 0
    repeat {
        let count = min(0xFFFF, bytes.count - offset)
        let isLast: UInt8 = offset + count == bytes.count ? 1 : 0
        let length = UInt16(count)
        out += [isLast] + [UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8)]
        out += bytes[offset..<(offset + count)]
        offset += count
    } while offset < bytes.count
    var checksum = UInt32.max
    for byte in bytes {
        checksum ^= UInt32(byte)
        for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
    }
    for word in [~checksum, UInt32(truncatingIfNeeded: bytes.count)] {
        out += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    return out
}
