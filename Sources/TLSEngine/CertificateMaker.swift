internal import CSSL
package import Wire

/// Makes X.509 certificates through OpenSSL: an authority, and leaves signed by it. ECDSA over P-256 and SHA-256.
package enum CertificateMaker {
    /// A self-signed authority that may sign leaves but no further authorities. Begins five minutes early, for verifiers
    /// whose clock is slow.
    package static func authority(commonName: String, from now: Timestamp, days: Int) throws(TLSError) -> TLSIdentity {
        try authority(commonName: commonName, notBefore: early(now), notAfter: later(now, days: days))
    }

    package static func authority(
        commonName: String,
        notBefore: Timestamp,
        notAfter: Timestamp
    ) throws(TLSError) -> TLSIdentity {
        let key = try newKey()
        let builder = try CertificateBuilder(subject: CertificateSubject(commonName: commonName), key: key)
        try builder.setValidity(notBefore: notBefore, notAfter: notAfter)
        try builder.setIssuer(nil)
        try builder.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", issuer: nil)
        try builder.add(NID_key_usage, "critical,keyCertSign,cRLSign", issuer: nil)
        try builder.add(NID_subject_key_identifier, "hash", issuer: nil)
        try builder.sign(with: key)
        return TLSIdentity(certificateChainPEM: try builder.pem(), privateKeyPEM: try PEM.text(ofKey: key))
    }

    /// A leaf signed by `authority`; its chain is the leaf alone. Begins five minutes early as well.
    package static func leaf(
        _ request: LeafRequest,
        authority: TLSIdentity,
        from now: Timestamp,
        days: Int
    ) throws(TLSError) -> TLSIdentity {
        try leaf(request, authority: authority, notBefore: early(now), notAfter: later(now, days: days))
    }

    package static func leaf(
        _ request: LeafRequest,
        authority: TLSIdentity,
        notBefore: Timestamp,
        notAfter: Timestamp
    ) throws(TLSError) -> TLSIdentity {
        let issuer = try PEM.certificates(authority.certificateChainPEM)[0]
        let issuerKey = try PEM.privateKey(authority.privateKeyPEM)
        try issuer.refuseOtherKey(issuerKey)
        let key = try newKey()
        let builder = try CertificateBuilder(subject: request.subject, key: key)
        try builder.setValidity(notBefore: notBefore, notAfter: notAfter)
        try builder.setIssuer(issuer)
        try builder.add(NID_basic_constraints, "critical,CA:FALSE", issuer: issuer)
        try builder.add(NID_key_usage, "critical,digitalSignature", issuer: issuer)
        try builder.add(NID_ext_key_usage, request.usages.extensionText, issuer: issuer)
        try builder.add(NID_subject_key_identifier, "hash", issuer: issuer)
        try builder.add(NID_authority_key_identifier, "keyid:always", issuer: issuer)
        if let names = try request.namesText() { try builder.add(NID_subject_alt_name, names, issuer: issuer) }
        try builder.sign(with: issuerKey)
        return TLSIdentity(certificateChainPEM: try builder.pem(), privateKeyPEM: try PEM.text(ofKey: key))
    }

    private static func early(_ now: Timestamp) -> Timestamp { Timestamp(seconds: now.seconds - 300) }

    private static func later(_ now: Timestamp, days: Int) -> Timestamp {
        precondition(days > 0, "a certificate is valid for a day at least")
        return Timestamp(seconds: now.seconds + Int64(days) * 86_400)
    }

    private static func newKey() throws(TLSError) -> OwnedHandle {
        ErrorQueue.clear()
        return try unsafe OwnedHandle(cssl_generate_p256(), from: "EVP_PKEY_Q_keygen", release: EVP_PKEY_free)
    }
}

/// What a leaf certificate says.
package struct LeafRequest: Sendable, Equatable {
    /// CN = user and O = groups, where Kubernetes reads a client certificate.
    package var subject: CertificateSubject
    package var dnsNames: [String]
    package var ipAddresses: [String]
    package var usages: CertificateUsages

    package init(
        subject: CertificateSubject,
        dnsNames: [String] = [],
        ipAddresses: [String] = [],
        usages: CertificateUsages
    ) {
        self.subject = subject
        self.dnsNames = dnsNames
        self.ipAddresses = ipAddresses
        self.usages = usages
    }

    /// OpenSSL's text of the SANs. Every name is checked first, because a comma in one would begin another.
    fileprivate func namesText() throws(TLSError) -> String? {
        for name in dnsNames where !Self.isDNSName(name) {
            throw .failed(call: "CertificateMaker.leaf", reasons: ["'\(name)' is no DNS name"])
        }
        for address in ipAddresses where !Self.isAddress(address) {
            throw .failed(call: "CertificateMaker.leaf", reasons: ["'\(address)' is no IP address"])
        }
        let all = dnsNames.map { "DNS:" + $0 } + ipAddresses.map { "IP:" + $0 }
        return all.isEmpty ? nil : all.joined(separator: ",")
    }

    /// Labels of letters, digits and inner "-"; the first label may be "*" alone.
    private static func isDNSName(_ name: String) -> Bool {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard !name.isEmpty, name.utf8.count <= 253 else { return false }
        return labels.enumerated().allSatisfy { index, label in
            if index == 0, label.elementsEqual("*".utf8) { return labels.count > 1 }
            let dash = UInt8(ascii: "-")
            guard (1...63).contains(label.count), label.first != dash, label.last != dash else { return false }
            return label.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), dash: true
                default: false
                }
            }
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        let octets = unsafe a2i_IPADDRESS(text)
        defer { unsafe ASN1_OCTET_STRING_free(octets) }
        return unsafe octets != nil
    }
}

package struct CertificateUsages: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let server = CertificateUsages(rawValue: 1)
    package static let client = CertificateUsages(rawValue: 2)

    fileprivate var extensionText: String {
        precondition(!isEmpty, "a leaf is for servers, for clients, or for both")
        var names: [String] = []
        if contains(.server) { names.append("serverAuth") }
        if contains(.client) { names.append("clientAuth") }
        return names.joined(separator: ",")
    }
}
