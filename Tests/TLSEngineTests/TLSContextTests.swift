import TLSEngine
import Testing
import Wire

/// Who is believed, who is refused, and in which words.
@Suite struct TLSContextTests {
    let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared.get() }

    // MARK: - The server's certificate

    @Test(arguments: ["webhook.test", "a.wild.test", "127.0.0.1", "::1", "WEBHOOK.test"])
    func aNameTheCertificateCarriesIsBelieved(host: String) throws {
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext(), host: host)
        try pair.handshake()
        #expect(try pair.transfer([1], from: pair.client, to: pair.server) == [1])
    }

    @Test(arguments: [
        ("other.test", "hostname mismatch"), ("a.b.wild.test", "hostname mismatch"), ("wild.test", "hostname mismatch"),
        ("webhook", "hostname mismatch"), ("127.0.0.2", "IP address mismatch"), ("::2", "IP address mismatch"),
    ])
    func aNameItDoesNotCarryIsRefused(host: String, reason: String) throws {
        // "webhook" is the certificate's CN: names come from the SANs alone.
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext(), host: host)
        let text = reason + ", it is for webhook.test, *.wild.test, 127.0.0.1, ::1"
        #expect(throws: TLSError.untrusted(reason: text, expected: host)) { try pair.handshake() }
        #expect(pair.client.hasOutput, "the alert that tells the server why")
        _ = pair.deliver(from: pair.client, to: pair.server) {}
        #expect(throws: TLSError.self) { try pair.server.handshake() }
    }

    @Test func aCertificateWithoutNamesSaysSo() throws {
        let request = LeafRequest(subject: CertificateSubject(commonName: "webhook.test"), usages: .server)
        let leaf = try CertificateMaker.leaf(
            request,
            authority: certificates.authority,
            from: certificates.now,
            days: 1
        )
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext(identity: leaf))
        let error = #expect(throws: TLSError.self) { try pair.handshake() }
        #expect(error?.description.hasSuffix("hostname mismatch, it is for no name at all") == true)
    }

    @Test func aStrangersAuthorityIsRefused() throws {
        let stranger = try CertificateMaker.authority(commonName: "stranger", from: certificates.now, days: 1)
        let context = try certificates.clientContext(trust: .pem(stranger.certificateChainPEM))
        let pair = try TLSPair(context, certificates.serverContext())
        let error = #expect(throws: TLSError.self) { try pair.handshake() }
        #expect(
            error?.description
                == "the certificate of webhook.test is not trusted: unable to get local issuer certificate"
        )
    }

    @Test func anAuthorityOfTheSameNameWithAnotherKeyIsRefused() throws {
        let impostor = try CertificateMaker.authority(commonName: "test authority", from: certificates.now, days: 1)
        let context = try certificates.clientContext(trust: .pem(impostor.certificateChainPEM))
        let pair = try TLSPair(context, certificates.serverContext())
        #expect(throws: TLSError.self) { try pair.handshake() }
    }

    @Test func everyCertificateOfABundleIsAnAnchor() throws {
        let stranger = try CertificateMaker.authority(commonName: "stranger", from: certificates.now, days: 1)
        let bundle = stranger.certificateChainPEM + certificates.authority.certificateChainPEM
        let pair = try TLSPair(certificates.clientContext(trust: .pem(bundle)), certificates.serverContext())
        try pair.handshake()
        // The leaf itself, without its authority, as Go allows.
        let leaf = try certificates.clientContext(trust: .pem(certificates.server.certificateChainPEM))
        try TLSPair(leaf, certificates.serverContext()).handshake()
    }

    @Test func theSystemsAuthoritiesDoNotKnowOurs() throws {
        let pair = try TLSPair(certificates.clientContext(trust: .system), certificates.serverContext())
        #expect(throws: TLSError.self) { try pair.handshake() }
    }

    @Test func insecureBelievesAnybody() throws {
        let context = try certificates.clientContext(trust: .insecure)
        try TLSPair(context, certificates.serverContext(), host: "other.test").handshake()
    }

    @Test(arguments: [-10, 3])
    func aCertificateOutsideItsTimeIsRefused(days: Int) throws {
        var start = certificates.now
        start.seconds += Int64(days) * 86_400
        let request = LeafRequest(
            subject: CertificateSubject(commonName: "webhook"),
            dnsNames: ["webhook.test"],
            usages: .server
        )
        let leaf = try CertificateMaker.leaf(request, authority: certificates.authority, from: start, days: 2)
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext(identity: leaf))
        let reason = days < 0 ? "certificate has expired" : "certificate is not yet valid"
        #expect(throws: TLSError.untrusted(reason: reason, expected: "webhook.test")) { try pair.handshake() }
    }

    @Test func aClientsCertificateDoesNotServe() throws {
        let request = LeafRequest(
            subject: CertificateSubject(commonName: "webhook"),
            dnsNames: ["webhook.test"],
            usages: .client
        )
        let leaf = try CertificateMaker.leaf(
            request,
            authority: certificates.authority,
            from: certificates.now,
            days: 1
        )
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext(identity: leaf))
        let error = #expect(throws: TLSError.self) { try pair.handshake() }
        guard case .untrusted(let reason, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("purpose"), "\(reason)")
    }

    // MARK: - The client's certificate

    @Test(arguments: [TLSContext.Version.tls12, .tls13])
    func aClientsCertificateNamesUserAndGroups(version: TLSContext.Version) throws {
        let required = TLSContext.ClientCertificates.required(ca: certificates.authority.certificateChainPEM)
        let client = try certificates.clientContext(identity: certificates.client, highest: version)
        let pair = try TLSPair(client, certificates.serverContext(clients: required))
        try pair.handshake()
        let jane = CertificateSubject(commonName: "jane", organizations: ["dev", "system:masters"])
        #expect(pair.server.peer == jane)
        #expect(pair.client.peer == CertificateSubject(commonName: "webhook"))
        let fingerprint = try #require(pair.server.peerFingerprint)
        #expect(fingerprint.count == 64 && fingerprint.allSatisfy(\.isHexDigit))
        #expect(fingerprint != pair.client.peerFingerprint)
    }

    @Test func aRequiredCertificateThatIsMissingIsRefused() throws {
        let required = TLSContext.ClientCertificates.required(ca: certificates.authority.certificateChainPEM)
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext(clients: required))
        let error = #expect(throws: TLSError.self) { try pair.handshake() }
        #expect(
            error?.description.contains("peer did not return a certificate") == true,
            "\(String(describing: error))"
        )
        // In TLS 1.3 the client was done already; it learns at its next read.
        _ = pair.deliver(from: pair.server, to: pair.client) {}
        var read: [UInt8] = []
        let told = #expect(throws: TLSError.self) { try pair.client.read(into: &read, max: 10) }
        #expect(told?.description.contains("certificate required") == true, "\(String(describing: told))")
    }

    @Test func aRequestedCertificateMayBeMissingButNotWrong() throws {
        let requested = TLSContext.ClientCertificates.requested(ca: certificates.authority.certificateChainPEM)
        let server = try certificates.serverContext(clients: requested)
        let without = try TLSPair(certificates.clientContext(), server)
        try without.handshake()
        #expect(without.server.peer == nil)

        let stranger = try CertificateMaker.authority(commonName: "stranger", from: certificates.now, days: 1)
        let mallory = LeafRequest(
            subject: CertificateSubject(commonName: "mallory", organizations: ["system:masters"]),
            usages: .client
        )
        let forged = try CertificateMaker.leaf(mallory, authority: stranger, from: certificates.now, days: 1)
        let wrong = try TLSPair(certificates.clientContext(identity: forged), server)
        let error = #expect(throws: TLSError.self) { try wrong.handshake() }
        guard case .untrusted(_, expected: nil) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(wrong.server.peer == nil)
    }

    @Test func aServersCertificateIsNoClientsCertificate() throws {
        let required = TLSContext.ClientCertificates.required(ca: certificates.authority.certificateChainPEM)
        let client = try certificates.clientContext(identity: certificates.server)
        let pair = try TLSPair(client, certificates.serverContext(clients: required))
        #expect(throws: TLSError.self) { try pair.handshake() }
    }

    // MARK: - ALPN

    @Test(arguments: [
        (["h2", "http/1.1"], ["h2", "http/1.1"], "h2"),
        (["http/1.1", "h2"], ["h2", "http/1.1"], "h2"),
        (["h2", "http/1.1"], ["http/1.1"], "http/1.1"),
        (["http/1.1"], ["h2", "http/1.1"], "http/1.1"),
        ([], ["h2", "http/1.1"], nil),
    ])
    func theServersPreferenceChooses(offered: [String], served: [String], chosen: String?) throws {
        let client = try certificates.clientContext(alpn: offered)
        let pair = try TLSPair(client, certificates.serverContext(alpn: served))
        try pair.handshake()
        #expect(pair.server.negotiatedProtocol == chosen)
        #expect(pair.client.negotiatedProtocol == chosen)
    }

    @Test(arguments: [["spdy/3"], ["h2c", "h3"], ["http/1.10", "http/1."]])
    func aClientWithNoCommonProtocolIsRefused(offered: [String]) throws {
        let pair = try TLSPair(certificates.clientContext(alpn: offered), certificates.serverContext())
        #expect(throws: TLSError.self) { try pair.handshake() }
        _ = pair.deliver(from: pair.server, to: pair.client) {}
        let told = #expect(throws: TLSError.self) { try pair.client.handshake() }
        #expect(told?.description.contains("no application protocol") == true, "\(String(describing: told))")
    }

    // MARK: - Files

    @Test func aKeyOfAnotherCertificateIsRefused() throws {
        let mixed = TLSIdentity(
            certificateChainPEM: certificates.server.certificateChainPEM,
            privateKeyPEM: certificates.client.privateKeyPEM
        )
        #expect(throws: TLSError.file(.keyDoesNotMatchCertificate(subject: "CN=webhook"))) {
            try certificates.serverContext(identity: mixed)
        }
    }

    @Test func aChainIsSentWhole() throws {
        // The client trusts the authority alone; the file carries leaf and authority, in that order.
        var identity = certificates.server
        identity.certificateChainPEM += certificates.authority.certificateChainPEM
        try TLSPair(certificates.clientContext(), certificates.serverContext(identity: identity)).handshake()
    }
}
