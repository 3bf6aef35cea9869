import LinuxIO
import TLSEngine

struct CertificateFiles: Sendable {
    let context: TLSContext
    init(certificate: String, key: String, alpn: [String]) throws {
        context = try TLSContext.server(
            identity: TLSIdentity(
                certificateChainPEM: try FileReading.read(certificate),
                privateKeyPEM: try FileReading.read(key)
            ),
            alpn: alpn
        )
    }
    func follow(_ tell: @escaping @Sendable (TLSContext) -> Void) async { await Forever.untilCancelled() }
}
