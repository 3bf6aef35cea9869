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
}
