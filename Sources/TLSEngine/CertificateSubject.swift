internal import CSSL

/// The parts of a certificate's subject that Kubernetes reads: CN is the user, each O a group.
package struct CertificateSubject: Sendable, Equatable {
    package var commonName: String
    package var organizations: [String]

    package init(commonName: String, organizations: [String] = []) {
        self.commonName = commonName
        self.organizations = organizations
    }

    /// `name` is borrowed for the call.
    @unsafe
    init(_ name: OpaquePointer?) {
        unsafe commonName = Self.texts(of: NID_commonName, in: name).last ?? ""
        unsafe organizations = Self.texts(of: NID_organizationName, in: name)
    }

    @unsafe
    private static func texts(of attribute: Int32, in name: OpaquePointer?) -> [String] {
        var found: [String] = []
        var index = unsafe X509_NAME_get_index_by_NID(name, attribute, -1)
        while index >= 0 {
            var text: UnsafeMutablePointer<UInt8>?
            let value = unsafe X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index))
            let count = unsafe ASN1_STRING_to_UTF8(&text, value)
            if count >= 0, let text = unsafe text {
                unsafe found.append(
                    String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
                )
                unsafe CRYPTO_free(text, #file, #line)
            }
            index = unsafe X509_NAME_get_index_by_NID(name, attribute, index)
        }
        return found
    }
}

extension CertificateSubject: CustomStringConvertible {
    /// `CN=jane,O=system:masters`
    package var description: String {
        (["CN=" + commonName] + organizations.map { "O=" + $0 }).joined(separator: ",")
    }
}

extension Certificate {
    var subject: CertificateSubject { unsafe CertificateSubject(X509_get_subject_name(handle.pointer)) }

    func refuseOtherKey(_ key: borrowing OwnedHandle) throws(TLSError) {
        guard unsafe X509_check_private_key(handle.pointer, key.pointer) == 1 else {
            ErrorQueue.clear()
            throw .file(.keyDoesNotMatchCertificate(subject: subject.description))
        }
    }
}
