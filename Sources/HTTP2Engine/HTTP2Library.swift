internal import CNGHTTP2

/// The library behind this room.
package enum HTTP2Library {
    /// `1.52.0`, as the linked library calls itself.
    package static var version: String {
        // A static structure of the library.
        guard let info = unsafe nghttp2_version(0) else { return "of unknown version" }
        return unsafe String(cString: info.pointee.version_str)
    }
}
