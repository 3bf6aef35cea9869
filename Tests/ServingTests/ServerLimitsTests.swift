import LinuxIO
import Serving
import TestSupport
import Testing
import Wire

/// Each limit of ServerLimits, reached.
@Suite struct ServerLimitsTests {
    private func server(_ change: (inout ServerLimits) -> Void) throws -> TestServer {
        try TestServer { change(&$0.limits) }
    }
    private let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func tooManyFieldsAre431() throws {
        let server = try server { $0.headerFields = 5 }
        let socket = server.connect()
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "x: y\r\n", count: 5) + "\r\n")
        #expect(socket.receiveToEnd().hasPrefix("HTTP/1.1 431 "))
    }

    @Test func aLongHeadIs431AndALongTarget414() throws {
        let server = try server {
            $0.headerBytes = 1_000
            $0.targetBytes = 100
        }
        let head = server.connect()
        head.send("GET / HTTP/1.1\r\nHost: a\r\nx: " + String(repeating: "y", count: 2_000))
        #expect(head.receiveToEnd().hasPrefix("HTTP/1.1 431 "))
        let target = server.connect()
        target.send("GET /" + String(repeating: "y", count: 400))
        #expect(target.receiveToEnd().hasPrefix("HTTP/1.1 414 "))
    }

    @Test func aChunkedBodyIsCutAtItsLimit() throws {
        let server = try server { $0.bodyBytes = 10 }
        let socket = server.connect()
        socket.send(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n"
        )
        let text = socket.receiveToEnd()
        #expect(text.hasPrefix("HTTP/1.1 413 "))
        #expect(text.contains("limit"))
    }

    /// The client goes on sending; the answer must reach it all the same, not be destroyed by a reset.
    @Test func aRefusedBodyIsReadAndDroppedSoThatTheAnswerArrives() throws {
        let server = try server { $0.bodyBytes = 1_000_000 }
        let socket = server.connect()
        socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n")
        socket.send([UInt8](repeating: 1, count: 8_000_000))
        let text = socket.receiveToEnd()
        #expect(text.hasPrefix("HTTP/1.1 413 "))
        #expect(text.hasSuffix("the body has 8000000 bytes, the limit is 1000000\n"))
    }

    /// HTTP/1.1 only: curl 7.88 reports error 92 when an HTTP/2 answer ends before its upload (RFC 9113 §8.1 allows it).
    @Test(arguments: ["Expect: 100-continue", "Expect:"])
    func curlReadsTheAnswerToABodyThatIsRefused(_ expect: String) throws {
        let curl = try ForeignProgram.needed("curl")
        let server = try server { $0.bodyBytes = 1_000_000 }
        let folder = try ScratchFolder()
        try folder.write("body", EchoService.large)
        let outcome = try curl.run([
            "-sS", "-H", expect, "--data-binary", "@" + folder.path("body"), "-w", "%{http_code}",
            "http://127.0.0.1:\(server.port)/echo",
        ])
        #expect(outcome.output == "the body has 3000000 bytes, the limit is 1000000\n413")
    }

    @Test func allBodiesTogetherAreBounded() async throws {
        let server = try server { $0.allBodiesBytes = 1_000 }
        let first = server.connect()
        first.send(
            "POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 800\r\n\r\n" + String(repeating: "x", count: 800)
        )
        #expect(await eventually { server.log.requests.value == 1 })
        let post =
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\nConnection: close\r\n\r\n"
            + String(repeating: "x", count: 300)
        let second = server.connect()
        second.send(post)
        let refusal = second.receiveToEnd()
        #expect(refusal.hasPrefix("HTTP/1.1 503 "))
        #expect(!refusal.lowercased().contains("retry-after"))
        // Once the first is answered its bytes are free again.
        for responder in server.log.takeKept() { responder.respond(.text(200, "done")) }
        #expect(first.receive(until: "done").contains("200 OK"))
        let third = server.connect()
        third.send(post)
        #expect(third.receiveToEnd().hasPrefix("HTTP/1.1 200 "))
    }

    @Test func surplusConnectionsAreClosedAtOnce() async throws {
        let server = try server { $0.connections = 2 }
        let kept = [server.connect(), server.connect()]
        for socket in kept {
            socket.send(get)
            #expect(socket.receive(until: "GET /x\n").contains("200 OK"))
        }
        #expect(server.connect().receiveSome().isEmpty)
        #expect(server.server.statistics[.refused] == 1)
        kept[0].send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        _ = kept[0].receiveToEnd()
        #expect(await eventually { server.server.statistics.open == 1 })
        let next = server.connect()
        next.send(get)
        #expect(next.receive(until: "GET /x\n").contains("200 OK"))
    }

    @Test func aHandshakeThatDoesNotComeIsCut() async throws {
        let server = try TestServer(tls: TestCertificates.serverContext()) { $0.limits.handshake = .milliseconds(50) }
        let socket = server.connect()
        socket.send([0x16, 3, 1])
        #expect(socket.receiveToEnd().isEmpty)
        #expect(await eventually { server.server.statistics[.handshakesFailed] == 1 })
    }

    @Test func aHeadThatDripsIsAnswered408() throws {
        let server = try server { $0.readHeader = .milliseconds(100) }
        let socket = server.connect()
        // Each byte comes in time; the whole does not.
        socket.send("GET / HTTP/1.1\r\nHost: a\r\nx: ")
        let thread = try ReactorThread(name: "drip")
        thread.mailbox.post { drip(socket, $0) }
        #expect(socket.receiveToEnd().contains("head did not arrive in time"))
        thread.stop()
        thread.join()
    }

    @Test func aStalledHeadIsAnswered408() throws {
        let server = try server { $0.readHeader = .milliseconds(50) }
        let socket = server.connect()
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n")
        let text = socket.receiveToEnd()
        #expect(text.hasPrefix("HTTP/1.1 408 "))
        #expect(text.contains("head did not arrive in time"))
    }

    @Test func aStalledBodyIsAnswered408() throws {
        let server = try server { $0.readBody = .milliseconds(50) }
        let socket = server.connect()
        socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        #expect(socket.receiveToEnd().contains("body did not arrive in time"))
    }

    /// The time of a body that came in two pieces ran on, and the next head was late before it began.
    @Test func theTimeOfABodyIsNotThatOfTheNextHead() async throws {
        let server = try server { $0.readBody = .milliseconds(100) }
        let socket = server.connect()
        socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        _ = socket.receive(until: "100 Continue\r\n\r\n")
        socket.send("abc")
        #expect(socket.receive(until: "abc").contains("200 OK"))
        let due = BootClock.now() + .milliseconds(150)
        _ = await eventually { BootClock.now() > due }
        let before = server.server.statistics[.bytesReceived]
        socket.send("GET /x HTTP/1.1\r\nHo")
        #expect(await eventually { server.server.statistics[.bytesReceived] > before })
        // As long as a deadline that is due at once may take.
        _ = await settled { server.server.statistics[.bytesSent] }
        socket.send("st: a\r\n\r\n")
        #expect(socket.receive(until: "GET /x\n").contains("HTTP/1.1 200 OK"))
    }

    /// Reading stopped at the limit, and only one byte more was too many.
    @Test(arguments: [-1, 0, 1, 70_000]) func aHeadThatReachesItsLimitIs431AtOnce(beyond: Int) throws {
        let server = try server { $0.readHeader = .seconds(2) }
        let socket = server.connect()
        var head = "GET / HTTP/1.1\r\nHost: a\r\n"
        while head.utf8.count < (64 << 10) + beyond { head += "x: " + String(repeating: "y", count: 1_000) + "\r\n" }
        socket.send(Array(head.utf8.prefix((64 << 10) + beyond)))
        #expect(socket.receiveToEnd().hasPrefix("HTTP/1.1 \(beyond < 0 ? 408 : 431) "))
    }

    @Test func anIdleConnectionIsClosedQuietly() throws {
        let server = try server { $0.idle = .milliseconds(50) }
        let socket = server.connect()
        socket.send(get)
        #expect(socket.receiveToEnd().hasSuffix("GET /x\n"))
        #expect(server.connect().receiveToEnd().isEmpty)
    }

    @Test func aReaderThatDoesNotReadIsCut() async throws {
        let server = try server { $0.write = .milliseconds(100) }
        let socket = server.connect()
        // 30 answers of 3 MB: more than the kernel's buffers hold.
        for _ in 0..<30 { socket.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n") }
        #expect(await eventually { server.server.statistics[.closed] == 1 })
        // Not all were taken up: who does not read gets no further answers.
        #expect(server.log.requests.value < 30)
        withExtendedLifetime(socket) {}
    }

    @Test func aReaderThatDoesNotReadALastAnswerIsCutToo() async throws {
        let server = try server { $0.write = .milliseconds(100) }
        let socket = server.connect()
        socket.send("GET /huge-later HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(await eventually { server.server.statistics[.closed] == 1 })
        #expect(server.log.requests.value == 1)
        withExtendedLifetime(socket) {}
    }

    @Test func pipelinedRequestsBeyondTheBoundStayInTheSocket() async throws {
        let server = try server { $0.headerBytes = 4_096 }
        let socket = server.connect()
        socket.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await eventually { server.log.requests.value == 1 })
        let before = server.server.statistics[.bytesReceived]
        try NamedThread.start("flood") { [get] in
            for _ in 0..<20_000 { guard socket.send(get + get + get + get + get) else { return } }
        }.detach()
        let received = await settled { server.server.statistics[.bytesReceived] } - before
        // One read may go beyond the bound, and no more than one is taken.
        #expect(received > 0 && received <= 4_096 + 65_536)
    }
}

/// A byte every few milliseconds, as long as somebody takes it.
private func drip(_ socket: RawSocket, _ reactor: Reactor) {
    guard socket.send("y") else { return }
    _ = reactor.schedule(after: .milliseconds(10)) { drip(socket, reactor) }
}
