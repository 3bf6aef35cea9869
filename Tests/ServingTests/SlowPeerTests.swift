import Glibc
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
        thread.mailbox.post { inTurn(socket, preface.map { [$0] }, $0) }
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

    /// A peer that closed its own side and takes its answer slowly is served to the end.
    @Test func aReaderThatHasSaidItsLastWordAndReadsSlowlyIsServed() async throws {
        let server = try TestServer { $0.limits.write = .milliseconds(500) }
        let socket = server.connect()
        socket.send("GET /huge-later HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = await settled { server.server.statistics[.bytesSent] }
        #expect(server.server.statistics[.bytesSent] < 12_000_000, "the socket took all of it at once")
        socket.shutdownWrite()
        let (read, ended) = (Count(), Count())
        let thread = try ReactorThread(name: "slow")
        defer { stop(thread) }
        thread.mailbox.post { sip(socket, read, ended, $0) }
        #expect(await eventually { ended.value == 1 })
        #expect(read.value > 12_000_000, "cut after \(read.value) bytes")
    }

    /// It closed its own side while its answer was being made, and reads none of it.
    @Test func aReaderThatHasSaidItsLastWordAndReadsNothingIsCut() async throws {
        let server = try TestServer { $0.limits.write = .milliseconds(100) }
        let socket = server.connect()
        socket.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await eventually { server.log.requests.value == 1 })
        socket.shutdownWrite()
        #expect(await eventually { server.log.closed.value == 1 })
        let large = EchoService.large + EchoService.large + EchoService.large + EchoService.large
        for responder in server.log.takeKept() { responder.respond(HTTPResponse(status: 200, body: large)) }
        #expect(await eventually { server.server.statistics[.closed] == 1 })
        withExtendedLifetime(socket) {}
    }

    @Test func aHeaderListWithoutEndIsCut() async throws {
        let server = try TestServer { $0.limits.readHeader = .milliseconds(100) }
        let peer = RawHTTP2(server.connect())
        peer.socket.send(RawHTTP2.frame(1, 1, 1, [0x82, 0x86]))
        #expect(peer.receive { _ in false } == nil)
        #expect(await eventually { server.server.statistics[.closed] == 1 })
    }

    /// Each header list comes in time; that the next has always begun is no reason to cut anybody.
    @Test func headerListsThatOverlapWhatTheNetworkBringsAreServed() throws {
        let server = try TestServer { $0.limits.readHeader = .milliseconds(200) }
        let peer = RawHTTP2(server.connect())
        let frames = (0..<60).map { RawHTTP2.request(UInt32(2 * $0 + 1), "/x") }
        let pieces = frames.indices.map { index in
            (index == 0 ? [] : Array(frames[index - 1].dropFirst(12))) + frames[index].prefix(12)
        }
        let thread = try ReactorThread(name: "drip")
        defer { stop(thread) }
        // 600 ms: longer than one of them may take.
        thread.mailbox.post { [socket = peer.socket] in inTurn(socket, pieces + [Array(frames[59].dropFirst(12))], $0) }
        #expect(peer.status(of: 119) == 200)
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

    /// The engine's own tests have each flood; here one goes all the way through a socket.
    @Test func aRapidResetEndsInGOAWAYOnTheSocket() throws {
        let server = try TestServer()
        let peer = RawHTTP2(server.connect())
        for index in 0..<1_100 {
            let stream = UInt32(2 * index + 1)
            let both = RawHTTP2.request(stream, "/never") + RawHTTP2.frame(3, 0, stream, [0, 0, 0, 8])
            guard peer.socket.send(both) else { break }
        }
        #expect(peer.receive { $0.type == 7 }?.code == 11)
        #expect(peer.receive { _ in false } == nil)
    }

    @Test func pingsKeepNoIdleConnection() throws {
        let server = try TestServer { $0.limits.idle = .milliseconds(100) }
        let peer = RawHTTP2(server.connect())
        let thread = try drip(RawHTTP2.ping, on: peer.socket)
        defer { stop(thread) }
        #expect(peer.receive { $0.type == 7 }?.code == 0)
    }

    /// Each comes in one piece and is answered at once: between two of them the connection is always idle.
    @Test func aConnectionInUseIsNotIdle() throws {
        let server = try TestServer { $0.limits.idle = .milliseconds(300) }
        let peer = RawHTTP2(server.connect())
        for index in 0..<10 {
            usleep(100_000)
            let stream = UInt32(2 * index + 1)
            peer.socket.send(RawHTTP2.request(stream, "/x"))
            let answer = peer.receive { $0.type == 7 || $0.stream == stream && $0.type == 1 }
            #expect(answer?.type == 1, "request \(index)")
        }
        #expect(peer.receive { $0.type == 7 }?.code == 0)
    }

    /// Which request was the last, so that what was sent meanwhile may go elsewhere.
    @Test func anIdleHTTP2ConnectionIsToldItsLastStream() throws {
        let server = try TestServer { $0.limits.idle = .milliseconds(100) }
        let peer = RawHTTP2(server.connect())
        peer.socket.send(RawHTTP2.request(5, "/x"))
        #expect(peer.status(of: 5) == 200)
        #expect(peer.receive { $0.type == 7 }?.payload == [0, 0, 0, 5, 0, 0, 0, 0])
        #expect(peer.receive { $0.type == 7 } == nil)
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

/// The pieces, one every few milliseconds.
private func inTurn(_ socket: RawSocket, _ pieces: [[UInt8]], _ reactor: Reactor) {
    guard let first = pieces.first, socket.send(first) else { return }
    _ = reactor.schedule(after: .milliseconds(10)) { inTurn(socket, Array(pieces.dropFirst()), reactor) }
}

/// Reads a quarter of a megabyte every few milliseconds, to the end.
private func sip(_ socket: RawSocket, _ read: Count, _ ended: Count, _ reactor: Reactor) {
    let bytes = socket.receiveSome(256 << 10)
    if bytes.isEmpty { return ended.add(1) }
    read.add(bytes.count)
    _ = reactor.schedule(after: .milliseconds(30)) { sip(socket, read, ended, reactor) }
}

private func again(_ socket: RawSocket, _ bytes: [UInt8], _ reactor: Reactor) {
    guard socket.send(bytes) else { return }
    _ = reactor.schedule(after: .milliseconds(10)) { again(socket, bytes, reactor) }
}
