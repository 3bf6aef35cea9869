internal import CLinux

/// fork and exec.
package enum Spawn {
    struct Flags: OptionSet {
        let rawValue: Int32
        /// The child leads a process group of its own.
        static let group = Flags(rawValue: Int32(CLINUX_SPAWN_GROUP))
        /// SIGKILL for the child when the calling thread ends.
        static let diesWithParent = Flags(rawValue: Int32(CLINUX_SPAWN_DIES_WITH_PARENT))
        /// The child leads a session of its own, and with it a process group.
        static let session = Flags(rawValue: Int32(CLINUX_SPAWN_SESSION))
    }

    /// Whether a program could be started now, as far as its file is concerned.
    package static func check(_ program: String) throws(Errno) {
        try Errno.check(unsafe clinux_check_program(program), "exec", on: program)
    }

    /// The child's pid, once the program runs. `descriptors` become its 0, 1, 2 and so on; without `environment` it has
    /// this process's own.
    static func start(
        _ command: [String],
        environment: [String]?,
        _ descriptors: [Int32],
        _ flags: Flags
    ) throws(Errno) -> Int32 {
        let program = command[0]
        // The arrays of C strings live through the call; the child has its own copy after fork.
        let result = unsafe withCStrings(command) { arguments in
            guard let environment else {
                return unsafe clinux_spawn(
                    program,
                    arguments,
                    nil,
                    descriptors,
                    Int32(descriptors.count),
                    flags.rawValue
                )
            }
            return unsafe withCStrings(environment) { variables in
                unsafe clinux_spawn(
                    program,
                    arguments,
                    variables,
                    descriptors,
                    Int32(descriptors.count),
                    flags.rawValue
                )
            }
        }
        return try Errno.check(result, "exec", on: program)
    }
}

/// A null-ended array of C strings, valid for the call.
private func withCStrings(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for string in strings {
        starts.append(bytes.count)
        bytes.append(contentsOf: string.utf8.map { CChar(bitPattern: $0) })
        bytes.append(0)
    }
    return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for start in starts { unsafe pointers.append(buffer.baseAddress.map { unsafe $0 + start }) }
        unsafe pointers.append(nil)
        return unsafe pointers.withUnsafeBufferPointer { list in
            guard let first = list.baseAddress else { return -Errno.tooManyFilesInProcess }
            return unsafe body(first)
        }
    }
}
