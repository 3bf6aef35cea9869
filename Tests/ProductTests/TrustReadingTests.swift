import TLSEngine
import TestSupport
import Testing
import Trust
import Wire

@testable import Product

/// If this fails, a webhook calls itself ready with a certificate that it cannot serve with.
@Suite struct TrustReadingTests {
    private func reading(_ leaf: TLSIdentity) -> TrustReading {
        func base64(_ bytes: [UInt8]) -> JSONValue { .string(String(decoding: Base64.encode(bytes), as: UTF8.self)) }
        let secret: JSONValue = [
            "metadata": ["resourceVersion": "7"],
            "data": ["tls.crt": base64(leaf.certificateChainPEM), "tls.key": base64(leaf.privateKeyPEM)],
        ]
        return TrustReading(configuration: nil, secret: secret, dnsNames: ["webhook.test"])
    }

    @Test func aLeafThatCannotBeServedWithIsAFaultAndNoLeaf() throws {
        let weak = reading(try WeakCertificate.make(for: "webhook.test"))
        #expect(weak.leaf == nil && weak.view.secret.leaf == nil)
        #expect(weak.view.secret.faults.count == 1)
        #expect(weak.view.secret.faults.first?.contains("too small") == true, "\(weak.view.secret.faults)")
        let authority = try CertificateMaker.authority(commonName: "a", from: WallSeconds.now, days: 1)
        let request = LeafRequest(
            subject: CertificateSubject(commonName: "a"),
            dnsNames: ["webhook.test"],
            usages: .server
        )
        let good = reading(try CertificateMaker.leaf(request, authority: authority, from: WallSeconds.now, days: 1))
        #expect(good.leaf != nil && good.view.secret.faults.isEmpty)
    }
}
