import TLSEngine
import TestSupport
import Testing
import Wire

/// Checked by the `openssl` program: our own reader would agree with our own mistakes.
@Suite struct CertificateMakerTests {
    let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared.get() }

    @Test func opensslVerifiesALeafAgainstItsAuthority() throws {
        let openssl = try ForeignProgram.needed("openssl")
        let folder = try ScratchFolder()
        try folder.write("ca.crt", certificates.authority.certificateChainPEM)
        try folder.write("tls.crt", certificates.server.certificateChainPEM)
        let arguments = [
            "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "webhook.test", "-CAfile",
            folder.path("ca.crt"), folder.path("tls.crt"),
        ]
        let verdict = try openssl.run(arguments)
        #expect(verdict.status == 0, "\(verdict.output)")
        #expect(verdict.output.contains("tls.crt: OK"))
    }

    @Test func opensslReadsTheExtensions() throws {
        let openssl = try ForeignProgram.needed("openssl")
        let folder = try ScratchFolder()
        try folder.write("ca.crt", certificates.authority.certificateChainPEM)
        try folder.write("tls.crt", certificates.server.certificateChainPEM)
        try folder.write("client.crt", certificates.client.certificateChainPEM)
        let authority = try openssl.run(["x509", "-text", "-noout", "-in", folder.path("ca.crt")]).output
        #expect(authority.contains("X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0\n"))
        #expect(authority.contains("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n"))
        #expect(authority.contains("X509v3 Subject Key Identifier"))
        let leaf = try openssl.run(["x509", "-text", "-noout", "-in", folder.path("tls.crt")]).output
        #expect(leaf.contains("X509v3 Basic Constraints: critical\n                CA:FALSE\n"))
        #expect(leaf.contains("X509v3 Key Usage: critical\n                Digital Signature\n"))
        #expect(leaf.contains("X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n"))
        #expect(leaf.contains("DNS:webhook.test, DNS:*.wild.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1\n"))
        #expect(leaf.contains("Signature Algorithm: ecdsa-with-SHA256"))
        #expect(leaf.contains("ASN1 OID: prime256v1"))
        #expect(leaf.contains("X509v3 Authority Key Identifier"))
        let client = try openssl.run(["x509", "-text", "-noout", "-in", folder.path("client.crt")]).output
        #expect(client.contains("Subject: CN = jane, O = dev, O = system:masters\n"))
        #expect(client.contains("TLS Web Client Authentication\n"))
        #expect(!client.contains("Subject Alternative Name"))
    }

    @Test func serialsAreRandomAndPositive() throws {
        var serials: Set<String> = []
        for _ in 0..<20 {
            let made = try CertificateMaker.authority(commonName: "a", from: certificates.now, days: 1)
            let summary = try #require(CertificateInspector.certificates(made.certificateChainPEM).first)
            #expect(summary.serial.count <= 40 && summary.serial != "")
            serials.insert(summary.serial)
        }
        #expect(serials.count == 20)
    }

    @Test(arguments: [
        "a,DNS:evil.test", "", "-a.test", "a..test", "a_b.test", "*", "a.*.test", "a test", "dirName:x", "ä.test",
        String(repeating: "a", count: 64) + ".test",
    ])
    func whatIsNoDNSNameIsRefused(name: String) {
        let request = LeafRequest(subject: CertificateSubject(commonName: "x"), dnsNames: [name], usages: .server)
        let error = #expect(throws: TLSError.self) {
            try CertificateMaker.leaf(request, authority: certificates.authority, from: certificates.now, days: 1)
        }
        #expect(error?.description.contains("'\(name)' is no DNS name") == true)
    }

    @Test(arguments: ["256.0.0.1", "1.2.3", "localhost", "", "::g", "1.2.3.4,DNS:evil.test"])
    func whatIsNoAddressIsRefused(address: String) {
        let request = LeafRequest(subject: CertificateSubject(commonName: "x"), ipAddresses: [address], usages: .server)
        let error = #expect(throws: TLSError.self) {
            try CertificateMaker.leaf(request, authority: certificates.authority, from: certificates.now, days: 1)
        }
        #expect(error?.description.contains("'\(address)' is no IP address") == true)
    }

    @Test func namesOfAnyScriptAndSignAreKept() throws {
        let subject = CertificateSubject(
            commonName: "Jürgen, O=admin/ä",
            organizations: ["system:nodes", "日本", "a+b=c"]
        )
        let request = LeafRequest(subject: subject, usages: [.client, .server])
        let made = try CertificateMaker.leaf(
            request,
            authority: certificates.authority,
            from: certificates.now,
            days: 1
        )
        #expect(try CertificateInspector.certificates(made.certificateChainPEM).first?.subject == subject)
    }

    @Test func aNameTooLongForX509IsRefused() {
        let subject = CertificateSubject(commonName: String(repeating: "a", count: 65))
        let request = LeafRequest(subject: subject, usages: .client)
        let error = #expect(throws: TLSError.self) {
            try CertificateMaker.leaf(request, authority: certificates.authority, from: certificates.now, days: 1)
        }
        #expect(error?.description.contains("string too long") == true, "\(String(describing: error))")
    }

    @Test func anAuthorityWithAnotherKeySignsNothing() throws {
        let mixed = TLSIdentity(
            certificateChainPEM: certificates.authority.certificateChainPEM,
            privateKeyPEM: certificates.server.privateKeyPEM
        )
        let request = LeafRequest(subject: CertificateSubject(commonName: "x"), usages: .server)
        #expect(throws: TLSError.file(.keyDoesNotMatchCertificate(subject: "CN=test authority"))) {
            try CertificateMaker.leaf(request, authority: mixed, from: certificates.now, days: 1)
        }
    }
}
