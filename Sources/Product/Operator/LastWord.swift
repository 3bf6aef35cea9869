import Glibc
import LinuxIO

/// The end of a process that must not go on.
package enum LastWord {
    /// EX_SOFTWARE of sysexits.h.
    private static let exitCode: Int32 = 70

    /// At once: no handler, no buffer, no other thread and no reader of standard error is waited for.
    package static func say(_ text: String) {
        StandardStream.offer(Array((text + "\n").utf8), to: StandardStream.error.rawValue)
        _exit(exitCode)
    }
}
