import Serving
import TestSupport
import Testing
import Wire

/// Which of a client's connections carries a request, and when it may carry the next.
@Suite struct ClientConnectionTests {
    /// The first connection answers nothing and goes away before its second stream, but stays open for the first.
    @Test func aRequestThatWasTurnedAwayGoesElsewhereWhileOthersGoOn() async throws {
        let server = RawServer { socket, number in
            let peer = RawHTTP2(serving: socket)
            if number == 0 {
                _ = peer.receive { $0.type == 1 && $0.stream == 3 }
                socket.send(RawHTTP2.frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]))
                while !socket.receiveSome().isEmpty {}
            } else if let asked = peer.receive(until: { $0.type == 1 }) {
                socket.send(RawHTTP2.frame(1, 5, asked.stream, [0x88]))
                while !socket.receiveSome().isEmpty {}
            }
        }
        let client = try TestClient(.plain2, port: server.port)
        let (hung, answered) = (Count(), Count())
        client.client.perform(HTTPRequest("GET", "/1"), timeout: .seconds(30)) { _ in hung.add(1) }
        client.client.perform(HTTPRequest("GET", "/2"), timeout: .seconds(8)) { result in
            if case .success = result { answered.add(1) }
        }
        #expect(await eventually { answered.value == 1 }, "the second request was not sent again")
        #expect(hung.value == 0)
    }

    @Test(arguments: [
        "Content-Length: 20\r\n\r\nabcdefghijklmnopqrst",
        "Transfer-Encoding: chunked\r\n\r\n14\r\nabcdefghijklmnopqrst\r\n0\r\n\r\n",
    ])
    func anAnswerWhoseLastPieceFillsItsReaderLeavesTheConnectionReadable(answer: String) async throws {
        let server = RawServer { socket, _ in
            while socket.receive(until: "\r\n\r\n").hasSuffix("\r\n\r\n") {
                socket.send("HTTP/1.1 200 OK\r\n" + answer)
            }
        }
        let client = try TestClient(.plain1, port: server.port) {
            $0.limits.connections = 1
            $0.limits.streamBytes = 10
        }
        let first = try await client.client.stream(HTTPRequest("GET", "/1"), timeout: .seconds(5), idle: .seconds(5))
        // Its reader has taken none of it. In chunks, the end itself waits for the reader.
        var body: [UInt8] = []
        if answer.hasPrefix("T") { for try await bytes in first { body += bytes } }
        #expect(try await client.get("/2", timeout: .seconds(5)).text == "abcdefghijklmnopqrst")
        for try await bytes in first { body += bytes }
        #expect(String(decoding: body, as: UTF8.self) == "abcdefghijklmnopqrst")
    }
}
