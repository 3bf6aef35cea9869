internal import CLinux

/// Small files written whole; C strings live through each call. Blocks: not for a reactor's request path.
package enum FileWriting {
    /// Readers see the old contents or the new, never a part: written beside, synced, and renamed over. If that fails, nothing is
    /// left beside: on a full disk it would be in the way of everything else.
    package static func replace(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(Errno) {
        let beside = path + ".new"
        // What an interrupted write left behind must not lend its mode to a key.
        unsafe _ = clinux_unlink(beside)
        try write(beside, bytes, mode: mode)
        do throws(Errno) {
            try Errno.check(unsafe clinux_rename(beside, path), "rename", on: path)
        } catch {
            unsafe _ = clinux_unlink(beside)
            throw error
        }
    }

    /// Fails with `alreadyExists` if anything is at `path`; after any other failure nothing is.
    package static func create(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(Errno) {
        try write(path, bytes, mode: mode)
    }

    /// One that is there already is left as it is. The folder above must be there.
    package static func makeFolder(_ path: String, mode: UInt32 = 0o755) throws(Errno) {
        let result = unsafe clinux_make_folder(path, mode)
        if result != -Errno.alreadyExists { try Errno.check(result, "mkdir", on: path) }
    }

    package static func remove(_ path: String) throws(Errno) {
        try Errno.check(unsafe clinux_unlink(path), "unlink", on: path)
    }

    /// A folder with all below it. Links are removed, not followed.
    package static func removeTree(_ path: String) throws(Errno) {
        try Errno.check(unsafe clinux_remove_tree(path), "remove", on: path)
    }

    private static func write(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(Errno) {
        let file = OwnedDescriptor(adopting: try Errno.check(unsafe clinux_create(path, mode), "open", on: path))
        do throws(Errno) {
            try fill(file, bytes, path)
        } catch {
            unsafe _ = clinux_unlink(path)
            throw error
        }
    }

    private static func fill(_ file: borrowing OwnedDescriptor, _ bytes: [UInt8], _ path: String) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // The C side reads `count` bytes of the slice, which lives through the call.
            let count = unsafe rest.withUnsafeBytes { unsafe clinux_write(file.number, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw Errno("write", Int32(count), on: path) }
            rest = rest.dropFirst(Int(count))
        }
        try Errno.check(clinux_sync(file.number), "fsync", on: path)
    }
}

extension Errno {
    package static let alreadyExists: Int32 = 17
    package static let notFound: Int32 = 2
}
