internal import CLinux

/// Standard output and error, unbuffered.
package enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// What Linux takes of a pipe at once, if it takes anything (PIPE_BUF).
    private static let offerMax = 4_096

    /// Writes the beginning of `bytes`, at most 4 KiB, if that does not block; else nothing.
    package static func offer(_ bytes: [UInt8], to descriptor: Int32) {
        guard clinux_takes_bytes(descriptor) == 1 else { return }
        unsafe bytes.prefix(offerMax).withUnsafeBytes { unsafe _ = clinux_write(descriptor, $0.baseAddress, $0.count) }
    }

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
