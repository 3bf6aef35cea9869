internal import HTTP2Engine
internal import LinuxIO
internal import TLSEngine

/// What this program is made of.
package enum Version {
    package static let number = "0.1.0"

    package static var text: String {
        """
        workclaim \(number)
        commit \(BuildStamp.commit ?? "unknown: this build was not stamped, ./run build stamps")
        Swift \(BuildStamp.compiler ?? compiler)
        \(TLSLibrary.version)
        nghttp2 \(HTTP2Library.version)
        glibc \(BuildStamp.libc)
        """
    }

    /// As far as a program knows by itself.
    private static var compiler: String {
        #if compiler(>=6.4)
        "6.4 or newer"
        #else
        "6.3"
        #endif
    }
}
