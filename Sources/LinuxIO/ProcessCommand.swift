/// A program to run.
package struct ProcessCommand: Sendable {
    package enum Output: Sendable {
        /// To our own standard error.
        case inherit
        /// Appended to a file, made if missing with mode 0600.
        case file(String)
        /// Kept: the last `bytes` of it, in `ProcessEnd.output`.
        case capture(bytes: Int)
        /// As `capture`, with standard error by itself, in `ProcessEnd.errors`.
        case captureApart(bytes: Int, errorBytes: Int)
    }

    /// A path; it is not looked up in PATH.
    package var executable: String
    /// Without the program's own name.
    package var arguments: [String]
    /// The whole environment of the child.
    package var environment: [(name: String, value: String)]
    package var input: [UInt8] = []
    package var output = Output.inherit
    /// SIGKILL for the child when the reactor's thread, and so this process, ends.
    package var diesWithParent = true
    /// It leads a session, and in it a process group, of its own; else a process group only. Should a signal end it, all
    /// of the session ends.
    var leadsSession = false
    /// Becomes its descriptor 3; stays the caller's.
    var fourth: Int32?

    package init(_ executable: String, _ arguments: [String], environment: [(name: String, value: String)]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }
}

/// How a program ended.
package struct ProcessEnd: Sendable, Equatable {
    /// 128 + signal if a signal ended it, as a shell counts.
    package var exitCode: Int32
    package var signal: Int32?
    /// The last bytes of standard output and error, if they were captured.
    package var output: [UInt8]
    /// The last bytes of standard error, if it was captured apart.
    package var errors: [UInt8]

    package init(exitCode: Int32, signal: Int32? = nil, output: [UInt8] = [], errors: [UInt8] = []) {
        self.exitCode = exitCode
        self.signal = signal
        self.output = output
        self.errors = errors
    }
}

package enum ProcessSignal: Int32, Sendable {
    case interrupt = 2
    case kill = 9
    case terminate = 15
}
