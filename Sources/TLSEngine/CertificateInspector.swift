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
}

extension Certificate {
    fileprivate func summary() throws(TLSError) -> CertificateSummary {
        let x509 = unsafe handle.pointer
        let (dnsNames, ipAddresses) = names()
        return CertificateSummary(
            subject: subject,
            issuer: unsafe CertificateSubject(X509_get_issuer_name(x509)),
            dnsNames: dnsNames,
            ipAddresses: ipAddresses,
            notBefore: try unsafe Self.timestamp(X509_get0_notBefore(x509)),
            notAfter: try unsafe Self.timestamp(X509_get0_notAfter(x509)),
            isAuthority: unsafe X509_check_ca(x509) == 1,
            serial: unsafe Self.hex(X509_get0_serialNumber(x509))
        )
    }

    /// The subject alternative names of both kinds that TLS clients look at.
    private func names() -> (dns: [String], ip: [String]) {
        var dns: [String] = []
        var ip: [String] = []
        let found = unsafe X509_get_ext_d2i(handle.pointer, NID_subject_alt_name, nil, nil)
        guard let names = unsafe found.map({ OpaquePointer($0) }) else { return (dns, ip) }
        defer { unsafe GENERAL_NAMES_free(names) }
        let count = unsafe cssl_general_name_count(names)
        for index in 0..<count {
            var kind: Int32 = 0
            let value = unsafe GENERAL_NAME_get0_value(cssl_general_name(names, index), &kind)
            guard let value = unsafe value?.assumingMemoryBound(to: ASN1_STRING.self) else { continue }
            let bytes = unsafe UnsafeBufferPointer(
                start: ASN1_STRING_get0_data(value),
                count: Int(ASN1_STRING_length(value))
            )
            if kind == GEN_DNS { unsafe dns.append(String(decoding: bytes, as: UTF8.self)) }
            if kind == GEN_IPADD { unsafe ip.append(Self.address(Array(bytes))) }
        }
        return (dns, ip)
    }

    private static func address(_ octets: [UInt8]) -> String {
        guard octets.count == 4 || octets.count == 16 else { return "address of \(octets.count) bytes" }
        var text = [CChar](repeating: 0, count: 46)
        unsafe _ = cssl_address_text(octets, octets.count, &text, UInt32(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
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
