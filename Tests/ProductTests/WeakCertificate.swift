import TLSEngine
import TestSupport

/// A certificate that OpenSSL reads and believes, and does not serve with: its key has 1024 bits.
enum WeakCertificate {
    /// Signed by itself, for `name`.
    static func make(for name: String) throws -> TLSIdentity {
        let openssl = try ForeignProgram.needed("openssl")
        let folder = try ScratchFolder()
        let made = try openssl.run([
            "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-sha256", "-days", "2", "-subj", "/CN=\(name)", "-addext",
            "subjectAltName=DNS:\(name)", "-keyout", folder.path("key"), "-out", folder.path("certificate"),
        ])
        guard made.status == 0 else { throw NotMade(output: made.output) }
        return TLSIdentity(
            certificateChainPEM: try folder.read("certificate"),
            privateKeyPEM: try folder.read("key")
        )
    }

    struct NotMade: Error { let output: String }
}
