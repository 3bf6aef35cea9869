import LinuxIO
import TLSEngine
import Wire

/// Of a life of their own in each test.
enum Certificates {
    static func authority() throws -> TLSIdentity {
        try CertificateMaker.authority(commonName: "test authority", from: day(-30), days: 3_650)
    }

    static func server(_ authority: TLSIdentity, address: String = "127.0.0.1", from: Int = -1, days: Int = 3) throws
        -> TLSIdentity
    {
        let subject = CertificateSubject(commonName: "server")
        let request = LeafRequest(subject: subject, dnsNames: ["localhost"], ipAddresses: [address], usages: .server)
        return try CertificateMaker.leaf(request, authority: authority, from: day(from), days: days)
    }

    static func client(_ authority: TLSIdentity) throws -> TLSIdentity {
        let subject = CertificateSubject(commonName: "server")
        let request = LeafRequest(subject: subject, ipAddresses: ["127.0.0.1"], usages: .client)
        return try CertificateMaker.leaf(request, authority: authority, from: day(-1), days: 3)
    }

    private static func day(_ offset: Int) -> Timestamp {
        Timestamp(seconds: WallClock.now().seconds + Int64(offset) * 86_400)
    }
}
