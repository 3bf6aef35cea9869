internal import CLinux

/// What this program was built from, if whoever built it has said so. All are static strings of the program.
package enum BuildStamp {
    /// nil: nobody has said so. Ends with `-changed` if there was more than the commit.
    package static var commit: String? { said(unsafe String(cString: clinux_commit())) }
    package static var compiler: String? { said(unsafe String(cString: clinux_compiler())) }
    /// The C library, as it calls itself.
    package static var libc: String { unsafe String(cString: clinux_libc()) }

    private static func said(_ text: String) -> String? { text.isEmpty ? nil : text }
}
