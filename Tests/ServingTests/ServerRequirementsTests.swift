import LinuxIO
import Serving
import TestSupport
import Testing
import Wire

/// What RFC 9110, 9112 and 9113 say of a server beyond its parser.
@Suite struct ServerRequirementsTests {
    @Test("RFC 9113 §8.3.1: host does not differ from :authority")
    func hostAndAuthority() throws {
        let server = try TestServer()
        let peer = RawHTTP2(server.connect())
        // Literal fields: host: b, then host: A beside :authority a.
        peer.socket.send(RawHTTP2.request(1, "/x", [0, 4] + Array("host".utf8) + [1, 0x62]))
        #expect(peer.status(of: 1) == 400)
        peer.socket.send(RawHTTP2.request(3, "/x", [0, 4] + Array("host".utf8) + [1, 0x41]))
        #expect(peer.status(of: 3) == 200)
        #expect(server.log.requests.value == 1)
    }

    private static func expect(_ value: String) -> [UInt8] {
        [0, 6] + Array("expect".utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
    }

    @Test("RFC 9110 §10.1.1: 100 Continue comes before the body, over HTTP/2 too")
    func continueOverHTTP2() throws {
        let server = try TestServer()
        let peer = RawHTTP2(server.connect())
        peer.socket.send(RawHTTP2.request(1, "/echo", ends: false, Self.expect("100-continue")))
        let first = peer.receive { $0.type == 1 }
        #expect(first?.flags == 4, "a head that ends neither stream nor exchange")
        // 100, as Huffman packs it.
        #expect(first?.payload.suffix(3) == [0x82, 0x08, 0x01])
        peer.socket.send(RawHTTP2.data(1, 3, ends: true))
        #expect(peer.status(of: 1) == 200)
    }

    @Test("RFC 9110 §10.1.1: another expectation is refused, over HTTP/2 too")
    func otherExpectationsOverHTTP2() throws {
        let server = try TestServer()
        let peer = RawHTTP2(server.connect())
        peer.socket.send(RawHTTP2.request(1, "/echo", ends: false, Self.expect("tea")))
        #expect(peer.status(of: 1) == 417)
        peer.socket.send(RawHTTP2.request(3, "/x"))
        #expect(peer.status(of: 3) == 200)
    }

    @Test("RFC 9110 §10.1.1: who does not wait, and a request without a body, get no 100")
    func nobodyIsTold() throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok")
        socket.send("GET /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        let text = socket.receiveToEnd()
        #expect(!text.contains("100 Continue") && text.hasSuffix("GET /x\n"))
    }

    @Test("RFC 9110 §9.3.2: HEAD is answered as GET, without the body", arguments: ["/x", "/stream", "/large"])
    func head(path: String) throws {
        let server = try TestServer()
        let socket = server.connect()
        socket.send("HEAD \(path) HTTP/1.1\r\nHost: a\r\n\r\nGET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let parts = socket.receiveToEnd().split(separator: "\r\n\r\n", maxSplits: 1)
        #expect(parts.count == 2 && parts[1].hasPrefix("HTTP/1.1 200 OK\r\n"), "the next answer follows at once")
        #expect(parts[0].contains("content-length: ") != parts[0].contains("transfer-encoding: chunked"))
        let peer = RawHTTP2(server.connect())
        var block: [UInt8] = [0x04, UInt8(path.utf8.count)]
        block += path.utf8
        block += [0x01, 1, 0x61, 0x86, 0x02, 4]
        block += "HEAD".utf8
        peer.socket.send(RawHTTP2.frame(1, 5, 1, block))
        #expect(peer.receive { $0.stream == 1 }?.flags == 5, "the head ends the stream")
    }

    @Test("RFC 9112 §9.6: nothing is answered behind an answer that says close")
    func nothingBehindClose() throws {
        let server = try TestServer()
        let socket = server.connect()
        let get = "GET /x HTTP/1.1\r\nHost: a\r\n"
        socket.send(get + "Connection: close\r\n\r\n" + get + "\r\n")
        let text = socket.receiveToEnd()
        #expect(text.split(separator: "HTTP/1.1 200").count == 1)
        #expect(server.log.requests.value == 1)
    }

    @Test("RFC 9112 §9.3.2, §11.2: nothing behind a request that is refused is taken for one")
    func nothingBehindARefusal() throws {
        let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
        for head in [
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n",
            "GET /x HTTP/1.1\r\nHost: a\r\nX: y\n\r\n",
        ] {
            let server = try TestServer()
            let socket = server.connect()
            socket.send(head + smuggled)
            let text = socket.receiveToEnd()
            #expect(text.hasPrefix("HTTP/1.1 400 ") && !text.contains("smuggled"), "\(head.debugDescription)")
            #expect(server.log.requests.value == 0)
        }
    }
}
