internal import CLinux

/// The kernel's random numbers (getrandom).
package enum RandomBytes {
    package static func make(_ count: Int) -> [UInt8] {
        // getrandom with flags 0 cannot fail once the pool is seeded; it writes exactly `capacity` bytes.
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard count > 0, let start = buffer.baseAddress else { return }
            let result = unsafe clinux_random(start, count)
            precondition(result == 0, "getrandom: \(Errno("getrandom", result).text)")
            initialized = count
        }
    }

    package static func word() -> UInt64 { make(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// A random UUID (RFC 9562 §5.4, version 4), in lower case.
    package static func uuid() -> String {
        var bytes = make(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return [hex[0..<4], hex[4..<6], hex[6..<8], hex[8..<10], hex[10...]].map { $0.joined() }.joined(separator: "-")
    }
}
