internal import CLinux

/// Facts about this process.
package enum ThisProcess {
    /// The path of the program that runs.
    package static func executable() throws(Errno) -> String {
        var path = [CChar](repeating: 0, count: 4_096)
        // The C side writes at most `capacity` bytes and ends them with a zero.
        let count = try Errno.check(unsafe clinux_own_executable(&path, path.count), "readlink", on: "/proc/self/exe")
        return String(decoding: path.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Processors that this process may use.
    package static var processors: Int { Int(clinux_processors()) }

    package static var pid: Int32 { clinux_own_pid() }

    /// Whether standard output is a terminal.
    package static var writesToTerminal: Bool { clinux_is_terminal(1) == 1 }
}
