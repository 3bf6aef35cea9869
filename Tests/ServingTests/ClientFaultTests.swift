import LinuxIO
import Serving
import TestSupport
import Testing
import Wire

/// Our client against servers that cut, stall and talk nonsense.
@Suite struct ClientFaultTests {
    /// Reads one request head, then sends `answer` and hangs up.
    private func server(answering answer: String) -> RawServer {
        RawServer { socket, _ in
            _ = socket.receive(until: "\r\n\r\n")
            socket.send(answer)
        }
    }

    private func expect(
        _ kind: HTTPClientError.Kind,
        sent: Bool,
        from body: () async throws(HTTPClientError) -> HTTPResponse,
        _ place: SourceLocation = #_sourceLocation
    ) async {
        do throws(HTTPClientError) {
            let response = try await body()
            Issue.record("answered \(response.status)", sourceLocation: place)
        } catch {
            #expect(error.reason.kind == kind, "\(error)", sourceLocation: place)
            if case .neverSent = error { #expect(!sent, "\(error)", sourceLocation: place) }
            if case .outcomeUnknown = error { #expect(sent, "\(error)", sourceLocation: place) }
        }
    }

    @Test(arguments: [
        ("", HTTPClientError.Kind.cut),
        ("HTTP/1.1 200 OK\r\nContent-Le", .cut),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .cut),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", .cut),
        ("SSH-2.0-OpenSSH_9.2p1 Debian\r\n", .malformed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .malformed),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", .malformed),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .malformed),
        ("HTTP/1.1 200 OK\nContent-Length: 1\n\nx", .malformed),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}", .malformed),
    ])
    func aBrokenAnswerIsAnError(_ answer: String, _ kind: HTTPClientError.Kind) async throws {
        let server = server(answering: answer)
        let client = try TestClient(.plain1, port: server.port)
        await expect(kind, sent: true) { () async throws(HTTPClientError) in try await client.post("/x", [1]) }
    }

    @Test func aBodyWithoutLengthEndsWithTheConnection() async throws {
        let server = server(answering: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\nall of it")
        let client = try TestClient(.plain1, port: server.port)
        #expect(try await client.get("/x").text == "all of it")
    }

    @Test func anAnswerInSinglesBytesIsWhole() async throws {
        let server = RawServer { socket, _ in
            _ = socket.receive(until: "\r\n\r\n")
            for byte in "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".utf8 {
                socket.send([byte])
            }
            _ = socket.receiveSome()
        }
        let client = try TestClient(.plain1, port: server.port)
        #expect(try await client.get("/x").text == "hello")
    }

    @Test func aServerThatStallsIsLeftAtTheDeadline() async throws {
        let server = RawServer { socket, _ in while !socket.receiveSome().isEmpty {} }
        for transport in Transport.allCases {
            let client = try TestClient(transport, port: server.port)
            await expect(.timeout, sent: !transport.isTLS) { () async throws(HTTPClientError) in
                try await client.post("/x", [1], timeout: .milliseconds(100))
            }
        }
    }

    @Test func aServerThatRefusesIsNeverSentARequest() async throws {
        // A port that was free a moment ago.
        let port = try ListeningSocket(.loopback(port: 0)).address.port
        let client = try TestClient(.plain1, port: port)
        await expect(.connect, sent: false) { () async throws(HTTPClientError) in try await client.get("/x") }
    }

    @Test func aHandshakeThatIsCutIsNeverSent() async throws {
        let server = RawServer { socket, _ in _ = socket.receiveSome() }
        let client = try TestClient(.tls1, port: server.port)
        await expect(.handshake, sent: false) { () async throws(HTTPClientError) in try await client.post("/x", []) }
    }

    @Test func aHandshakeThatStallsEndsAtTheConnectLimit() async throws {
        let server = RawServer { socket, _ in while !socket.receiveSome().isEmpty {} }
        let client = try TestClient(.tls2, port: server.port) { $0.limits.connect = .milliseconds(50) }
        do throws(HTTPClientError) {
            _ = try await client.get("/x")
            Issue.record("answered")
        } catch {
            if case .outcomeUnknown = error { Issue.record("\(error)") }
            #expect(error.reason.kind == .connect)
            // A firewall is not to be looked for.
            #expect(error.reason.text == "the server took the connection, but TLS was not established in time")
        }
    }

    @Test func aNameWithoutAddressIsNeverSent() async throws {
        let client = try TestClient(.plain1, port: 1, host: "no-such-host.invalid")
        await expect(.resolve, sent: false) { () async throws(HTTPClientError) in try await client.get("/x") }
    }

    @Test func aNameIsResolved() async throws {
        let server = try TestServer()
        let client = try TestClient(.plain1, port: server.port, host: "localhost")
        #expect(try await client.get("/x").status == 200)
    }

    /// Answers `count` requests per connection, then closes it as soon as another one comes, unanswered.
    private func server(closingAfter count: Int, _ log: ServiceLog) -> RawServer {
        RawServer { socket, _ in
            for _ in 0..<count {
                guard socket.receive(until: "\r\n\r\n").contains("HTTP/1.1") else { return }
                log.requests.add(1)
                socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
            _ = socket.receiveSome()
            log.closed.add(1)
        }
    }

    @Test func aGETOnAConnectionThatCloseInTheMeantimeIsSentAgain() async throws {
        let log = ServiceLog()
        let server = server(closingAfter: 1, log)
        let client = try TestClient(.plain1, port: server.port)
        #expect(try await client.get("/1").text == "ok")
        #expect(try await client.get("/2").text == "ok")
        #expect(log.requests.value == 2)
        #expect(log.closed.value == 1)
    }

    @Test func aPOSTOnAConnectionThatClosesInTheMeantimeIsNotSentAgain() async throws {
        let log = ServiceLog()
        let server = server(closingAfter: 1, log)
        let client = try TestClient(.plain1, port: server.port)
        #expect(try await client.post("/1", []).text == "ok")
        await expect(.cut, sent: true) { () async throws(HTTPClientError) in try await client.post("/2", []) }
        #expect(log.requests.value == 1)
    }

    @Test func aConnectionClosedWhileIdleIsNotUsedForAPOST() async throws {
        let log = ServiceLog()
        let server = RawServer { socket, number in
            _ = socket.receive(until: "\r\n\r\n")
            socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            log.requests.add(1)
            // The first hangs up at once; the end is on its way or there.
            if number > 0 { _ = socket.receiveSome() }
        }
        let client = try TestClient(.plain1, port: server.port)
        #expect(try await client.post("/1", []).text == "ok")
        _ = await settled { log.requests.value }
        #expect(try await client.post("/2", []).text == "ok")
    }

    @Test func aRetryHappensOnceOnly() async throws {
        let log = ServiceLog()
        let server = RawServer { socket, number in
            if number == 0 {
                _ = socket.receive(until: "\r\n\r\n")
                socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
            _ = socket.receive(until: "\r\n\r\n")
            log.closed.add(1)
        }
        let client = try TestClient(.plain1, port: server.port)
        #expect(try await client.get("/1").text == "ok")
        await expect(.cut, sent: true) { () async throws(HTTPClientError) in try await client.get("/2") }
        #expect(log.closed.value == 2)
    }

    @Test func nonsenseOverHTTP2IsAnError() async throws {
        let server = RawServer { socket, _ in
            socket.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            while !socket.receiveSome().isEmpty {}
        }
        let client = try TestClient(.plain2, port: server.port)
        await expect(.malformed, sent: true) { () async throws(HTTPClientError) in try await client.post("/x", []) }
    }

    /// A second response would be taken for the rest of the first.
    @Test func aStreamThatIsRefusedAfterItsResponseHasBegunIsNotSentAgain() async throws {
        let log = ServiceLog()
        let server = RawServer { socket, _ in
            let peer = RawHTTP2(serving: socket)
            while let request = peer.receive(until: { $0.type == 1 }) {
                log.requests.add(1)
                socket.send(RawHTTP2.frame(1, 4, request.stream, [0x88]) + RawHTTP2.data(request.stream, 2))
                socket.send(RawHTTP2.frame(3, 0, request.stream, [0, 0, 0, 7]))
            }
        }
        let client = try TestClient(.plain2, port: server.port)
        await expect(.cut, sent: true) { () async throws(HTTPClientError) in try await client.get("/x") }
        #expect(log.requests.value == 1)
    }

    /// SETTINGS, then GOAWAY for everything: whether it hangs up or not, a request is tried on two connections and no more.
    @Test(arguments: [true, false], [[], [0, 3, 0, 0, 0, 0]] as [[UInt8]])
    func aServerThatGoesAwayAtOnceEachTimeIsNotDialledInALoop(hangsUp: Bool, settings: [UInt8]) async throws {
        let log = ServiceLog()
        let server = RawServer { socket, _ in
            log.requests.add(1)
            socket.send(RawHTTP2.frame(4, 0, 0, settings) + RawHTTP2.frame(7, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]))
            if hangsUp { return }
            while !socket.receiveSome().isEmpty {}
        }
        let client = try TestClient(.plain2, port: server.port)
        for count in 1...3 {
            do throws(HTTPClientError) {
                let response = try await client.get("/x", timeout: .seconds(2))
                Issue.record("answered \(response.status)")
            } catch {
                #expect([.cut, .malformed].contains(error.reason.kind), "\(error)")
            }
            #expect(log.requests.value <= 2 * count, "\(log.requests.value) connections for \(count) requests")
        }
    }

    /// It takes no stream at all: the request waits for its deadline, not for one connection after another.
    @Test func aServerThatTakesNoStreamsIsNotDialledInALoop() async throws {
        let log = ServiceLog()
        let server = RawServer { socket, _ in
            log.requests.add(1)
            socket.send(RawHTTP2.frame(4, 0, 0, [0, 3, 0, 0, 0, 0]))
            while !socket.receiveSome().isEmpty {}
        }
        let client = try TestClient(.plain2, port: server.port)
        for _ in 0..<3 {
            await expect(.timeout, sent: true) { () async throws(HTTPClientError) in
                try await client.post("/x", [1], timeout: .milliseconds(200))
            }
        }
        #expect(log.requests.value <= 4, "\(log.requests.value) connections")
    }

    @Test func aDeadHTTP2PeerIsFoundByPing() async throws {
        // Settings, then silence: a peer whose machine is gone.
        let server = RawServer { socket, _ in
            socket.send([0, 0, 0, 4, 0, 0, 0, 0, 0])
            while !socket.receiveSome().isEmpty {}
        }
        let client = try TestClient(.plain2, port: server.port) {
            $0.limits.pingInterval = .milliseconds(50)
            $0.limits.pingTimeout = .milliseconds(50)
        }
        do throws(HTTPClientError) {
            _ = try await client.post("/x", [])
            Issue.record("answered")
        } catch {
            #expect(error.reason.kind == .cut)
            #expect(error.reason.text.contains("ping"))
        }
    }

    @Test func idleConnectionsAreKeptUpToTheLimitAndForAWhile() async throws {
        let server = try TestServer()
        let client = try TestClient(.plain1, port: server.port) {
            $0.limits.idleConnections = 2
            $0.limits.idle = .milliseconds(300)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { _ = try await client.get("/later") } }
            try await group.waitForAll()
        }
        #expect(server.server.statistics[.accepted] >= 3)
        #expect(await eventually { server.server.statistics.open <= 2 })
        #expect(await eventually { server.server.statistics.open == 0 })
    }

    @Test func connectionsAreBoundedAndTheRestWaits() async throws {
        let server = try TestServer()
        let client = try TestClient(.plain1, port: server.port) { $0.limits.connections = 2 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await client.get("/later") } }
            try await group.waitForAll()
        }
        #expect(server.server.statistics[.accepted] <= 2)
        #expect(server.server.statistics[.requests] == 20)
    }

    @Test func waitingRequestsAreBounded() async throws {
        // Its handshake never ends, so the first request waits for a connection.
        let server = RawServer { socket, _ in while !socket.receiveSome().isEmpty {} }
        let client = try TestClient(.tls1, port: server.port) { $0.limits.waiting = 1 }
        client.client.perform(HTTPRequest("GET", "/first"), timeout: .seconds(10)) { _ in }
        await expect(.overloaded, sent: false) { () async throws(HTTPClientError) in try await client.get("/second") }
    }
}
