import TLSEngine
import Testing

/// What a webhook sees of the embedded API server first: the hello of our client.
@Suite struct ClientHelloTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared.get() }

    @Test(arguments: [("hook.demo.svc", true), ("127.0.0.1", false), ("::1", false)])
    func nameIsSentAndAnAddressIsNot(host: String, isSent: Bool) throws {
        let hello = try ClientHello(of: try certificates.clientContext(), to: host)
        #expect(hello.names == (isSent ? [host] : []))
    }

    @Test func newestVersionIsOfferedAndTheOneBefore() throws {
        let hello = try ClientHello(of: try certificates.clientContext(), to: "a.b.svc")
        #expect(hello.versions.contains(0x0304) && hello.versions.contains(0x0303))
        #expect(!hello.versions.contains(0x0302) && !hello.versions.contains(0x0301))
    }

    /// Every connection is a whole handshake, as with a real API server: what it costs a webhook must be seen here, too.
    @Test func earlierSessionIsNeverResumed() throws {
        let context = try certificates.clientContext()
        let server = try certificates.serverContext()
        for _ in 0..<2 {
            let pair = try TLSPair(context, server, host: "webhook")
            try? pair.handshake()
        }
        let hello = try ClientHello(of: context, to: "webhook")
        #expect(hello.extensions[41] == nil, "pre_shared_key")
        #expect(hello.sessionTicket.isEmpty)
    }
}

/// RFC 8446 §4.1.2, as far as these tests ask.
private struct ClientHello {
    var extensions: [Int: [UInt8]] = [:]

    init(of context: TLSContext, to host: String) throws {
        let session = try TLSSession(connecting: context, serverName: host)
        _ = try session.handshake()
        var bytes: [UInt8] = []
        session.takeOutput(into: &bytes)
        // Record header, handshake header, version and random.
        var offset = 5 + 4 + 2 + 32
        offset += 1 + Int(bytes[offset])
        offset += 2 + Self.number(bytes, offset)
        offset += 1 + Int(bytes[offset])
        let end = offset + 2 + Self.number(bytes, offset)
        offset += 2
        while offset + 4 <= end {
            let count = Self.number(bytes, offset + 2)
            extensions[Self.number(bytes, offset)] = Array(bytes[(offset + 4)..<(offset + 4 + count)])
            offset += 4 + count
        }
    }

    /// server_name
    var names: [String] {
        guard let list = extensions[0] else { return [] }
        return [String(decoding: list.dropFirst(5), as: UTF8.self)]
    }

    /// supported_versions
    var versions: [Int] {
        let list = Array((extensions[43] ?? []).dropFirst())
        return stride(from: 0, to: list.count - 1, by: 2).map { Self.number(list, $0) }
    }

    var sessionTicket: [UInt8] { extensions[35] ?? [] }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> Int {
        Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
    }
}
