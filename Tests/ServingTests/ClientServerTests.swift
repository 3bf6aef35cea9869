import LinuxIO
import Serving
import Synchronization
import TestSupport
import Testing
import Wire

/// Our client against our server, every way they can speak.
@Suite struct ClientServerTests {
    private func pair(
        _ transport: Transport,
        server change: (inout ServerConfiguration) -> Void = { _ in },
        client configure: (inout ClientConfiguration) -> Void = { _ in }
    ) throws -> (TestServer, TestClient) {
        let server = try TestServer(tls: transport.isTLS ? TestCertificates.serverContext() : nil, change)
        return (server, try TestClient(transport, port: server.port, configure))
    }

    @Test(arguments: Transport.allCases)
    func theVersionIsNegotiated(_ transport: Transport) async throws {
        let (_server, client) = try pair(transport)
        #expect(try await client.get("/context").text == "\(transport.version) \(transport.isTLS) -\n")
        withExtendedLifetime(_server) {}
    }

    @Test(arguments: Transport.allCases)
    func bodiesOfAllSizesGoBothWays(_ transport: Transport) async throws {
        let (server, client) = try pair(transport)
        for size in [0, 1, 16_383, 16_384, 65_536, 1_000_000, 5_000_000] {
            let body = [UInt8](EchoService.large.prefix(size)) + [UInt8](repeating: 7, count: max(0, size - 3_000_000))
            let response = try await client.post("/echo", body)
            #expect(response.status == 200)
            #expect(response.body == body)
        }
        #expect(server.server.statistics[.accepted] == 1)
    }

    @Test(arguments: Transport.allCases)
    func headNothingAndLateAnswersKeepTheConnection(_ transport: Transport) async throws {
        let (server, client) = try pair(transport)
        let head = try await client.client.send(HTTPRequest("HEAD", "/large"), timeout: .seconds(10))
        #expect(head.fields["content-length"] == "3000000")
        #expect(head.body.isEmpty)
        #expect(try await client.get("/nothing").status == 204)
        #expect(try await client.get("/later").text == "later\n")
        #expect(try await client.get("/thread").text == "from a thread\n")
        #expect(try await client.get("/forgotten").status == 500)
        #expect(server.server.statistics[.accepted] == 1)
        #expect(server.server.statistics[.requests] == 5)
    }

    @Test(arguments: Transport.allCases)
    func aHundredRequestsAtOnceAreAllAnswered(_ transport: Transport) async throws {
        let (server, client) = try pair(transport)
        let texts = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for index in 0..<100 {
                group.addTask { (index, try await client.get("/later?\(index)").text) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(texts.count == 100)
        #expect(texts.values.allSatisfy { $0 == "later\n" })
        #expect(server.server.statistics[.requests] == 100)
        if transport.isHTTP2 { #expect(server.server.statistics[.accepted] == 1) }
    }

    @Test(arguments: Transport.allCases)
    func aStreamIsReadToItsEnd(_ transport: Transport) async throws {
        let (_server, client) = try pair(transport)
        let stream = try await client.client.stream(
            HTTPRequest("GET", "/stream"),
            timeout: .seconds(10),
            idle: .seconds(10)
        )
        #expect(stream.status == 200)
        #expect(stream.fields["content-type"] == "text/plain")
        var text: [UInt8] = []
        for try await bytes in stream { text += bytes }
        #expect(String(decoding: text, as: UTF8.self) == "line 0\nline 1\nline 2\nline 3\nline 4\n")
        // The connection is good for more.
        #expect(try await client.get("/x").status == 200)
        withExtendedLifetime(_server) {}
    }

    @Test(arguments: Transport.allCases)
    func aSlowReaderHoldsTheSenderBackAndLosesNothing(_ transport: Transport) async throws {
        let (server, client) = try pair(transport) { _ in
        } client: {
            $0.limits.streamBytes = 65_536
        }
        let stream = try await client.client.stream(
            HTTPRequest("GET", "/endless"),
            timeout: .seconds(10),
            idle: .seconds(10)
        )
        let stalled = await settled { server.log.streamed.value }
        #expect(stalled < 64 << 20)
        var read = 0
        var iterator = stream.makeAsyncIterator()
        while read < stalled + 1_000_000, let bytes = try await iterator.next() {
            read += bytes.count
            #expect(bytes.allSatisfy { $0 == 0x61 })
        }
        #expect(server.log.streamed.value > stalled)
    }

    @Test(arguments: Transport.allCases)
    func lettingAStreamGoTellsTheService(_ transport: Transport) async throws {
        let (server, client) = try pair(transport)
        do {
            let stream = try await client.client.stream(
                HTTPRequest("GET", "/endless"),
                timeout: .seconds(10),
                idle: .seconds(10)
            )
            var iterator = stream.makeAsyncIterator()
            _ = try await iterator.next()
        }
        #expect(await eventually { server.log.closed.value == 1 })
    }

    @Test(arguments: Transport.allCases)
    func cancellingATaskAbortsItsRequest(_ transport: Transport) async throws {
        let (server, client) = try pair(transport)
        let task = Task { try await client.get("/never") }
        #expect(await eventually { server.log.requests.value == 1 })
        task.cancel()
        let result = await task.result
        #expect(throws: HTTPClientError.outcomeUnknown(.init(.cancelled, "cancelled by the caller"))) {
            try result.get()
        }
        #expect(await eventually { server.log.closed.value == 1 })
        #expect(try await client.get("/x").status == 200)
    }

    @Test(arguments: Transport.allCases)
    func aDeadlineEndsARequest(_ transport: Transport) async throws {
        let (server, client) = try pair(transport)
        await #expect {
            try await client.get("/never", timeout: .milliseconds(50))
        } throws: { error in
            guard case .outcomeUnknown(let reason) = error as? HTTPClientError else { return false }
            return reason.kind == .timeout
        }
        #expect(await eventually { server.log.closed.value == 1 })
    }

    @Test(arguments: Transport.allCases)
    func aSilentStreamEndsInTime(_ transport: Transport) async throws {
        let raw = try pair(transport)
        // The head comes, then nothing.
        await #expect {
            let stream = try await raw.1.client.stream(
                HTTPRequest("GET", "/silent"),
                timeout: .seconds(10),
                idle: .milliseconds(50)
            )
            for try await _ in stream {}
        } throws: { error in
            (error as? HTTPClientError)?.reason.kind == .idle
        }
        #expect(await eventually { raw.0.log.closed.value == 1 })
    }

    @Test(arguments: Transport.allCases)
    func aResponseBeyondTheLimitIsRefused(_ transport: Transport) async throws {
        let (_server, client) = try pair(transport) { _ in
        } client: {
            $0.limits.responseBytes = 1_000_000
        }
        await #expect {
            try await client.get("/large")
        } throws: { error in
            (error as? HTTPClientError)?.reason.kind == .tooLarge
        }
        #expect(try await client.get("/x").status == 200)
        withExtendedLifetime(_server) {}
    }

    @Test(arguments: Transport.allCases)
    func aBodyBeyondTheLimitIsAnswered413(_ transport: Transport) async throws {
        let (server, client) = try pair(transport) { $0.limits.bodyBytes = 100_000 }
        #expect(try await client.post("/echo", Array(repeating: 1, count: 100_000)).status == 200)
        let response = try await client.post("/echo", Array(repeating: 1, count: 100_001))
        #expect(response.status == 413)
        #expect(response.text == "the body has 100001 bytes, the limit is 100000\n")
        #expect(server.log.requests.value == 1)
    }

    @Test(arguments: Transport.allCases)
    func drainingSendsClientsElsewhereWithoutLosingRequests(_ transport: Transport) async throws {
        let (server, client) = try pair(transport)
        async let late = client.get("/later")
        #expect(await eventually { server.log.requests.value == 1 })
        await server.server.drain()
        #expect(try await late.text == "later\n")
        for _ in 0..<5 { #expect(try await client.get("/x").status == 200) }
        #expect(await eventually { server.server.statistics.open <= 1 })
        #expect(server.server.statistics[.accepted] > 1)
    }

    @Test(arguments: Transport.allCases)
    func connectionsAreTurnedOverAfterSoManyRequests(_ transport: Transport) async throws {
        let (server, client) = try pair(transport) { $0.turnover = .init(requests: 3) }
        for _ in 0..<9 { #expect(try await client.get("/x").status == 200) }
        let accepted = server.server.statistics[.accepted]
        #expect(accepted >= 3 && accepted <= 9)
    }

    @Test(arguments: Transport.allCases)
    func theCallbackFormRunsOnTheReactor(_ transport: Transport) async throws {
        let (_server, client) = try pair(transport)
        let mailbox = client.thread.mailbox
        let (response, wasOnReactor) = await withCheckedContinuation { continuation in
            client.client.perform(HTTPRequest("GET", "/x"), timeout: .seconds(10)) { result in
                continuation.resume(returning: (result, mailbox.isCurrent))
            }
        }
        #expect(try response.get().status == 200)
        #expect(wasOnReactor)
        withExtendedLifetime(_server) {}
    }

    @Test(arguments: Transport.allCases)
    func aClosedClientRefusesAndFailsWhatIsUnderWay(_ transport: Transport) async throws {
        let (server, client) = try pair(transport)
        let task = Task { try await client.get("/never") }
        #expect(await eventually { server.log.requests.value == 1 })
        client.client.close()
        await #expect(throws: HTTPClientError.outcomeUnknown(.init(.closed, "the client was closed"))) {
            try await task.value
        }
        await #expect(throws: HTTPClientError.neverSent(.init(.closed, "the client is closed"))) {
            try await client.get("/x")
        }
    }

    @Test func aStoppedServerClosesItsConnections() async throws {
        let (server, client) = try pair(.tls1)
        let task = Task { try await client.get("/never") }
        #expect(await eventually { server.log.requests.value == 1 })
        server.server.stop()
        await #expect {
            try await task.value
        } throws: { error in
            (error as? HTTPClientError)?.reason.kind != .timeout
        }
        await #expect {
            try await client.get("/x")
        } throws: { error in
            guard case .neverSent(let reason) = error as? HTTPClientError else { return false }
            return reason.kind == .connect && reason.text.contains("refused")
        }
    }

    @Test func severalReactorsShareOnePort() async throws {
        let server = try TestServer(reactors: 3)
        for _ in 0..<30 {
            let client = try TestClient(.plain1, port: server.port)
            #expect(try await client.get("/x").status == 200)
        }
        let used = server.server.statistics.reactors.count { $0[.requests] > 0 }
        #expect(used > 1)
    }
}
