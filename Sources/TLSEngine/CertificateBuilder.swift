internal import CSSL
internal import Wire

/// One certificate on its way to be signed.
final class CertificateBuilder {
    private let certificate: Certificate

    init(subject: CertificateSubject, key: borrowing OwnedHandle) throws(TLSError) {
        ErrorQueue.clear()
        certificate = try unsafe Certificate(adopting: X509_new(), from: "X509_new")
        let x509 = unsafe certificate.handle.pointer
        try succeed("X509_set_version", unsafe X509_set_version(x509, Int(X509_VERSION_3)))
        try succeed("X509_set_pubkey", unsafe X509_set_pubkey(x509, key.pointer))
        let name = unsafe X509_get_subject_name(x509)
        try unsafe Self.add("CN", subject.commonName, to: name)
        for organization in subject.organizations { try unsafe Self.add("O", organization, to: name) }
        try setRandomSerial()
    }

    @unsafe
    private static func add(_ attribute: String, _ value: String, to name: OpaquePointer?) throws(TLSError) {
        let bytes = Array(value.utf8)
        // The last two arguments: at the end, as a set of its own.
        let result = unsafe X509_NAME_add_entry_by_txt(
            name,
            attribute,
            CSSL_MBSTRING_UTF8,
            bytes,
            Int32(bytes.count),
            -1,
            0
        )
        try succeed("X509_NAME_add_entry_by_txt(\(attribute)=\(value))", result)
    }

    /// 128 random bits: positive, and within RFC 5280's 20 octets.
    private func setRandomSerial() throws(TLSError) {
        let number = try unsafe OwnedHandle(BN_new(), from: "BN_new", release: BN_free)
        try succeed("BN_rand", unsafe BN_rand(number.pointer, 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY))
        let serial = unsafe X509_get_serialNumber(certificate.handle.pointer)
        try succeed("BN_to_ASN1_INTEGER", unsafe BN_to_ASN1_INTEGER(number.pointer, serial) == nil ? 0 : 1)
    }

    /// To the second.
    func setValidity(notBefore: Timestamp, notAfter: Timestamp) throws(TLSError) {
        precondition(notBefore < notAfter, "a certificate ends after it begins")
        let x509 = unsafe certificate.handle.pointer
        let start = unsafe ASN1_TIME_set(X509_getm_notBefore(x509), Int(notBefore.seconds))
        try succeed("ASN1_TIME_set", unsafe start == nil ? 0 : 1)
        let end = unsafe ASN1_TIME_set(X509_getm_notAfter(x509), Int(notAfter.seconds))
        try succeed("ASN1_TIME_set", unsafe end == nil ? 0 : 1)
    }

    /// nil: the certificate itself.
    func setIssuer(_ issuer: Certificate?) throws(TLSError) {
        let name = unsafe X509_get_subject_name((issuer ?? certificate).handle.pointer)
        try succeed("X509_set_issuer_name", unsafe X509_set_issuer_name(certificate.handle.pointer, name))
    }

    /// `value` in the language of openssl.cnf.
    func add(_ nid: Int32, _ value: String, issuer: Certificate?) throws(TLSError) {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(
            &context,
            (issuer ?? certificate).handle.pointer,
            certificate.handle.pointer,
            nil,
            nil,
            0
        )
        ErrorQueue.clear()
        let made = unsafe X509V3_EXT_conf_nid(nil, &context, nid, value)
        let addition = try unsafe OwnedHandle(made, from: "X509V3_EXT_conf_nid(\(value))", release: X509_EXTENSION_free)
        try succeed("X509_add_ext", unsafe X509_add_ext(certificate.handle.pointer, addition.pointer, -1))
    }

    func sign(with key: borrowing OwnedHandle) throws(TLSError) {
        ErrorQueue.clear()
        // X509_sign returns the signature's length.
        let length = unsafe X509_sign(certificate.handle.pointer, key.pointer, EVP_sha256())
        try succeed("X509_sign", length > 0 ? 1 : 0)
    }

    func pem() throws(TLSError) -> [UInt8] { try PEM.text(of: certificate.handle) }
}
