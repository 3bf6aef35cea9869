import LinuxIO
import TLSEngine
import Wire

/// One authority, a server for localhost and 127.0.0.1, and a client called jane; made once per run.
struct TestCertificates {
    let authority: TLSIdentity
    let server: TLSIdentity
    let client: TLSIdentity

    static let shared = Result { try TestCertificates() }

    private init() throws {
        let now = WallClock.now()
        authority = try CertificateMaker.authority(commonName: "test authority", from: now, days: 1)
        let names = LeafRequest(
            subject: CertificateSubject(commonName: "server"),
            dnsNames: ["localhost"],
            ipAddresses: ["127.0.0.1"],
            usages: .server
        )
        server = try CertificateMaker.leaf(names, authority: authority, from: now, days: 1)
        let jane = LeafRequest(subject: CertificateSubject(commonName: "jane"), usages: .client)
        client = try CertificateMaker.leaf(jane, authority: authority, from: now, days: 1)
    }

    static func serverContext(alpn: [String] = ["h2", "http/1.1"]) throws -> TLSContext {
        let certificates = try shared.get()
        return try TLSContext.server(
            identity: certificates.server,
            alpn: alpn,
            clientCertificates: .requested(ca: certificates.authority.certificateChainPEM)
        )
    }

    static func clientContext(alpn: [String], showing identity: TLSIdentity? = nil) throws -> TLSContext {
        try TLSContext.client(
            trust: .pem(try shared.get().authority.certificateChainPEM),
            identity: identity,
            alpn: alpn
        )
    }
}
