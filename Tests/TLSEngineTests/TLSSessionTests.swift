import TLSEngine
import Testing
import Wire

/// Broken here means: a webhook that nobody can reach, or one that anybody can play.
@Suite struct TLSSessionTests {
    let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared.get() }

    @Test(arguments: [TLSContext.Version.tls12, .tls13])
    func bytesGoBothWays(version: TLSContext.Version) throws {
        let context = try certificates.clientContext(highest: version)
        let pair = try TLSPair(context, certificates.serverContext())
        try pair.handshake()
        #expect(pair.client.version == (version == .tls13 ? "TLSv1.3" : "TLSv1.2"))
        #expect(pair.server.version == pair.client.version)
        let text = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        #expect(try pair.transfer(text, from: pair.client, to: pair.server) == text)
        #expect(try pair.transfer(text, from: pair.server, to: pair.client) == text)
    }

    @Test(arguments: [1, 2, 3, 5, 11, 1_000], [TLSContext.Version.tls12, .tls13])
    func theWireMayCutBytesAnywhere(piece: Int, version: TLSContext.Version) throws {
        var pair = try TLSPair(certificates.clientContext(highest: version), certificates.serverContext())
        pair.piece = piece
        try pair.handshake()
        let body = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(try pair.transfer(body, from: pair.client, to: pair.server) == body)
        #expect(try pair.transfer(body, from: pair.server, to: pair.client) == body)
    }

    @Test func aRecordMayBeSplitAtEveryOffset() throws {
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext())
        try pair.handshake()
        let text = Array("one record".utf8)
        var length = Int.max
        var offset = 0
        while offset <= length {
            try pair.client.write(text.span)
            var record: [UInt8] = []
            pair.client.takeOutput(into: &record)
            length = record.count
            let cut = min(offset, length)
            pair.server.receive(record.span.extracting(0..<cut))
            var read: [UInt8] = []
            if cut < length { #expect(try pair.server.read(into: &read, max: 100) == .needsInput) }
            pair.server.receive(record.span.extracting(cut..<length))
            #expect(try pair.server.read(into: &read, max: 100) == .bytes(text.count))
            #expect(read == text)
            offset += 1
        }
        #expect(length > text.count)
    }

    @Test func aBodyLargerThanManyRecordsArrivesWhole() throws {
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext())
        try pair.handshake()
        let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        #expect(try pair.transfer(body, from: pair.server, to: pair.client) == body)
    }

    @Test func readingTakesNoMoreThanAsked() throws {
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext())
        try pair.handshake()
        try pair.client.write(Array("abcdef".utf8).span)
        _ = pair.deliver(from: pair.client, to: pair.server) {}
        var read = Array("before ".utf8)
        #expect(try pair.server.read(into: &read, max: 4) == .bytes(4))
        #expect(String(decoding: read, as: UTF8.self) == "before abcd")
        #expect(try pair.server.read(into: &read, max: 4) == .bytes(2))
        #expect(try pair.server.read(into: &read, max: 4) == .needsInput)
        #expect(String(decoding: read, as: UTF8.self) == "before abcdef")
    }

    /// The way of a server: each delivery is lent, whatever records it cuts.
    @Test(arguments: [1, 7, 100, 1_400, 20_000, 65_536]) func whatIsLentIsReadWhole(piece: Int) throws {
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext())
        try pair.handshake()
        let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        var ciphertext: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: 3_000) {
            try pair.client.write(body.span.extracting(start..<min(body.count, start + 3_000)))
        }
        try pair.client.write(body.span)
        pair.client.shutdown()
        pair.client.takeOutput(into: &ciphertext)
        var read: [UInt8] = []
        var end = TLSRead.needsInput
        for start in stride(from: 0, to: ciphertext.count, by: piece) {
            #expect(end == .needsInput)
            let delivery = start..<min(ciphertext.count, start + piece)
            end = try pair.server.read(ciphertext.span.extracting(delivery), into: &read)
        }
        #expect(end == .closed)
        #expect(read == body + body)
    }

    /// A caller may stop reading; what it had lent is not lost.
    @Test func whatWasKeptIsReadBeforeWhatIsLent() throws {
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext())
        try pair.handshake()
        try pair.client.write(Array("first ".utf8).span)
        pair.server.receive(pair.client.takeOutput().span)
        try pair.client.write(Array("second".utf8).span)
        var read: [UInt8] = []
        #expect(try pair.server.read(pair.client.takeOutput().span, into: &read) == .needsInput)
        #expect(String(decoding: read, as: UTF8.self) == "first second")
    }

    // MARK: - The end

    @Test func closeNotifyIsACleanEndBothWays() throws {
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext())
        try pair.handshake()
        pair.client.shutdown()
        pair.client.shutdown()
        var read: [UInt8] = []
        _ = pair.deliver(from: pair.client, to: pair.server) {}
        pair.server.receiveEnd()
        #expect(try pair.server.read(into: &read, max: 10) == .closed)
        // The other direction is still open.
        #expect(try pair.transfer([1, 2, 3], from: pair.server, to: pair.client) == [1, 2, 3])
        pair.server.shutdown()
        _ = pair.deliver(from: pair.server, to: pair.client) {}
        #expect(try pair.client.read(into: &read, max: 10) == .closed)
    }

    @Test(arguments: [TLSContext.Version.tls12, .tls13])
    func anEndWithoutCloseNotifyIsATruncation(version: TLSContext.Version) throws {
        let pair = try TLSPair(certificates.clientContext(highest: version), certificates.serverContext())
        try pair.handshake()
        try pair.client.write(Array("half a message".utf8).span)
        _ = pair.deliver(from: pair.client, to: pair.server) {}
        pair.server.receiveEnd()
        var read: [UInt8] = []
        #expect(try pair.server.read(into: &read, max: 100) == .bytes(14))
        #expect(throws: TLSError.truncated) { try pair.server.read(into: &read, max: 100) }
    }

    @Test func anEndWithinTheHandshakeIsATruncation() throws {
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext())
        _ = try pair.client.handshake()
        pair.client.receiveEnd()
        #expect(throws: TLSError.truncated) { try pair.client.handshake() }
    }

    @Test func aChangedRecordIsRefusedAndThePeerIsTold() throws {
        let pair = try TLSPair(certificates.clientContext(), certificates.serverContext())
        try pair.handshake()
        try pair.client.write(Array("untouched".utf8).span)
        var record: [UInt8] = []
        pair.client.takeOutput(into: &record)
        record[record.count - 1] ^= 1
        pair.server.receive(record.span)
        var read: [UInt8] = []
        let error = #expect(throws: TLSError.self) { try pair.server.read(into: &read, max: 100) }
        #expect(error?.description.contains("bad record mac") == true, "\(String(describing: error))")
        #expect(read.isEmpty)
        #expect(pair.server.hasOutput, "the alert")
        _ = pair.deliver(from: pair.server, to: pair.client) {}
        #expect(throws: TLSError.self) { try pair.client.read(into: &read, max: 100) }
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nhost: webhook\r\n\r\n", "\0\0\0\0\0\0\0\0\0\0", "SSH-2.0-OpenSSH_9.2\r\n"])
    func whatIsNoTLSIsRefusedInWords(text: String) throws {
        let server = try TLSSession(accepting: certificates.serverContext())
        server.receive(Array(text.utf8).span)
        let error = #expect(throws: TLSError.self) { try server.handshake() }
        guard case .failed(call: "SSL_do_handshake", let reasons) = error else {
            Issue.record("not a refusal: \(String(describing: error))")
            return
        }
        #expect(!reasons.isEmpty && reasons != ["OpenSSL gives no reason"])
    }

    /// Each byte of the server's flight in turn: whatever it is part of, the client never believes the result.
    @Test(arguments: [TLSContext.Version.tls12, .tls13])
    func aChangedByteAnywhereInTheServersFlightEstablishesNothing(version: TLSContext.Version) throws {
        let (client, server) = try (certificates.clientContext(highest: version), certificates.serverContext())
        var length = 1
        var offset = 0
        while offset < length {
            let pair = try TLSPair(client, server)
            _ = try pair.client.handshake()
            _ = pair.deliver(from: pair.client, to: pair.server) {}
            _ = try pair.server.handshake()
            var flight: [UInt8] = []
            pair.server.takeOutput(into: &flight)
            length = flight.count
            guard offset < length else { break }
            defer { offset += 1 }
            // The minor version of the first record, which both versions leave out of account (RFC 8446 §5.1).
            if offset == 2 { continue }
            flight[offset] ^= 0x10
            pair.client.receive(flight.span)
            var believed = (try? pair.client.handshake()) ?? false
            if version == .tls12, !believed {
                // TLS 1.2 checks the whole handshake at its end, when the server has answered once more.
                _ = pair.deliver(from: pair.client, to: pair.server) {}
                _ = try? pair.server.handshake()
                _ = pair.deliver(from: pair.server, to: pair.client) {}
                believed = (try? pair.client.handshake()) ?? false
            }
            #expect(!believed, "byte \(offset) of \(length)")
        }
        #expect(length > 500)
    }
}
