import TLSEngine
import Wire

/// Certificates as PEM, or as DER that is wrapped here so that mutations reach what PEM's Base64 hides.
func fuzzCertificates(_ bytes: [UInt8]) throws(Finding) {
    let isPEM = bytes.starts(with: "-----".utf8)
    let pem = isPEM ? bytes : Array("-----BEGIN CERTIFICATE-----\n".utf8) + lines(bytes) + ending
    let summaries: [CertificateSummary]
    do throws(TLSError) {
        summaries = try CertificateInspector.certificates(pem)
    } catch {
        try hold(!"\(error)".isEmpty, "an error without a word")
        _ = outcome { () throws(TLSError) in try TLSContext.client(trust: .pem(pem), alpn: []) }
        return
    }
    try hold(!summaries.isEmpty, "no certificate, and no error")
    let parts = outcome { () throws(TLSError) in try CertificateInspector.split(pem) }.value ?? []
    try hold(parts.map(\.summary) == summaries, "split they are \(parts.count) others")
    for part in parts {
        let again = outcome { () throws(TLSError) in try CertificateInspector.certificates(part.pem) }
        try hold(again.value == [part.summary], "a part reads as \(again)")
        try hold(part.summary.fingerprint.utf8.count == 64, "fingerprint \(part.summary.fingerprint)")
        _ = part.summary.notAfter.rfc3339
    }
    _ = outcome { () throws(TLSError) in
        try CertificateChain.refusal(
            of: pem,
            trusting: pem,
            host: "webhook.test",
            at: Timestamp(seconds: 1_795_365_480)
        )
    }
    let identity = TLSIdentity(certificateChainPEM: pem, privateKeyPEM: pem)
    _ = outcome { () throws(TLSError) in
        try CertificateInspector.check(identity, at: Timestamp(seconds: 1_795_365_480))
    }
}

private let ending = Array("\n-----END CERTIFICATE-----\n".utf8)

/// Base64 in lines of 64, as PEM wants it.
private func lines(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    for (index, byte) in Base64.encode(bytes).enumerated() {
        if index > 0, index % 64 == 0 { out.append(0x0A) }
        out.append(byte)
    }
    return out
}
