internal import CSSL

/// The subject alternative names of both kinds that TLS clients look at.
struct CertificateNames {
    private(set) var dns: [String] = []
    private(set) var ip: [String] = []

    /// `certificate` is borrowed for the call.
    @unsafe
    init(of certificate: OpaquePointer) {
        let found = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil)
        guard let names = unsafe found.map({ OpaquePointer($0) }) else { return }
        defer { unsafe GENERAL_NAMES_free(names) }
        let count = unsafe cssl_general_name_count(names)
        for index in 0..<count {
            var kind: Int32 = 0
            let value = unsafe GENERAL_NAME_get0_value(cssl_general_name(names, index), &kind)
            guard kind == GEN_DNS || kind == GEN_IPADD else { continue }
            guard let text = unsafe value?.assumingMemoryBound(to: ASN1_STRING.self) else { continue }
            let bytes = unsafe Array(
                UnsafeBufferPointer(start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text)))
            )
            if kind == GEN_DNS {
                dns.append(String(decoding: bytes, as: UTF8.self))
            } else {
                ip.append(Self.address(bytes))
            }
        }
    }

    private static func address(_ octets: [UInt8]) -> String {
        guard octets.count == 4 || octets.count == 16 else { return "address of \(octets.count) bytes" }
        // INET6_ADDRSTRLEN
        var text = [CChar](repeating: 0, count: 46)
        unsafe _ = cssl_address_text(octets, octets.count, &text, UInt32(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
