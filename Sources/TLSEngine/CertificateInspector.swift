internal import CSSL
package import Wire

/// Reads certificates, and says of wrong files what is wrong.
package enum CertificateInspector {
    /// Every certificate of a PEM text, in order; at least one.
    package static func certificates(_ pem: [UInt8]) throws(TLSError) -> [CertificateSummary] {
        var summaries: [CertificateSummary] = []
        for certificate in try PEM.certificates(pem) { summaries.append(try certificate.summary()) }
        return summaries
    }

    /// Each certificate of a PEM text as a text of its own, without what stood between them.
    package static func split(_ pem: [UInt8]) throws(TLSError) -> [(summary: CertificateSummary, pem: [UInt8])] {
        var parts: [(summary: CertificateSummary, pem: [UInt8])] = []
        for certificate in try PEM.certificates(pem) {
            parts.append((try certificate.summary(), try PEM.text(of: certificate.handle)))
        }
        return parts
    }

    /// Whether a server that shows this chain is believed by whoever trusts `anchor` alone, by its signatures and purpose.
    /// Times and names are for others to judge.
    package static func isBelieved(_ chainPEM: [UInt8], by anchorPEM: [UInt8]) throws(TLSError) -> Bool {
        try CertificateChain.refusal(of: chainPEM, trusting: anchorPEM) == nil
    }

    /// Whether the two belong together; throws if one of them cannot be read.
    package static func belongsTogether(_ identity: TLSIdentity) throws(TLSError) -> Bool {
        let certificate = try PEM.certificates(identity.certificateChainPEM)[0]
        do {
            try certificate.refuseOtherKey(PEM.privateKey(identity.privateKeyPEM))
            return true
        } catch .file(.keyDoesNotMatchCertificate) {
            return false
        }
    }

    /// The leaf of an identity that can serve at `now`: well-formed, key and certificate belong together, in its time.
    @discardableResult
    package static func check(_ identity: TLSIdentity, at now: Timestamp) throws(TLSError) -> CertificateSummary {
        let leaf = try PEM.certificates(identity.certificateChainPEM)[0]
        try leaf.refuseOtherKey(PEM.privateKey(identity.privateKeyPEM))
        let summary = try leaf.summary()
        let subject = summary.subject.description
        if now > summary.notAfter { throw .file(.expired(subject: subject, notAfter: summary.notAfter.rfc3339)) }
        if now < summary.notBefore { throw .file(.notYetValid(subject: subject, notBefore: summary.notBefore.rfc3339)) }
        return summary
    }
}

/// What a certificate says, for people and for checks.
package struct CertificateSummary: Sendable, Equatable {
    package var subject: CertificateSubject
    package var issuer: CertificateSubject
    package var dnsNames: [String]
    package var ipAddresses: [String]
    package var notBefore: Timestamp
    package var notAfter: Timestamp
    package var isAuthority: Bool
    /// Hexadecimal.
    package var serial: String
    /// SHA-256, hexadecimal.
    package var fingerprint: String

    package init(
        subject: CertificateSubject,
        issuer: CertificateSubject,
        dnsNames: [String],
        ipAddresses: [String],
        notBefore: Timestamp,
        notAfter: Timestamp,
        isAuthority: Bool,
        serial: String,
        fingerprint: String = ""
    ) {
        self.subject = subject
        self.issuer = issuer
        self.dnsNames = dnsNames
        self.ipAddresses = ipAddresses
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.isAuthority = isAuthority
        self.serial = serial
        self.fingerprint = fingerprint
    }
}

extension Certificate {
    fileprivate func summary() throws(TLSError) -> CertificateSummary {
        let x509 = unsafe handle.pointer
        let names = unsafe CertificateNames(of: x509)
        return CertificateSummary(
            subject: subject,
            issuer: unsafe CertificateSubject(X509_get_issuer_name(x509)),
            dnsNames: names.dns,
            ipAddresses: names.ip,
            notBefore: try unsafe Self.timestamp(X509_get0_notBefore(x509)),
            notAfter: try unsafe Self.timestamp(X509_get0_notAfter(x509)),
            isAuthority: unsafe X509_check_ca(x509) == 1,
            serial: unsafe Self.hex(X509_get0_serialNumber(x509)),
            fingerprint: try fingerprint()
        )
    }

    private func fingerprint() throws(TLSError) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        // OpenSSL writes 32 bytes, as many as SHA-256 has.
        try succeed("X509_digest", unsafe X509_digest(handle.pointer, EVP_sha256(), &digest, &count))
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// By its distance from 1970, so that no C calendar is needed.
    @unsafe
    private static func timestamp(_ time: UnsafePointer<ASN1_TIME>?) throws(TLSError) -> Timestamp {
        let epoch = unsafe ASN1_TIME_set(nil, 0)
        defer { unsafe ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        try succeed("ASN1_TIME_diff", unsafe ASN1_TIME_diff(&days, &seconds, epoch, time))
        return Timestamp(seconds: Int64(days) * 86_400 + Int64(seconds))
    }

    @unsafe
    private static func hex(_ serial: UnsafePointer<ASN1_INTEGER>?) -> String {
        guard let serial = unsafe serial else { return "" }
        let bytes = unsafe UnsafeBufferPointer(
            start: ASN1_STRING_get0_data(serial),
            count: Int(ASN1_STRING_length(serial))
        )
        return unsafe bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
