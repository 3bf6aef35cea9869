import TLSEngine
import TestSupport
import Testing
import Wire

@Suite struct CertificateChainTests {
    private let now = WallSeconds.now
    private let name = "workclaim-webhook.workclaim.svc"

    private func authority() throws -> TLSIdentity {
        try CertificateMaker.authority(commonName: "test", from: now, days: 30)
    }

    private func leaf(_ authority: TLSIdentity, days: Int = 10) throws -> [UInt8] {
        let request = LeafRequest(
            subject: CertificateSubject(commonName: "webhook"),
            dnsNames: [name],
            usages: .server
        )
        return try CertificateMaker.leaf(request, authority: authority, from: now, days: days).certificateChainPEM
    }

    private func refusal(_ chain: [UInt8], _ bundle: [UInt8], host: String? = nil, later: Int64 = 0) throws -> String? {
        try CertificateChain.refusal(
            of: chain,
            trusting: bundle,
            host: host ?? name,
            at: Timestamp(seconds: now.seconds + later)
        )
    }

    @Test func theAuthorityThatSignedIsTrusted() throws {
        let authority = try authority()
        #expect(try refusal(try leaf(authority), authority.certificateChainPEM) == nil)
    }

    @Test func anotherAuthorityIsNot() throws {
        let why = try refusal(try leaf(try authority()), try authority().certificateChainPEM)
        #expect(why != nil)
    }

    @Test func theNameMustBeInIt() throws {
        let authority = try authority()
        let why = try refusal(try leaf(authority), authority.certificateChainPEM, host: "other.workclaim.svc")
        #expect(why?.lowercased().contains("hostname mismatch") == true, "\(why ?? "")")
    }

    @Test func itsTimeMustNotBeOver() throws {
        let authority = try authority()
        let why = try refusal(try leaf(authority), authority.certificateChainPEM, later: 11 * 86_400)
        #expect(why?.contains("expired") == true, "\(why ?? "")")
    }

    @Test func whatIsNoPEMIsAnError() throws {
        #expect(throws: TLSError.self) {
            try self.refusal(Array("nothing".utf8), try self.authority().certificateChainPEM)
        }
    }
}
