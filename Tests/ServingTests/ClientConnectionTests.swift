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
}
