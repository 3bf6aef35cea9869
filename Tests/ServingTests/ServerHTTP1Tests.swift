import LinuxIO
import Serving
import TestSupport
import Testing
import Wire

@Suite struct ServerHTTP1Tests {
    /// The status line and body of each answer.
    private func answers(_ text: String) -> [(status: String, body: String)] {
        var rest = Substring(text)
        var found: [(status: String, body: String)] = []
        while let end = rest.firstRange(of: "\r\n\r\n") {
            let head = rest[..<end.lowerBound]
            let lines = head.split(separator: "\r\n")
            let length = lines.compactMap { $0.hasPrefix("content-length: ") ? Int($0.dropFirst(16)) : nil }.first ?? 0
            let after = rest[end.upperBound...]
            found.append((String(lines[0]), String(decoding: after.utf8.prefix(length), as: UTF8.self)))
            rest = Substring(decoding: after.utf8.dropFirst(length), as: UTF8.self)
        }
        return found
    }

    @Test func aRequestIsAnswered() throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send("GET /x?y=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let text = socket.receiveToEnd()
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.hasSuffix("\r\n\r\nGET /x?y=1\n"))
        #expect(text.contains("connection: close\r\n"))
        #expect(text.contains("date: "))
    }

    /// A head that is known is not looked for behind an empty line that has been passed.
    @Test func nothingIsPassedOverBehindAnEmptyLine() async throws {
        let server = try TestServer()
        let socket = server.connect()
        func ask(_ pieces: [String], _ answer: String) async {
            for piece in pieces {
                let before = server.server.statistics[.bytesReceived]
                socket.send(piece)
                #expect(await eventually { server.server.statistics[.bytesReceived] == before + piece.utf8.count })
            }
            #expect(socket.receive(until: " /").hasSuffix("\r\n\r\n" + answer))
        }
        await ask(["\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"], "GET /x\n")
        await ask(["\r\n", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"], "GET /x\n")
        await ask(["GET /y HTTP/1.1\r\nHost: a\r\n\r\n"], "GET /y\n")
    }

    static let exchange =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n"
        + "GET /later HTTP/1.1\r\nHost: a\r\n\r\n"
        + "HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    private func checkExchange(_ text: String) {
        #expect(answers(String(text.dropLast(0))).prefix(3).map(\.body) == ["hello", "abcde", "later\n"])
        #expect(text.contains("content-length: 8\r\nconnection: close"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send(Self.exchange)
        checkExchange(socket.receiveToEnd())
    }

    @Test func requestsFedByteByByteAreAnsweredTheSame() throws {
        let server = try TestServer()
        let socket = server.connect()
        for byte in Self.exchange.utf8 { socket.send([byte]) }
        checkExchange(socket.receiveToEnd())
    }

    @Test func requestsSplitAtEveryOffsetAreAnsweredTheSame() throws {
        let server = try TestServer()
        let bytes = Array(Self.exchange.utf8)
        for offset in 1..<bytes.count {
            let socket = server.connect()
            socket.send(bytes[..<offset])
            socket.send(bytes[offset...])
            checkExchange(socket.receiveToEnd())
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "400", "Host is missing"),
        ("GET / HTTP/2.5\r\nHost: a\r\n\r\n", "505", "HTTP/1.1"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "501", "gzip"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", "413", "99999999"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400", "hexadecimal"),
        ("GET / HTTP/1.1\nHost: a\n\n", "400", "LF alone"),
    ])
    func aBadRequestIsAnsweredInWords(_ text: String, _ status: String, _ word: String) throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send(text)
        let answer = socket.receiveToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.contains(word))
        #expect(answer.contains("connection: close"))
        #expect(server.log.requests.value == 0)
    }

    @Test func expectContinueIsAnsweredBeforeTheBody() throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send(
            "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
        )
        #expect(socket.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        socket.send("ok")
        #expect(socket.receiveToEnd().hasSuffix("\r\n\r\nok"))
    }

    @Test func http10IsClosedUnlessKeepAliveIsAsked() throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(socket.receive(until: "GET /a\n").contains("connection: keep-alive"))
        socket.send("GET /stream HTTP/1.0\r\n\r\n")
        let text = socket.receiveToEnd()
        #expect(!text.contains("transfer-encoding"))
        #expect(text.hasSuffix("\r\n\r\nline 0\nline 1\nline 2\nline 3\nline 4\n"))
    }

    @Test func aStreamIsChunked() throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        let text = socket.receive(until: "0\r\n\r\n")
        #expect(text.contains("transfer-encoding: chunked"))
        #expect(text.contains("\r\n\r\n7\r\nline 0\n\r\n7\r\nline 1\n\r\n"))
    }

    @Test(arguments: [("/thread", "from a thread"), ("/forgotten", "no answer"), ("/later", "later")])
    func answersFromElsewhereArrive(_ path: String, _ word: String) throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send("GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(socket.receiveToEnd().contains(word))
    }

    @Test func aLargeAnswerArrivesWhole() throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        var bytes: [UInt8] = []
        while case let more = socket.receiveSome(), !more.isEmpty { bytes += more }
        #expect(Array(bytes.suffix(EchoService.large.count)) == EchoService.large)
    }

    @Test func anAnswerWithoutABodyHasNoLength() throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send("GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let text = socket.receiveToEnd()
        #expect(text.hasPrefix("HTTP/1.1 204 No Content\r\n"))
        #expect(!text.contains("content-length"))
    }

    @Test func aHalfClosedPeerStillGetsItsAnswer() throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        socket.shutdownWrite()
        #expect(socket.receiveToEnd().hasSuffix("later\n"))
    }

    @Test func theServiceHearsThatThePeerLeft() async throws {
        let server = try TestServer()
        var socket: RawSocket? = server.connect()
        socket?.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = socket?.receiveSome()
        socket = nil
        #expect(await eventually { server.log.closed.value == 1 })
        #expect(await eventually { server.server.statistics.open == 0 })
    }

    @Test func aSlowReaderOfAStreamIsSeenInBufferedBytes() async throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = socket.receive(until: "\r\n\r\n")
        // The service stops by itself once the socket is full and 256 KiB wait before it.
        let stalled = await settled { server.log.streamed.value }
        #expect(stalled >= 262_144 && stalled < 64 << 20)
        var read = 0
        while read < stalled { read += socket.receiveSome().count }
        #expect(await eventually { server.log.streamed.value > stalled })
    }
}
