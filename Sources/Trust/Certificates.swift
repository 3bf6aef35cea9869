// Trust: who believes which certificate, as values. The machine that renews the webhook's certificate and the authority
// behind it. No key, no parser, no I/O, no clock.
// Next door: TLSEngine makes and reads certificates, Product/Certificates carries out what the machine asks for.
package import Wire

/// SHA-256 of a certificate, in hexadecimal.
package typealias Fingerprint = String

/// A certificate as far as rotation cares.
package struct CertificateFacts: Sendable, Hashable {
    package var fingerprint: Fingerprint
    package var notBefore: Timestamp
    package var notAfter: Timestamp

    package init(fingerprint: Fingerprint, notBefore: Timestamp, notAfter: Timestamp) {
        self.fingerprint = fingerprint
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}

/// A serving certificate that came with its own key.
package struct LeafFacts: Sendable, Hashable {
    package var certificate: CertificateFacts
    /// By which of the authorities in sight it is believed. More than one only if somebody re-issued an authority.
    package var issuers: Set<Fingerprint>
    /// Whether it carries the names under which the API server calls.
    package var hasNames: Bool

    package init(certificate: CertificateFacts, issuers: Set<Fingerprint>, hasNames: Bool) {
        self.certificate = certificate
        self.issuers = issuers
        self.hasNames = hasNames
    }
}

/// From when to when a new certificate is to be valid.
package struct Validity: Sendable, Hashable {
    package var notBefore: Timestamp
    package var notAfter: Timestamp

    package init(notBefore: Timestamp, notAfter: Timestamp) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}
