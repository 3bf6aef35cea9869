internal import CLinux

/// Standard output and error, unbuffered.
package enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Writes all of `bytes`, in one call where the kernel takes them; a stream that is gone has nobody to tell.
    package func write(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let written = unsafe bytes[offset...].withUnsafeBytes {
                unsafe clinux_write(rawValue, $0.baseAddress, $0.count)
            }
            guard written > 0 else { return }
            offset += Int(written)
        }
    }
}
