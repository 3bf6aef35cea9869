import LinuxIO
import Serving
import TestSupport
import Testing
import Wire

/// Peers that keep a server waiting while they seem busy. Bytes that do not help put nothing off.
@Suite struct SlowPeerTests {
    /// Sends `bytes` every few milliseconds until the server has closed.
    private func drip(_ bytes: [UInt8], on socket: RawSocket) throws -> ReactorThread {
        let thread = try ReactorThread(name: "drip")
        thread.mailbox.post { again(socket, bytes, $0) }
        return thread
    }

    private func stop(_ thread: ReactorThread) {
        thread.stop()
        thread.join()
    }

    @Test func aHandshakeThatDripsIsCut() async throws {
        let server = try TestServer(tls: TestCertificates.serverContext()) { $0.limits.handshake = .milliseconds(100) }
        let socket = server.connect()
        socket.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])
        let thread = try drip([7], on: socket)
        defer { stop(thread) }
        #expect(socket.receiveToEnd().isEmpty)
        #expect(await eventually { server.server.statistics[.handshakesFailed] == 1 })
    }

    @Test func aPrefaceThatDripsIsCut() throws {
        let server = try TestServer { $0.limits.readHeader = .milliseconds(100) }
        let socket = server.connect()
        // All but its end, a byte at a time: 230 ms.
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r".utf8)
        let thread = try ReactorThread(name: "drip")
        defer { stop(thread) }
        thread.mailbox.post { inTurn(socket, preface[...], $0) }
        #expect(socket.receiveToEnd().isEmpty)
        #expect(server.server.statistics[.bytesReceived] < preface.count)
    }

    @Test func aBodyThatDripsIsAnswered408() throws {
        let server = try TestServer { $0.limits.readBody = .milliseconds(100) }
        let socket = server.connect()
        socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        let thread = try drip([0x78], on: socket)
        defer { stop(thread) }
        let answer = socket.receiveToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("body did not arrive in time"))
    }

    @Test func aBodyOverHTTP2ThatDripsIsAnswered408AndNobodyElseNotices() throws {
        let server = try TestServer { $0.limits.readBody = .milliseconds(100) }
        let peer = RawHTTP2(server.connect())
        peer.socket.send(RawHTTP2.request(1, "/echo", ends: false))
        let thread = try drip(RawHTTP2.data(1, 1), on: peer.socket)
        defer { stop(thread) }
        #expect(peer.status(of: 1) == 408)
        peer.socket.send(RawHTTP2.request(3, "/x"))
        #expect(peer.status(of: 3) == 200)
    }

    @Test func aHeaderListWithoutEndIsCut() async throws {
        let server = try TestServer { $0.limits.readHeader = .milliseconds(100) }
        let peer = RawHTTP2(server.connect())
        peer.socket.send(RawHTTP2.frame(1, 1, 1, [0x82, 0x86]))
        #expect(peer.receive { _ in false } == nil)
        #expect(await eventually { server.server.statistics[.closed] == 1 })
    }

    @Test func aFrameWithoutEndKeepsNoConnection() throws {
        let server = try TestServer { $0.limits.idle = .milliseconds(100) }
        let peer = RawHTTP2(server.connect())
        peer.socket.send([0, 0x3f, 0xff, 6, 0, 0, 0, 0, 0])
        let thread = try drip([0], on: peer.socket)
        defer { stop(thread) }
        #expect(peer.receive { $0.type == 7 } != nil)
        #expect(peer.receive { _ in false } == nil)
    }

    @Test func pingsKeepNoIdleConnection() throws {
        let server = try TestServer { $0.limits.idle = .milliseconds(100) }
        let peer = RawHTTP2(server.connect())
        let thread = try drip(RawHTTP2.ping, on: peer.socket)
        defer { stop(thread) }
        #expect(peer.receive { $0.type == 7 }?.code == 0)
    }

    @Test func aWindowThatStaysShutEndsTheConnection() throws {
        let server = try TestServer { $0.limits.write = .milliseconds(150) }
        let peer = RawHTTP2(server.connect(), window: 0)
        peer.socket.send(RawHTTP2.request(1, "/large"))
        #expect(peer.status(of: 1) == 200)
        // Its connection is alive all the time, and takes nothing.
        let thread = try drip(RawHTTP2.ping, on: peer.socket)
        defer { stop(thread) }
        #expect(peer.receive { $0.type == 7 }?.code == 11, "GOAWAY ENHANCE_YOUR_CALM is expected")
    }

    @Test func aWindowThatOpensSlowlyIsServed() throws {
        let server = try TestServer { $0.limits.write = .milliseconds(150) }
        let peer = RawHTTP2(server.connect(), window: 0)
        peer.socket.send(RawHTTP2.request(1, "/x"))
        // A byte at a time, each well within the time: GET /x\n.
        let thread = try drip(RawHTTP2.frame(8, 0, 1, [0, 0, 0, 1]), on: peer.socket)
        defer { stop(thread) }
        var count = 0
        while let frame = peer.receive(until: { $0.type == 0 || $0.type == 7 }), frame.type == 0 {
            count += frame.payload.count
            if frame.flags & 1 == 1 { break }
        }
        #expect(count == 7)
    }
}

private func inTurn(_ socket: RawSocket, _ bytes: ArraySlice<UInt8>, _ reactor: Reactor) {
    guard let first = bytes.first, socket.send([first]) else { return }
    _ = reactor.schedule(after: .milliseconds(10)) { inTurn(socket, bytes.dropFirst(), reactor) }
}

private func again(_ socket: RawSocket, _ bytes: [UInt8], _ reactor: Reactor) {
    guard socket.send(bytes) else { return }
    _ = reactor.schedule(after: .milliseconds(10)) { again(socket, bytes, reactor) }
}
