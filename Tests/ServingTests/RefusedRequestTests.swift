import Glibc
import LinuxIO
import Serving
import TestSupport
import Testing

/// What is left of an HTTP/2 request that was refused while its stream is still open: nothing that would count.
@Suite(.serialized) struct RefusedRequestTests {
    /// POST with a body of `count` bytes and no end, at the pace of the server's windows.
    private func post(_ stream: UInt32, _ path: String, _ count: Int, on peer: RawHTTP2) throws {
        peer.socket.send(RawHTTP2.request(stream, path, ends: false))
        var rest = count
        while rest > 0 {
            // At least half of each window is open once what came before has been dealt with.
            for _ in 0..<7 where rest > 0 {
                let piece = min(rest, 16_000)
                peer.socket.send(RawHTTP2.data(stream, piece))
                rest -= piece
            }
            peer.socket.send(RawHTTP2.ping)
            _ = try #require(peer.receive { $0.type == 6 && $0.flags == 1 }, "the server closed")
        }
    }

    /// A peer whose window is shut takes no answer, so its streams stay.
    @Test(.disabled(if: BuiltProgram.isSanitized, "a sanitizer keeps what is freed"))
    func aBodyThatWasRefusedIsNotKept() throws {
        let server = try TestServer { $0.limits.bodyBytes = 4 << 20 }
        let peer = RawHTTP2(server.connect(), window: 0)
        _ = peer.receive { $0.type == 4 }
        peer.socket.send(RawHTTP2.frame(4, 1, 0, []))
        let myself = OtherProcess(getpid())
        try post(1, "/echo", (4 << 20) + 1, on: peer)
        let before = myself.residentBytes
        for index in 1..<25 { try post(UInt32(2 * index + 1), "/echo", (4 << 20) + 1, on: peer) }
        let grown = myself.residentBytes - before
        #expect(grown < 40 << 20, "24 refused bodies of 4 MiB have left \(grown >> 20) MiB")
        // They do not count either: there is room for more than one connection may hold.
        #expect(server.server.statistics[.shed] == 0)
    }

    /// Whoever takes no answers, and never agreed to a number of streams, has one refused after the other: nghttp2 would queue the
    /// refusals without end.
    @Test func refusalsDoNotPileUpForOneWhoTakesNone() async throws {
        let server = try TestServer()
        let peer = RawHTTP2(server.connect())
        let total = Count()
        let (batches, each) = (800, 1_000)
        try NamedThread.start("flood") { [socket = peer.socket] in
            for batch in 0..<batches {
                let streams = (0..<each).map { UInt32(2 * (batch * each + $0) + 1) }
                let bytes = streams.flatMap { RawHTTP2.request($0, "/never", ends: false) }
                guard socket.send(bytes) else { return }
                total.add(bytes.count)
            }
        }.detach()
        let received = await settled(for: .seconds(1)) { server.server.statistics[.bytesReceived] }
        // What sockets hold is neither side's; the rest stays unread.
        #expect(received > 1_000_000 && received < batches * each * 15, "\(received) bytes were read")
        #expect(total.value < batches * each * 20, "the server reads on")
        let other = RawHTTP2(server.connect())
        other.socket.send(RawHTTP2.request(1, "/x"))
        #expect(other.status(of: 1) == 200)
    }

    /// 101 fields after the body.
    private static let trailers = [UInt8]((0..<101).flatMap { [0, 2, 0x78, 0x30 + UInt8($0 % 10), 1, 0x79] })

    @Test func trailersThatAreTooLargeEndTheirStream() throws {
        let server = try TestServer {
            $0.limits.connectionBytes = 10_000
            $0.limits.idle = .milliseconds(200)
        }
        let peer = RawHTTP2(server.connect())
        for index in 0..<5 {
            let stream = UInt32(2 * index + 1)
            peer.socket.send(RawHTTP2.request(stream, "/echo", ends: false) + RawHTTP2.data(stream, 9_000))
            peer.socket.send(RawHTTP2.frame(1, 5, stream, Self.trailers))
            #expect(peer.receive { $0.type == 3 && $0.stream == stream }?.code == 11)
        }
        // What they held is free again, the connection serves on, and then it is idle.
        peer.socket.send(RawHTTP2.request(11, "/echo", ends: false) + RawHTTP2.data(11, 9_000, ends: true))
        #expect(peer.status(of: 11) == 200)
        #expect(server.server.statistics[.shed] == 0 && server.log.requests.value == 1)
        #expect(peer.receive { $0.type == 7 }?.code == 0, "the connection never became idle")
    }
}
