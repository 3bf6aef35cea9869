import LinuxIO
import Serving
import TestSupport
import Testing
import Wire

/// More than a server holds: each connection and all together are bounded, what finds no room is answered at once, and
/// nobody else is the worse for it. (`FairnessTests`: nobody else waits longer.)
@Suite struct OverloadTests {
    private func post(_ path: String, _ count: Int) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n" + String(repeating: "x", count: count)
    }

    /// A server whose budget of requests one peer has used up.
    private func fullServer() async throws -> (server: TestServer, holder: RawSocket) {
        let server = try TestServer {
            $0.limits.allBodiesBytes = 10_000
            $0.limits.shedBytes = 100
        }
        let holder = server.connect()
        holder.send(post("/never", 9_900))
        #expect(await eventually { server.log.requests.value == 1 })
        return (server, holder)
    }

    @Test func whatFindsNoRoomIsAnsweredByItsBeginning() async throws {
        let (server, holder) = try await fullServer()
        let peer = server.connect()
        peer.send(post("/shed", 5_000))
        #expect(peer.receive(until: "kept").hasSuffix("\r\n\r\n100 bytes kept"))
        // The connection goes on, and the beginning of a chunked body does as well.
        peer.send("POST /shed HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        peer.send("3c\r\n" + String(repeating: "x", count: 60) + "\r\n")
        peer.send("3e8\r\n" + String(repeating: "x", count: 1_000) + "\r\n0\r\n\r\n")
        #expect(peer.receive(until: "kept").hasSuffix("\r\n\r\n100 bytes kept"))
        #expect(server.server.statistics[.shed] == 2 && server.log.requests.value == 1)
        // What needs no room is served as ever, and once there is room again everything is.
        peer.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(peer.receive(until: "GET /x").contains("200 OK"))
        for responder in server.log.takeKept() { responder.respond(.text(200, "done")) }
        _ = holder.receive(until: "done")
        peer.send(post("/echo", 5_000))
        #expect(peer.receive(until: "xxx").contains("200 OK"))
    }

    @Test func theSameOverHTTP2() async throws {
        let (server, holder) = try await fullServer()
        let peer = RawHTTP2(server.connect())
        peer.socket.send(RawHTTP2.request(1, "/shed", ends: false) + RawHTTP2.data(1, 5_000, ends: true))
        #expect(peer.status(of: 1) == 200)
        let body = peer.receive { $0.type == 0 }?.payload ?? []
        #expect(String(decoding: body, as: UTF8.self) == "100 bytes kept")
        for responder in server.log.takeKept() { responder.respond(.text(200, "done")) }
        _ = holder.receive(until: "done")
        peer.socket.send(RawHTTP2.request(3, "/echo", ends: false) + RawHTTP2.data(3, 5_000, ends: true))
        #expect(peer.status(of: 3) == 200)
        #expect(server.server.statistics[.shed] == 1)
    }

    @Test func aBodyTooLongIsRefusedEvenIfNoneOfItIsKept() async throws {
        let (server, holder) = try await fullServer()
        let peer = RawHTTP2(server.connect())
        peer.socket.send(RawHTTP2.request(1, "/shed", ends: false, [0x0f, 0x0d, 8] + Array("99999999".utf8)))
        #expect(peer.status(of: 1) == 413)
        withExtendedLifetime(holder) {}
    }

    @Test func oneConnectionCannotTakeAllTheRoom() throws {
        let server = try TestServer { $0.limits.connectionBytes = 10_000 }
        let greedy = RawHTTP2(server.connect())
        greedy.socket.send(RawHTTP2.request(1, "/echo", ends: false) + RawHTTP2.data(1, 9_000))
        greedy.socket.send(RawHTTP2.request(3, "/shed", ends: false) + RawHTTP2.data(3, 9_000, ends: true))
        #expect(greedy.status(of: 3) == 200)
        #expect(server.server.statistics[.shed] == 1)
        let other = RawHTTP2(server.connect())
        other.socket.send(RawHTTP2.request(1, "/echo", ends: false) + RawHTTP2.data(1, 9_000, ends: true))
        #expect(other.status(of: 1) == 200)
        #expect(server.server.statistics[.shed] == 1)
        // What a stream held is free again once it is reset.
        greedy.socket.send(RawHTTP2.frame(3, 0, 1, [0, 0, 0, 8]))
        greedy.socket.send(RawHTTP2.request(5, "/echo", ends: false) + RawHTTP2.data(5, 9_000, ends: true))
        #expect(greedy.status(of: 5) == 200)
        #expect(server.server.statistics[.shed] == 1)
    }

    @Test func fieldsThatUnpackToMuchAreHeldWithinTheBudget() async throws {
        let server = try TestServer { $0.limits.allBodiesBytes = 200_000 }
        let bomb = RawHTTP2(server.connect())
        // One field of 3,000 bytes enters the table, then 15 bytes name it 15 times: 45 KB for each request of 40 bytes.
        let value = [UInt8](repeating: 0x76, count: 3_000)
        let entry: [UInt8] = [0x40, 1, 0x78, 0x7f, 0xb9, 0x16] + value
        bomb.socket.send(RawHTTP2.request(1, "/never", entry + [UInt8](repeating: 0xbe, count: 14)))
        for index in 1..<100 {
            bomb.socket.send(RawHTTP2.request(UInt32(2 * index + 1), "/never", [UInt8](repeating: 0xbe, count: 15)))
        }
        #expect(await eventually { server.server.statistics[.shed] == 96 })
        #expect(server.log.requests.value == 4)
        #expect(bomb.status(of: 9) == 503)
    }

    /// An answer that the peer does not take is held; its request is not.
    @Test func aRequestThatIsAnsweredTakesNoRoomAnyMore() throws {
        let server = try TestServer { $0.limits.allBodiesBytes = 10_000 }
        let silent = RawHTTP2(server.connect(), window: 0)
        silent.socket.send(RawHTTP2.request(1, "/echo", ends: false) + RawHTTP2.data(1, 9_000, ends: true))
        #expect(silent.status(of: 1) == 200)
        let other = RawHTTP2(server.connect())
        other.socket.send(RawHTTP2.request(1, "/echo", ends: false) + RawHTTP2.data(1, 9_000, ends: true))
        #expect(other.status(of: 1) == 200)
        #expect(server.server.statistics[.shed] == 0 && server.log.requests.value == 2)
    }

    /// Neither bodies nor heads: what a stream costs by itself, and what is kept of those for which there was no room.
    @Test(arguments: [200, 10_000_000])
    func streamsAreBoundedTogether(allBodies: Int) async throws {
        let server = try TestServer {
            $0.limits.allBodiesBytes = allBodies
            $0.limits.allBuffersBytes = 1 << 20
        }
        let peers = (0..<6).map { _ in RawHTTP2(server.connect()) }
        for peer in peers {
            for index in 0..<200 {
                peer.socket.send(RawHTTP2.request(UInt32(2 * index + 1), "/never", ends: false))
            }
        }
        #expect(await eventually { server.server.statistics[.overflowed] > 0 })
        #expect(server.server.statistics.open > 0)
        withExtendedLifetime(peers) {}
    }

    @Test func headerListsOnTheirWayAreBoundedTogether() async throws {
        let server = try TestServer { $0.limits.allBuffersBytes = 100_000 }
        let peers = (0..<5).map { _ in RawHTTP2(server.connect()) }
        let value = [UInt8](repeating: 0x76, count: 3_000)
        let field: [UInt8] = [0x00, 1, 0x78, 0x7f, 0xb9, 0x16] + value
        for peer in peers {
            // No END_HEADERS: the rest is to come.
            let fields = field + field + field + field + field
            peer.socket.send(RawHTTP2.frame(1, 0, 1, [0x83, 0x86, 0x84, 0x01, 1, 0x61] + fields))
            peer.socket.send(RawHTTP2.frame(9, 0, 1, fields))
        }
        #expect(await eventually { server.server.statistics[.overflowed] > 0 })
        #expect(server.server.statistics.open > 0)
        withExtendedLifetime(peers) {}
    }

    @Test func answersThatNobodyReadsAreBoundedTogether() async throws {
        let server = try TestServer { $0.limits.allBuffersBytes = 8 << 20 }
        let silent = (0..<40).map { _ in server.connect() }
        for socket in silent { socket.send(String(repeating: "GET /large HTTP/1.1\r\nHost: a\r\n\r\n", count: 4)) }
        #expect(await eventually { server.server.statistics[.overflowed] > 0 })
        // Nobody else is the worse for it.
        let socket = server.connect()
        socket.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(socket.receiveToEnd().contains("200 OK"))
        withExtendedLifetime(silent) {}
    }

    @Test func answersThatNoWindowAdmitsAreBoundedTogether() async throws {
        let server = try TestServer { $0.limits.allBuffersBytes = 8 << 20 }
        let silent = (0..<4).map { _ in RawHTTP2(server.connect(), window: 0) }
        for peer in silent {
            for index in 0..<4 { peer.socket.send(RawHTTP2.request(UInt32(2 * index + 1), "/large")) }
        }
        #expect(await eventually { server.server.statistics[.overflowed] > 0 })
        let socket = server.connect()
        socket.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(socket.receiveToEnd().contains("200 OK"))
        withExtendedLifetime(silent) {}
    }
}
