import TLSEngine
import Testing
import Wire

@Suite struct TLSSessionTests {
    let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared.get() }

    @Test func bytesGoBothWays() throws {
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext())
        try pair.handshake()
        #expect(pair.client.version == "TLSv1.3")
        #expect(pair.server.negotiatedProtocol == "h2")
        #expect(pair.client.negotiatedProtocol == "h2")
        let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        #expect(try pair.transfer(request, from: pair.client, to: pair.server) == request)
        #expect(try pair.transfer(request, from: pair.server, to: pair.client) == request)
    }
}
