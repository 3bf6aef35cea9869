import LinuxIO
import Serving
import Synchronization
import TestSupport
import Testing
import Wire

/// One reactor, peers that flood it, and one that asks and waits. Between a question of the quiet peer and its answer the
/// floods get what one turn brings, no more: that is a bound in their own work, so no clock and no busy machine moves it.
@Suite(.timeLimit(.minutes(2))) struct FairnessTests {
    /// What a flood was given.
    private struct Work {
        var requests = 0
        var bytes = 0
    }

    /// Asks as the quiet peer, from the reactor's own thread: nothing can come between its question and the count of what
    /// was done until then, so every single answer counts, not the median.
    private final class QuietPeer: Sendable {
        private struct State {
            var socket: RawSocket?
            var statistics: ServerStatistics?
            var requests = 0
            var asked: Work?
            var between: [Work] = []
            var all = Work()
        }
        private let state = Mutex(State())

        func begin(_ server: HTTPServer, _ socket: RawSocket) {
            state.withLock {
                $0.statistics = server.statistics
                $0.socket = socket
            }
        }

        func ask() {
            state.withLock { state in
                guard state.asked == nil, let socket = state.socket, let statistics = state.statistics else { return }
                state.asked = Work(requests: state.requests, bytes: statistics[.bytesReceived])
                socket.send("GET /quiet HTTP/1.1\r\nHost: a\r\n\r\n")
            }
        }

        func answered() {
            state.withLock { state in
                guard let asked = state.asked, let statistics = state.statistics else { return }
                state.all = Work(requests: state.requests, bytes: statistics[.bytesReceived])
                state.between.append(
                    Work(requests: state.requests - asked.requests, bytes: state.all.bytes - asked.bytes)
                )
                state.asked = nil
            }
        }

        func flooded() { state.withLock { $0.requests += 1 } }

        var seen: (between: [Work], all: Work) { state.withLock { ($0.between, $0.all) } }
    }

    private final class Service: HTTPService {
        private let reactor: Reactor
        private let quiet: QuietPeer
        init(_ reactor: Reactor, _ quiet: QuietPeer) {
            self.reactor = reactor
            self.quiet = quiet
            ask()
        }

        private func ask() {
            _ = reactor.schedule(after: .milliseconds(1)) { [weak self] in
                self?.quiet.ask()
                self?.ask()
            }
        }

        func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
            if request.path == "/quiet" { quiet.answered() } else { quiet.flooded() }
            responder.respond(HTTPResponse(status: 204))
        }
    }

    /// The most that was done between a question and its answer, of at least 200, while the floods got as much as `enough`.
    /// A flood ends with the server.
    private func most(enough: (Work) -> Bool, _ flood: (UInt16) throws -> Void) async throws -> Work {
        let quiet = QuietPeer()
        let server = HTTPServer(ServerConfiguration(listen: .loopback(port: 0))) { Service($0, quiet) }
        let port = try server.start().port
        defer { server.stop() }
        try flood(port)
        let socket = RawSocket(connecting: port)
        // Accepted, so that its first question that counts has no more to wait for than the others.
        socket.send("GET /quiet HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = socket.receive(until: "204 No Content\r\n")
        quiet.begin(server, socket)
        let seen = try await eventually("200 answers beside a flood", { quiet.seen }, seconds: 90) {
            $0.between.count >= 200 && enough($0.all)
        }
        return Work(
            requests: seen.between.map(\.requests).max() ?? 0,
            bytes: seen.between.map(\.bytes).max() ?? 0
        )
    }

    /// What is read of one connection in one turn.
    private static let turn = 64 << 10

    @Test func pipelinedRequestsWithoutEndDelayNobody() async throws {
        let request = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
        let burst = String(repeating: request, count: 1_000)
        let most = try await most(enough: { $0.requests > 20_000 }) { port in
            let socket = RawSocket(connecting: port)
            try NamedThread.start("flood") { while socket.send(burst) {} }.detach()
            try NamedThread.start("drain") { while !socket.receiveSome().isEmpty {} }.detach()
        }
        // With what was left of the turn before.
        #expect(most.requests <= 2 * Self.turn / request.utf8.count, "\(most)")
    }

    /// Four connections, up to 200 streams at a time on each, which end as soon as they have begun.
    @Test func streamsWithoutEndDelayNobody() async throws {
        let most = try await most(enough: { $0.requests > 20_000 }) { port in
            for _ in 0..<4 {
                let socket = RawSocket(connecting: port)
                try NamedThread.start("flood") { Self.openStreams(on: socket) }.detach()
            }
        }
        #expect(most.requests <= 4 * 2 * Self.batch, "\(most)")
    }

    private static let batch = 100

    private static func openStreams(on socket: RawSocket) {
        let peer = RawHTTP2(socket)
        for round in 0... {
            let streams = (round * batch..<(round + 1) * batch).map { UInt32(2 * $0 + 1) }
            guard socket.send(streams.flatMap { RawHTTP2.request($0, "/x") } + RawHTTP2.ping) else { return }
            // Once the PING of the batch before is answered, so are its streams.
            guard round == 0 || peer.receive(until: { $0.type == 6 && $0.flags == 1 }) != nil else { return }
        }
    }

    /// Three at a time, as many as there is room for.
    @Test(arguments: [Transport.plain1, .plain2])
    func bodiesOf40MiBDelayNobody(transport: Transport) async throws {
        let body = [UInt8](repeating: 0x78, count: ServerLimits().bodyBytes)
        let most = try await most(enough: { $0.bytes > 2 * body.count && $0.requests > 0 }) { port in
            for _ in 0..<3 {
                let client = try TestClient(transport, port: port)
                // Until the server is gone.
                Task { while (try? await client.post("/x", body, timeout: .seconds(90))) != nil {} }
            }
        }
        #expect(most.bytes <= 3 * Self.turn + 1_000, "\(most)")
    }
}
