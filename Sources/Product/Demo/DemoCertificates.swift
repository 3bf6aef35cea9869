internal import TLSEngine
internal import Wire

/// The webhook's serving certificate and the authority that signed it.
struct DemoCertificates {
    let authority: [UInt8]
    let chain: [UInt8]
    let key: [UInt8]

    static func make(name: String, now: Timestamp) throws -> DemoCertificates {
        let authority = try CertificateMaker.authority(commonName: "workclaim demo", from: now, days: 7)
        let request = LeafRequest(subject: CertificateSubject(commonName: name), dnsNames: [name], usages: .server)
        let leaf = try CertificateMaker.leaf(request, authority: authority, from: now, days: 7)
        return DemoCertificates(
            authority: authority.certificateChainPEM,
            chain: leaf.certificateChainPEM,
            key: leaf.privateKeyPEM
        )
    }

    func secret(name: String, namespace: String) -> JSONValue {
        func base64(_ bytes: [UInt8]) -> JSONValue { .string(String(decoding: Base64.encode(bytes), as: UTF8.self)) }
        return [
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "data": ["tls.crt": base64(chain), "tls.key": base64(key), "ca.crt": base64(authority)],
        ]
    }
}
