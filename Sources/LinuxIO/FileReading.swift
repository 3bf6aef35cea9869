internal import CLinux

/// Small files read whole; blocks, so not on a reactor unless the file is local and tiny.
package enum FileReading {
    /// Larger files are refused (16 MiB).
    package static let defaultLimit = 16 << 20

    package static func read(_ path: String, limit: Int = defaultLimit) throws(Errno) -> [UInt8] {
        let file = OwnedDescriptor(adopting: try Errno.check(unsafe clinux_open_read(path), "open", on: path))
        var contents: [UInt8] = []
        while true {
            var count: Int64 = 0
            // The C side writes at most `capacity` bytes and answers how many.
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, initialized in
                guard let start = buffer.baseAddress else { return }
                count = unsafe clinux_read(file.number, start, 65_536)
                initialized = max(0, Int(count))
            }
            if count < 0 { throw Errno("read", Int32(count), on: path) }
            if count == 0 { return contents }
            guard contents.count + chunk.count <= limit else { throw Errno("read", -Errno.fileTooLarge, on: path) }
            contents += chunk
        }
    }

    /// How many entries a folder has.
    package static func entryCount(_ path: String) throws(Errno) -> Int {
        Int(try Errno.check(unsafe clinux_count_entries(path), "opendir", on: path))
    }

    /// What tells one version of a file from another without reading it.
    package static func identity(_ path: String) throws(Errno) -> FileIdentity {
        var file = clinux_file()
        try Errno.check(unsafe clinux_stat(path, &file), "stat", on: path)
        return FileIdentity(
            device: file.device,
            inode: file.inode,
            size: file.size,
            modifiedNanoseconds: file.modified_nanoseconds,
            isRegular: file.is_regular != 0
        )
    }
}

/// Changes when a file is replaced (a Secret's symlink is swapped) or rewritten.
package struct FileIdentity: Sendable, Hashable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int64
    package let modifiedNanoseconds: Int64
    package let isRegular: Bool
}
