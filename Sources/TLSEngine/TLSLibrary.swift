internal import CSSL

/// The library behind this room.
package enum TLSLibrary {
    /// `OpenSSL 3.0.19 …`, as the linked library calls itself.
    package static var version: String {
        // A static string of the library.
        unsafe String(cString: OpenSSL_version(OPENSSL_VERSION))
    }

    /// Settles, before anything else is asked of OpenSSL, that `exit` takes nothing down: other threads go on until the
    /// process is gone, and by default find OpenSSL's locks freed under them (OPENSSL_init_crypto(3), OPENSSL_INIT_NO_ATEXIT).
    static let isKept = OPENSSL_init_crypto(CSSL_INIT_NO_ATEXIT, nil) == 1
}
