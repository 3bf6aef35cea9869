/// Where TLS records end in a stream that is read in pieces (RFC 8446 §5.1: five bytes of header, the last two of them the
/// length). It decides nothing but how much OpenSSL is given at once: what is no TLS is cut somewhere, and refused by OpenSSL.
package struct RecordBounds {
    private static let headerBytes = 5
    /// Bytes of the record that is being passed.
    private var left = 0
    /// Of a header that is not whole yet.
    private var headerSeen = 0
    private var lengthHigh = 0

    package init() {}

    /// How many of `bytes` to pass on: up to the end of the record that is under way, or of the next one.
    package mutating func pass(_ bytes: Span<UInt8>) -> Int {
        if left == 0 {
            let due = Self.headerBytes - headerSeen
            // The fourth byte, if it is there and was not seen before.
            if headerSeen < 4, bytes.count >= due - 1 { lengthHigh = Int(bytes[due - 2]) }
            guard bytes.count >= due else {
                headerSeen += bytes.count
                return bytes.count
            }
            left = due + lengthHigh << 8 + Int(bytes[due - 1])
            headerSeen = 0
        }
        let count = min(left, bytes.count)
        left -= count
        return count
    }
}
