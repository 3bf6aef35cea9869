import TLSEngine
import TestSupport
import Testing
import Wire

@Suite struct CertificateInspectorTests {
    let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared.get() }

    @Test func aLeafSaysWhatItWasMadeOf() throws {
        let leaf = try #require(CertificateInspector.certificates(certificates.server.certificateChainPEM).first)
        #expect(leaf.subject == CertificateSubject(commonName: "webhook"))
        #expect(leaf.issuer == CertificateSubject(commonName: "test authority"))
        #expect(leaf.dnsNames == ["webhook.test", "*.wild.test"])
        #expect(leaf.ipAddresses == ["127.0.0.1", "::1"])
        #expect(leaf.notBefore.seconds == certificates.now.seconds - 300)
        #expect(leaf.notAfter.seconds == certificates.now.seconds + 86_400)
        #expect(!leaf.isAuthority)
    }

    @Test func aChainIsReadInOrder() throws {
        let chain = certificates.server.certificateChainPEM + certificates.authority.certificateChainPEM
        let summaries = try CertificateInspector.certificates(chain)
        #expect(summaries.map(\.isAuthority) == [false, true])
        #expect(summaries[1].subject == summaries[0].issuer)
    }

    @Test func aBundleIsSplitIntoCertificatesOfTheirOwn() throws {
        let other = try CertificateMaker.authority(commonName: "other", from: certificates.now, days: 1)
        let bundle = Array("# ours\n".utf8) + certificates.authority.certificateChainPEM + other.certificateChainPEM
        let parts = try CertificateInspector.split(bundle)
        #expect(parts.map(\.summary.subject.commonName) == ["test authority", "other"])
        #expect(parts.map(\.pem) == [certificates.authority.certificateChainPEM, other.certificateChainPEM])
    }

    @Test func theFingerprintIsOpensslsSHA256() throws {
        let openssl = try ForeignProgram.needed("openssl")
        let folder = try ScratchFolder()
        try folder.write("tls.crt", certificates.server.certificateChainPEM)
        let said = try openssl.run(["x509", "-noout", "-fingerprint", "-sha256", "-in", folder.path("tls.crt")]).output
        let summary = try CertificateInspector.certificates(certificates.server.certificateChainPEM)[0]
        let colons = said.split(separator: "=").last?.filter { $0.isHexDigit }.lowercased()
        #expect(colons == summary.fingerprint)
    }

    /// By signature and purpose: not by time, which others judge, and not by a name that anybody can write.
    @Test func aLeafIsBelievedByItsOwnAuthorityAlone() throws {
        let chain = certificates.server.certificateChainPEM
        #expect(try CertificateInspector.isBelieved(chain, by: certificates.authority.certificateChainPEM))
        let namesake = try CertificateMaker.authority(commonName: "test authority", from: certificates.now, days: 1)
        #expect(try !CertificateInspector.isBelieved(chain, by: namesake.certificateChainPEM))
        #expect(try CertificateInspector.isBelieved(chain, by: chain))
        // For clients only.
        let client = certificates.client.certificateChainPEM
        #expect(try !CertificateInspector.isBelieved(client, by: certificates.authority.certificateChainPEM))
        let past = Timestamp(seconds: certificates.now.seconds - 1_000)
        let old = try CertificateMaker.leaf(
            LeafRequest(subject: CertificateSubject(commonName: "old"), dnsNames: ["old.test"], usages: .server),
            authority: certificates.authority,
            notBefore: Timestamp(seconds: past.seconds - 10),
            notAfter: past
        )
        #expect(
            try CertificateInspector.isBelieved(
                old.certificateChainPEM,
                by: certificates.authority.certificateChainPEM
            )
        )
        #expect(try CertificateInspector.certificates(old.certificateChainPEM)[0].notAfter == past)
    }

    @Test func aKeyBelongsToItsOwnCertificateAlone() throws {
        #expect(try CertificateInspector.belongsTogether(certificates.server))
        var mixed = certificates.server
        mixed.privateKeyPEM = certificates.client.privateKeyPEM
        #expect(try !CertificateInspector.belongsTogether(mixed))
        mixed.privateKeyPEM = Array("no key".utf8)
        #expect(throws: TLSError.self) { try CertificateInspector.belongsTogether(mixed) }
    }

    @Test func textAroundTheCertificateIsPassedOver() throws {
        let text =
            Array("subject=CN = webhook\n".utf8) + certificates.server.certificateChainPEM + Array("\nend\n".utf8)
        #expect(try CertificateInspector.certificates(text).count == 1)
    }

    @Test(arguments: ["", " \n\t\n"])
    func anEmptyFileIsCalledEmpty(text: String) {
        #expect(throws: TLSError.file(.empty(.certificate))) {
            try CertificateInspector.certificates(Array(text.utf8))
        }
    }

    @Test func derIsCalledDER() throws {
        let base64 = String(decoding: certificates.server.certificateChainPEM, as: UTF8.self)
            .split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
        let der = try #require(Base64.decode(base64.utf8))
        let error = #expect(throws: TLSError.self) { try CertificateInspector.certificates(der) }
        #expect(error == .file(.derInsteadOfPEM(.certificate)))
        #expect(error?.description.contains("DER") == true)
    }

    @Test func aKeyInPlaceOfACertificateIsNoCertificate() {
        let error = #expect(throws: TLSError.self) {
            try CertificateInspector.certificates(certificates.server.privateKeyPEM)
        }
        guard case .file(.notPEM(.certificate, _)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aDamagedCertificateIsRefusedEvenBehindAGoodOne() {
        var text = certificates.server.certificateChainPEM
        let second = String(decoding: certificates.authority.certificateChainPEM, as: UTF8.self)
        text += Array(second.replacing("MII", with: "M!I").utf8)
        #expect(throws: TLSError.self) { try CertificateInspector.certificates(text) }
    }

    @Test func aCertificateCutShortIsRefused() {
        let text = Array(certificates.server.certificateChainPEM.dropLast(60))
        #expect(throws: TLSError.self) { try CertificateInspector.certificates(text) }
    }

    @Test func anEncryptedKeyIsCalledEncryptedAndNobodyIsAsked() {
        // A PKCS #8 header is enough: without a passphrase nothing behind it is read.
        let key = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhE9bzAzBUv2gICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEGc5nT3y5ZxO2mFTJ4c5YHIEgZCx
            -----END ENCRYPTED PRIVATE KEY-----

            """
        let identity = TLSIdentity(
            certificateChainPEM: certificates.server.certificateChainPEM,
            privateKeyPEM: Array(key.utf8)
        )
        #expect(throws: TLSError.file(.encryptedKey)) { try CertificateInspector.check(identity, at: certificates.now) }
    }

    @Test func aPairIsCheckedForItsTime() throws {
        try CertificateInspector.check(certificates.server, at: certificates.now)
        var late = certificates.now
        late.seconds += 2 * 86_400
        let error = #expect(throws: TLSError.self) { try CertificateInspector.check(certificates.server, at: late) }
        #expect(error?.description.contains("CN=webhook expired at 20") == true, "\(String(describing: error))")
        var early = certificates.now
        early.seconds -= 86_400
        let other = #expect(throws: TLSError.self) { try CertificateInspector.check(certificates.server, at: early) }
        #expect(other?.description.contains("not valid before") == true, "\(String(describing: other))")
    }
}
