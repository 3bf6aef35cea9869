import CSSL
import TLSEngine
import Testing
import Wire

/// OpenSSL's error queue belongs to the thread, not to a session: what somebody left there must not be taken for an error of
/// the next call.
@Suite struct ErrorQueueTests {
    /// Leaves an error in the queue of this thread, as a call does whose failure nobody asks about.
    private func litter() {
        ERR_clear_error()
        #expect(unsafe BIO_new_file("/no/such/file", "r") == nil)
        #expect(ERR_peek_error() != 0)
    }

    @Test(arguments: [TLSContext.Version.tls12, .tls13])
    func whatOthersLeftIsNotTakenForOnesOwn(version: TLSContext.Version) throws {
        let certificates = try TestCertificates.shared.get()
        let pair = try TLSPair(certificates.clientContext(highest: version), certificates.serverContext())
        // Each of these waits for input, which OpenSSL reports by way of the queue.
        litter()
        #expect(try !pair.client.handshake())
        litter()
        #expect(try !pair.server.handshake())
        try pair.handshake()
        var received: [UInt8] = []
        litter()
        #expect(try pair.server.read(into: &received, max: 100) == .needsInput)
        litter()
        #expect(try pair.transfer(Array("hello".utf8), from: pair.client, to: pair.server) == Array("hello".utf8))
        litter()
        pair.client.shutdown()
        _ = try pair.deliver(from: pair.client, to: pair.server) {
            litter()
            let end = try pair.server.read(into: &received, max: 100)
            #expect(end == .closed)
        }
    }

    @Test func aSessionThatFailsLeavesTheNextOneAlone() throws {
        let certificates = try TestCertificates.shared.get()
        let context = try certificates.serverContext()
        for garbage in ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\0\u{5}hello", "\0\0\0\0\0\0\0\0\0\0\0"] {
            let broken = try TLSSession(accepting: context)
            broken.receive(Array(garbage.utf8).span)
            #expect(throws: TLSError.self) { try broken.handshake() }
            let pair = try TLSPair(certificates.clientContext(), context)
            #expect(try !pair.server.handshake())
            try pair.handshake()
        }
    }

    @Test func materialThatIsRefusedLeavesTheNextOneAlone() throws {
        let certificates = try TestCertificates.shared.get()
        litter()
        #expect(throws: TLSError.self) {
            try TLSContext.client(trust: .pem(Array("-----BEGIN CERTIFICATE-----\nAAAA\n".utf8)), alpn: [])
        }
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext())
        #expect(try !pair.server.handshake())
        litter()
        _ = try certificates.serverContext(clients: .required(ca: certificates.authority.certificateChainPEM))
        #expect(try !pair.server.handshake())
    }
}
