internal import CSSL

/// The library behind this room.
package enum TLSLibrary {
    /// `OpenSSL 3.0.19 …`, as the linked library calls itself.
    package static var version: String {
        // A static string of the library.
        unsafe String(cString: OpenSSL_version(OPENSSL_VERSION))
    }
}
