import TLSEngine
import TestSupport
import Wire

/// A client and a server in memory, and the wire between them.
struct TLSPair {
    let client: TLSSession
    let server: TLSSession
    /// Bytes that one delivery carries at most.
    var piece = Int.max

    init(_ clientContext: TLSContext, _ serverContext: TLSContext, host: String = "webhook.test") throws {
        client = try TLSSession(connecting: clientContext, serverName: host)
        server = try TLSSession(accepting: serverContext)
    }

    /// Everything that one side has to send, delivered to the other piece by piece; `each` runs after every piece.
    /// False if there was nothing.
    func deliver(from sender: TLSSession, to receiver: TLSSession, each: () throws -> Void) rethrows -> Bool {
        var bytes: [UInt8] = []
        sender.takeOutput(into: &bytes)
        var offset = 0
        while offset < bytes.count {
            let end = offset + min(piece, bytes.count - offset)
            receiver.receive(bytes.span.extracting(offset..<end))
            try each()
            offset = end
        }
        return !bytes.isEmpty
    }

    /// Until both sides are established; throws the first refusal of either side.
    func handshake() throws {
        for _ in 0..<10 {
            let clientDone = try client.handshake()
            var moved = try deliver(from: client, to: server) { _ = try server.handshake() }
            let serverDone = try server.handshake()
            moved = try deliver(from: server, to: client) { _ = try client.handshake() } || moved
            if clientDone, serverDone, !moved { return }
        }
        throw Stuck()
    }

    /// Sends `bytes` from one side and returns what the other side reads.
    func transfer(_ bytes: [UInt8], from sender: TLSSession, to receiver: TLSSession) throws -> [UInt8] {
        try sender.write(bytes.span)
        var received: [UInt8] = []
        _ = try deliver(from: sender, to: receiver) {
            while case .bytes = try receiver.read(into: &received, max: 4_000) {}
        }
        return received
    }

    struct Stuck: Error {}
}

/// Certificates for tests, made once.
struct TestCertificates {
    static let shared = Result { try TestCertificates() }

    let now = WallSeconds.now
    let authority: TLSIdentity
    let server: TLSIdentity
    let client: TLSIdentity

    init() throws {
        authority = try CertificateMaker.authority(commonName: "test authority", from: now, days: 1)
        let webhook = LeafRequest(
            subject: CertificateSubject(commonName: "webhook"),
            dnsNames: ["webhook.test", "*.wild.test"],
            ipAddresses: ["127.0.0.1", "::1"],
            usages: .server
        )
        server = try CertificateMaker.leaf(webhook, authority: authority, from: now, days: 1)
        let jane = LeafRequest(
            subject: CertificateSubject(commonName: "jane", organizations: ["dev", "system:masters"]),
            usages: .client
        )
        client = try CertificateMaker.leaf(jane, authority: authority, from: now, days: 1)
    }

    func clientContext(
        trust: TLSTrust? = nil,
        identity: TLSIdentity? = nil,
        alpn: [String] = ["h2", "http/1.1"],
        highest: TLSContext.Version = .tls13
    ) throws -> TLSContext {
        try .client(
            trust: trust ?? .pem(authority.certificateChainPEM),
            identity: identity,
            alpn: alpn,
            highest: highest
        )
    }

    func serverContext(
        identity: TLSIdentity? = nil,
        alpn: [String] = ["h2", "http/1.1"],
        clients: TLSContext.ClientCertificates = .none
    ) throws -> TLSContext {
        try .server(identity: identity ?? server, alpn: alpn, clientCertificates: clients)
    }
}
