import LinuxIO
import Serving
import TLSEngine
import TestSupport
import Testing
import Wire

@Suite struct ServerTLSTests {
    static let exchange =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        + "GET /later HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    private func check(_ answer: (text: String, clean: Bool)) {
        #expect(answer.text.contains("\r\n\r\nhelloHTTP/1.1 200 OK\r\n"))
        #expect(answer.text.hasSuffix("\r\n\r\nlater\n"))
        #expect(answer.clean)
    }

    @Test func ciphertextFedByteByByteIsAnsweredTheSame() throws {
        let server = try TestServer(tls: TestCertificates.serverContext())
        let trickle = { (socket: RawSocket, bytes: [UInt8]) in for byte in bytes { socket.send([byte]) } }
        let client = try RawTLSClient(server.connect(), TestCertificates.clientContext(alpn: ["http/1.1"]), trickle)
        try client.send(Self.exchange, trickle)
        check(try client.receiveToEnd())
    }

    @Test func ciphertextSplitAtEveryOffsetIsAnsweredTheSame() throws {
        let server = try TestServer(tls: TestCertificates.serverContext())
        var cut = 1
        var size = Int.max
        while cut < size {
            let client = try RawTLSClient(server.connect(), TestCertificates.clientContext(alpn: ["http/1.1"])) {
                $0.send($1)
            }
            try client.send(Self.exchange) { socket, bytes in
                size = bytes.count
                socket.send(bytes[..<cut])
                socket.send(bytes[cut...])
            }
            check(try client.receiveToEnd())
            cut += 1
        }
        #expect(cut > Self.exchange.utf8.count)
    }

    /// Whoever agrees on one protocol and speaks the other is not understood as if he had not agreed.
    @Test(arguments: [
        ("http/1.1", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true), ("h2", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", false),
    ])
    func whatWasAgreedOnIsSpoken(alpn: String, text: String, says505: Bool) throws {
        let server = try TestServer(tls: TestCertificates.serverContext())
        let client = try RawTLSClient(server.connect(), TestCertificates.clientContext(alpn: [alpn])) { $0.send($1) }
        try client.send(text) { $0.send($1) }
        let answer = try client.receiveToEnd().text
        #expect(answer.hasPrefix("HTTP/1.1 505 ") == says505)
        #expect(says505 || !answer.contains("HTTP/1.1"))
        #expect(server.log.requests.value == 0)
    }

    @Test func theClientCertificateIsKnownToTheService() async throws {
        let server = try TestServer(tls: TestCertificates.serverContext())
        for transport in [Transport.tls1, .tls2] {
            let client = try TestClient(
                transport,
                port: server.port,
                identity: try TestCertificates.shared.get().client
            )
            #expect(try await client.get("/context").text == "\(transport.version) true jane\n")
        }
    }

    @Test func plainTextOnATLSPortFailsTheHandshakeOnly() async throws {
        let server = try TestServer(tls: TestCertificates.serverContext())
        let socket = server.connect()
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        // OpenSSL says nothing to it: no alert would be understood.
        #expect(socket.receiveToEnd().isEmpty)
        #expect(await eventually { server.server.statistics[.handshakesFailed] == 1 })
        let client = try TestClient(.tls1, port: server.port)
        #expect(try await client.get("/x").status == 200)
    }

    @Test func anUntrustedServerIsNeverSentTheRequest() async throws {
        let server = try TestServer(tls: TestCertificates.serverContext())
        let stranger = try CertificateMaker.authority(commonName: "stranger", from: WallClock.now(), days: 1)
        let trust = try TLSContext.client(trust: .pem(stranger.certificateChainPEM), alpn: ["http/1.1"])
        let client = try TestClient(.tls1, port: server.port) { $0.tls = trust }
        await #expect {
            try await client.get("/x")
        } throws: { error in
            guard case .neverSent(let reason) = error as? HTTPClientError else { return false }
            return reason.kind == .handshake && reason.text.contains("not trusted")
        }
        #expect(server.log.requests.value == 0)
    }

    @Test func aWrongServerNameIsRefused() async throws {
        let server = try TestServer(tls: TestCertificates.serverContext())
        let client = try TestClient(.tls1, port: server.port) { $0.serverName = "webhook.ns.svc" }
        await #expect {
            try await client.get("/x")
        } throws: { error in
            (error as? HTTPClientError)?.reason.text.contains("webhook.ns.svc") == true
        }
    }

    @Test func replacingTheCertificateTouchesNewConnectionsOnly() async throws {
        let server = try TestServer(tls: TestCertificates.serverContext())
        let old = try TestClient(.tls1, port: server.port)
        #expect(try await old.get("/x").status == 200)

        let authority = try CertificateMaker.authority(commonName: "second", from: WallClock.now(), days: 1)
        let request = LeafRequest(
            subject: CertificateSubject(commonName: "renewed"),
            ipAddresses: ["127.0.0.1"],
            usages: .server
        )
        let renewed = try CertificateMaker.leaf(request, authority: authority, from: WallClock.now(), days: 1)
        server.server.replaceTLS(try TLSContext.server(identity: renewed, alpn: ["http/1.1"]))
        let trust = try TLSContext.client(trust: .pem(authority.certificateChainPEM), alpn: ["http/1.1"])

        let new = try TestClient(.tls1, port: server.port) { $0.tls = trust }
        #expect(try await new.get("/x").status == 200)
        #expect(try await old.get("/x").status == 200)
        #expect(server.server.statistics[.accepted] == 2)
    }

    /// Shakes hands, then sends `answer`, with or without close_notify, and hangs up.
    private func server(answering answer: String, closeNotify: Bool) throws -> RawServer {
        let context = try TestCertificates.serverContext(alpn: ["http/1.1"])
        return RawServer { socket, _ in
            guard let session = try? TLSSession(accepting: context) else { return }
            var out: [UInt8] = []
            while (try? session.handshake()) != true {
                out = []
                session.takeOutput(into: &out)
                socket.send(out)
                let bytes = socket.receiveSome()
                if bytes.isEmpty { return }
                session.receive(bytes.span)
            }
            // The request, which may have come with the end of the handshake; what it says does not matter.
            var request: [UInt8] = []
            while (try? session.read(into: &request, max: 4_096)) == .needsInput {
                let bytes = socket.receiveSome()
                if bytes.isEmpty { return }
                session.receive(bytes.span)
            }
            try? session.write(Array(answer.utf8).span)
            if closeNotify { session.shutdown() }
            out = []
            session.takeOutput(into: &out)
            socket.send(out)
        }
    }

    @Test func whatCameBeforeTheEndReachesASlowReader() async throws {
        // Data, last chunk and close_notify come at once; the reader takes a byte's worth at a time.
        let chunks = String(repeating: "64\r\n" + String(repeating: "x", count: 100) + "\r\n", count: 50)
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        let server = try server(answering: head + chunks + "0\r\n\r\n", closeNotify: true)
        let client = try TestClient(.tls1, port: server.port) { $0.limits.streamBytes = 1 }
        let stream = try await client.client.stream(
            HTTPRequest("GET", "/"),
            timeout: .seconds(10),
            idle: .seconds(10)
        )
        var count = 0
        for try await bytes in stream { count += bytes.count }
        #expect(count == 5_000)
    }

    @Test func aConnectionCutWithoutCloseNotifyIsNoEnd() async throws {
        // The body ends with the connection; a cut must not pass for its end.
        let server = try server(answering: "HTTP/1.1 200 OK\r\n\r\nhalf of it", closeNotify: false)
        let client = try TestClient(.tls1, port: server.port)
        await #expect {
            try await client.get("/x")
        } throws: { error in
            guard case .outcomeUnknown(let reason) = error as? HTTPClientError else { return false }
            return reason.kind == .cut
        }
    }
}
