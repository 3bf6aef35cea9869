internal import CLinux

/// What this program was built from, if whoever built it has said so.
package enum BuildStamp {
    /// nil: nobody has said so. Ends with `-changed` if there was more than the commit.
    package static var commit: String? { text(unsafe clinux_commit()) }
    package static var compiler: String? { text(unsafe clinux_compiler()) }
    /// The C library, as it calls itself.
    package static var libc: String { text(unsafe clinux_libc()) ?? "of unknown version" }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
        // Static strings of the program.
        guard let pointer = unsafe pointer else { return nil }
        let text = unsafe String(cString: pointer)
        return text.isEmpty ? nil : text
    }
}
