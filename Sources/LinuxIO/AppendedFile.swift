internal import CLinux

/// A file that is written at its end only. Blocks: not for a reactor's request path.
package struct AppendedFile: ~Copyable, Sendable {
    private let path: String
    private let file: OwnedDescriptor

    /// What is in it already stays; one that is made has mode 0600.
    package init(_ path: String) throws(Errno) {
        self.path = path
        file = OwnedDescriptor(adopting: try Errno.check(unsafe clinux_open_append(path), "open", on: path))
    }

    /// All or nothing: what could be written of it before a failure is taken back, where the file is one that can be cut.
    package func append(_ bytes: [UInt8]) throws(Errno) {
        let length = clinux_length(file.number)
        do throws(Errno) {
            try write(bytes)
        } catch {
            if length >= 0 { _ = clinux_cut(file.number, length) }
            throw error
        }
    }

    private func write(_ bytes: [UInt8]) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // The C side reads `count` bytes of the slice, which lives through the call.
            let count = unsafe rest.withUnsafeBytes { unsafe clinux_write(file.number, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw Errno("write", Int32(count), on: path) }
            rest = rest.dropFirst(Int(count))
        }
    }
}
