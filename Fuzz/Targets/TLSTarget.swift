import TLSEngine
import Wire

/// The first byte says which side we are, and whether the ciphertext is lent; the rest is what the network brings. The
/// session ends in an error or waits, and what it wants to send can be taken either way.
func fuzzTLS(_ bytes: [UInt8]) throws(Finding) {
    guard let first = bytes.first, let contexts else { return }
    let made = outcome { () throws(TLSError) in
        first & 1 == 0
            ? try TLSSession(accepting: contexts.server)
            : try TLSSession(connecting: contexts.client, serverName: "webhook.test")
    }
    guard let session = made.value else { throw Finding(description: "no session: \(made)") }
    var out: [UInt8] = []
    if first & 1 == 1 {
        let begun = outcome { () throws(TLSError) in try session.handshake() }
        try hold(begun.value == false, "a client is done before it heard anything: \(begun)")
        session.takeOutput(into: &out)
        try hold(!out.isEmpty, "a client says nothing")
    }
    for piece in Pieces(Array(bytes.dropFirst())) {
        var plain: [UInt8] = []
        let read = outcome { () throws(TLSError) in
            if first & 2 != 0 { return try session.read(piece.span, into: &plain) }
            session.receive(piece.span)
            return try session.read(into: &plain, max: 4_096)
        }
        session.takeOutput(into: &out)
        guard read.value == .needsInput else {
            // Nobody knows our keys: there is no plaintext, and no orderly end.
            return try hold(read.error != nil, "out of forged bytes came \(read)")
        }
    }
    session.receiveEnd()
    let end = outcome { () throws(TLSError) in try session.handshake() }
    try hold(end.error != nil, "the peer is gone, and yet: \(end)")
    session.takeOutput(into: &out)
}

private let contexts: (server: TLSContext, client: TLSContext)? = {
    let now = Timestamp(seconds: 1_795_365_480)
    let made = outcome { () throws(TLSError) in
        let authority = try CertificateMaker.authority(commonName: "fuzz", from: now, days: 10)
        let request = LeafRequest(
            subject: CertificateSubject(commonName: "webhook.test"),
            dnsNames: ["webhook.test"],
            usages: .server
        )
        let leaf = try CertificateMaker.leaf(request, authority: authority, from: now, days: 5)
        return (
            server: try TLSContext.server(identity: leaf, alpn: ["h2", "http/1.1"]),
            client: try TLSContext.client(trust: .pem(authority.certificateChainPEM), alpn: ["h2"])
        )
    }
    return made.value
}()
