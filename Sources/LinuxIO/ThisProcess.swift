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

    /// Of several variables with one name the first counts, as for getenv.
    package static var environment: [String: String] {
        var found: [String: String] = [:]
        var index = 0
        // A string of the process's own, which nothing here changes.
        while let entry = unsafe clinux_environment(index) {
            let text = unsafe String(cString: entry)
            let name = String(text.prefix { $0 != "=" })
            if found[name] == nil { found[name] = String(text.dropFirst(name.count + 1)) }
            index += 1
        }
        return found
    }

    /// Lets this process have as many descriptors as the hard limit admits, and says how many. For servers: the soft limit is
    /// often 1,024, for programs that still use select; whoever is started from here gets that one again.
    @discardableResult
    package static func raiseDescriptorLimit() throws(Errno) -> Int {
        let limit = clinux_raise_descriptor_limit()
        guard limit >= 0 else { throw Errno("setrlimit", Int32(limit), on: "RLIMIT_NOFILE") }
        return Int(limit)
    }

    /// How many descriptors this process may have now; the number of each is lower.
    package static var descriptorLimit: Int {
        let limit = clinux_descriptor_limit()
        return limit < 0 ? .max : Int(limit)
    }

    /// Whether standard output is a terminal.
    package static var writesToTerminal: Bool { clinux_is_terminal(1) == 1 }
}
