import KubeClient
import KubeModel
import LinuxIO
import Serving
import Synchronization
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct RemoteKubeAPITests {
    private static let key = ObjectKey(namespace: "n", name: "a")
    private static let object: JSONValue = [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "a", "namespace": "n", "uid": "u"],
    ]
    private static let ok = ScriptedServer.Answer.whole(.json(200, object))

    /// The waits between tries, none of which is waited for.
    private final class Waits: Sendable {
        private let all = Mutex<[Duration]>([])
        var pause: RemoteKubeAPI.Pause { { wait in self.all.withLock { $0.append(wait) } } }
        var seen: [Duration] { all.withLock { $0 } }
    }

    private struct World {
        let server: ScriptedServer
        let api: RemoteKubeAPI
        let waits = Waits()
        let thread: ReactorThread

        init(
            _ answers: [ScriptedServer.Answer],
            credential: ClusterConfiguration.Credential = .none,
            files: Files = Files([:])
        ) throws {
            server = try ScriptedServer(answers)
            thread = try ReactorThread(name: "client")
            var configuration = ClusterConfiguration(host: "127.0.0.1", port: server.port, tls: nil, origin: "test")
            configuration.credential = credential
            configuration.basePath = "/base"
            api = try RemoteKubeAPI(configuration, on: thread, read: files.read, pause: waits.pause)
        }

        func stop() {
            api.close()
            server.stop()
            thread.stop()
        }
    }

    private func failure(_ body: () async throws(KubeError) -> Void) async -> KubeError? {
        do {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test func anAnswerIsParsedAndTheRequestIsComplete() async throws {
        let world = try World([Self.ok], credential: .token("abc"))
        defer { world.stop() }
        #expect(try await world.api.send(.patch(.pods, Self.key, .merge, ["a": 1])) == Self.object)
        let request = try #require(world.server.asked.first)
        #expect(request.method == "PATCH")
        #expect(request.target == "/base/api/v1/namespaces/n/pods/a")
        #expect(request.fields["authorization"] == "Bearer abc")
        #expect(request.fields["content-type"] == "application/merge-patch+json")
        #expect(request.body == Array(#"{"a":1}"#.utf8))
    }

    @Test func aDeeplyNestedObjectHidesNoOtherOfItsList() async throws {
        let deep = String(repeating: "{\"a\":", count: 5_000) + "1" + String(repeating: "}", count: 5_000)
        let head = #""apiVersion":"future.ideas.protosam/v1beta1","kind":"TaskOwnerList""#
        let body =
            #"{\#(head),"items":[{"spec":\#(deep)},{"metadata":{"name":"b"}}],"metadata":{"resourceVersion":"1"}}"#
        let response = HTTPResponse(status: 200, fields: ["content-type": "application/json"], body: Array(body.utf8))
        let world = try World([.whole(response)])
        defer { world.stop() }
        let list = try await world.api.send(.list(.taskOwners, ListScope()))
        #expect(list["items"]?.arrayValue?.last?.at("metadata", "name") == "b")
    }

    @Test func aRefusalIsTyped() async throws {
        let world = try World([.whole(.refusal(404, "NotFound"))])
        defer { world.stop() }
        let error = await failure { () async throws(KubeError) in _ = try await world.api.send(.get(.pods, Self.key)) }
        #expect(error?.status?.isNotFound == true)
        #expect(error?.isOutcomeUnknown == false)
    }

    @Test func aReadIsTriedAgainAfterTheTimeTheServerAsksFor() async throws {
        let world = try World([.whole(.refusal(429, retryAfter: 2)), .whole(.refusal(503, retryAfter: 1)), Self.ok])
        defer { world.stop() }
        #expect(try await world.api.send(.get(.pods, Self.key)) == Self.object)
        #expect(world.waits.seen == [.seconds(2), .seconds(1)])
    }

    @Test func aReadThatIsCutIsTriedAgain() async throws {
        let world = try World([.stream([Array("{".utf8)], .cut), Self.ok])
        defer { world.stop() }
        #expect(try await world.api.send(.get(.pods, Self.key)) == Self.object)
        #expect(world.server.asked.count == 2)
    }

    @Test(arguments: [500, 502, 503, 504])
    func aWriteOfUnknownOutcomeIsNeverSentTwice(code: Int) async throws {
        let world = try World([.whole(.refusal(code)), Self.ok])
        defer { world.stop() }
        let error = await failure { () async throws(KubeError) in _ = try await world.api.send(.delete(.pods, Self.key))
        }
        #expect(error?.isOutcomeUnknown == true)
        #expect(world.server.asked.count == 1)
    }

    @Test func aWriteThatIsCutIsNeverSentTwice() async throws {
        let world = try World([.stream([Array("{".utf8)], .cut), Self.ok])
        defer { world.stop() }
        let error = await failure { () async throws(KubeError) in _ = try await world.api.send(.delete(.pods, Self.key))
        }
        #expect(error?.isOutcomeUnknown == true)
        #expect(world.server.asked.count == 1)
    }

    @Test func aWriteTurnedAwayUnreadIsSentAgain() async throws {
        let world = try World([.whole(.refusal(429, retryAfter: 1)), Self.ok])
        defer { world.stop() }
        _ = try await world.api.send(.delete(.pods, Self.key))
        #expect(world.server.asked.count == 2)
    }

    @Test func theNumberOfTriesIsBounded() async throws {
        let world = try World(Array(repeating: .whole(.refusal(429, retryAfter: 0)), count: 50))
        defer { world.stop() }
        _ = await failure { () async throws(KubeError) in _ = try await world.api.send(.get(.pods, Self.key)) }
        #expect(world.server.asked.count == KubeTimeouts.triesMax)
    }

    @Test func aWaitBeyondTheTimeoutIsNotBegun() async throws {
        let world = try World([.whole(.refusal(429, retryAfter: 9)), Self.ok])
        defer { world.stop() }
        let error = await failure { () async throws(KubeError) in
            _ = try await world.api.send(.get(.pods, Self.key), timeout: .seconds(5))
        }
        #expect(error?.status?.code == 429)
        #expect(world.waits.seen.isEmpty)
    }

    @Test func aServerThatIsNotThereWasNeverReached() async throws {
        // Nothing listens on port 1 (tcpmux).
        let configuration = ClusterConfiguration(host: "127.0.0.1", port: 1, tls: nil, origin: "test")
        let thread = try ReactorThread(name: "client")
        defer { thread.stop() }
        let waits = Waits()
        let api = try RemoteKubeAPI(configuration, on: thread, pause: waits.pause)
        let error = await failure { () async throws(KubeError) in _ = try await api.send(.delete(.pods, Self.key)) }
        guard case .transport(.neverSent) = error else {
            Issue.record("never sent is expected, not \(String(describing: error))")
            return
        }
        #expect(error?.isOutcomeUnknown == false)
        #expect(waits.seen.count == KubeTimeouts.triesMax - 1)
    }

    @Test func silenceIsATimeout() async throws {
        let world = try World([.silence])
        defer { world.stop() }
        let error = await failure { () async throws(KubeError) in
            _ = try await world.api.send(.delete(.pods, Self.key), timeout: .milliseconds(50))
        }
        #expect(error?.isOutcomeUnknown == true)
    }

    @Test func aSuccessThatIsNoJSONIsAnError() async throws {
        let page = HTTPResponse(status: 200, fields: ["content-type": "text/html"], body: Array("<html>".utf8))
        let mislabelled = HTTPResponse(status: 200, fields: ["content-type": "application/json"], body: page.body)
        let world = try World([.whole(page), .whole(mislabelled)])
        defer { world.stop() }
        for text in [
            #"application/json is expected, not "text/html"; is there a proxy in between?: "<html>""#,
            "invalid JSON at byte 0",
        ] {
            let error = await failure { () async throws(KubeError) in
                _ = try await world.api.send(.get(.pods, Self.key))
            }
            #expect(
                error?.description.hasPrefix("the answer cannot be read: " + text) == true,
                "\(String(describing: error))"
            )
            #expect(error?.isOutcomeUnknown == true)
        }
    }

    @Test func aRefusedTokenIsReplacedOnce() async throws {
        let texts = Mutex(["first", "second", "third"])
        let read: ReadFile = { _ throws(UnreadableFile) in Array(texts.withLock { $0.removeFirst() }.utf8) }
        let server = try ScriptedServer([
            .whole(.refusal(401)), Self.ok, .whole(.refusal(401)), .whole(.refusal(401)), Self.ok,
        ])
        let thread = try ReactorThread(name: "client")
        var configuration = ClusterConfiguration(host: "127.0.0.1", port: server.port, tls: nil, origin: "test")
        configuration.credential = .tokenFile("/token")
        let api = try RemoteKubeAPI(configuration, on: thread, read: read)
        defer {
            api.close()
            server.stop()
            thread.stop()
        }
        _ = try await api.send(.delete(.pods, Self.key))
        let error = await failure { () async throws(KubeError) in _ = try await api.send(.delete(.pods, Self.key)) }
        #expect(error?.status?.isUnauthorized == true)
        #expect(
            server.asked.map { $0.fields["authorization"] } == [
                "Bearer first", "Bearer second", "Bearer second", "Bearer third",
            ]
        )
    }

    @Test func aFixedTokenIsNotTriedAgain() async throws {
        let world = try World([.whole(.refusal(401)), Self.ok], credential: .token("abc"))
        defer { world.stop() }
        _ = await failure { () async throws(KubeError) in _ = try await world.api.send(.get(.pods, Self.key)) }
        #expect(world.server.asked.count == 1)
    }

    @Test func aMissingTokenFileIsSaidAndNothingIsSent() async throws {
        let world = try World([Self.ok], credential: .tokenFile("/none"))
        defer { world.stop() }
        let error = await failure { () async throws(KubeError) in _ = try await world.api.send(.get(.pods, Self.key)) }
        #expect(error == .credentials("token file /none: No such file"))
        #expect(world.server.asked.isEmpty)
    }

    @Test func theCallbackFormTriesOnceAndAnswersOnTheReactor() async throws {
        let world = try World([.whole(.refusal(429, retryAfter: 0)), Self.ok])
        defer { world.stop() }
        let (result, isOnReactor) = await withCheckedContinuation { continuation in
            world.api.perform(.get(.pods, Self.key), timeout: .seconds(5)) { [mailbox = world.thread.mailbox] result in
                continuation.resume(returning: (result, mailbox.isCurrent))
            }
        }
        #expect(isOnReactor)
        #expect(world.server.asked.count == 1)
        guard case .failure(.status(let status)) = result else {
            Issue.record("a refusal is expected, not \(result)")
            return
        }
        #expect(status.code == 429)
    }
}

@Suite(.timeLimit(.minutes(1))) struct RemoteWatchTests {
    private static func line(_ version: Int) -> [UInt8] {
        Array(#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"\#(version)"}}}"#.utf8) + [0x0A]
    }
    private static func mark(_ version: Int) -> WatchEvent {
        .bookmark(ResourceVersion("\(version)"), initialEventsEnd: false)
    }
    private static let watch = KubeRequest.watch(.taskOwners, from: ResourceVersion("1"))

    private func withAPI(
        _ answers: [ScriptedServer.Answer],
        _ body: (RemoteKubeAPI, ScriptedServer) async throws -> Void
    ) async throws {
        let server = try ScriptedServer(answers)
        let thread = try ReactorThread(name: "client")
        let configuration = ClusterConfiguration(host: "127.0.0.1", port: server.port, tls: nil, origin: "test")
        let api = try RemoteKubeAPI(configuration, on: thread)
        defer {
            api.close()
            server.stop()
            thread.stop()
        }
        try await body(api, server)
    }

    @Test func eventsArriveByteByByteAsWellAsTogether() async throws {
        let bytes = Self.line(1) + Self.line(2)
        try await withAPI([.stream(bytes.map { [$0] }, .finish), .stream([bytes], .finish)]) { api, _ in
            for _ in 0..<2 {
                var stream = try await api.watch(Self.watch, idle: .seconds(5))
                #expect(try await stream.next() == Self.mark(1))
                #expect(try await stream.next() == Self.mark(2))
                #expect(try await stream.next() == nil)
            }
        }
    }

    @Test func aCutWithinALineIsAnErrorAfterTheEventsBeforeIt() async throws {
        try await withAPI([.stream([Self.line(1), Array(#"{"type":"BOOK"#.utf8)], .stay)]) { api, server in
            var stream = try await api.watch(Self.watch, idle: .seconds(5))
            #expect(try await stream.next() == Self.mark(1))
            server.cutHeld()
            await #expect(throws: KubeError.self) { try await stream.next() }
        }
    }

    @Test func silenceEndsAStream() async throws {
        try await withAPI([.stream([Self.line(1)], .stay)]) { api, _ in
            var stream = try await api.watch(Self.watch, idle: .milliseconds(50))
            #expect(try await stream.next() == Self.mark(1))
            do {
                Issue.record("silence is expected, not \(String(describing: try await stream.next()))")
            } catch let error as KubeError {
                guard case .transport(let failure) = error else {
                    Issue.record("silence is expected, not \(error)")
                    return
                }
                #expect(failure.reason.kind == .idle)
            }
        }
    }

    @Test func aRefusedWatchIsTypedWithItsBody() async throws {
        try await withAPI([.whole(.refusal(410, "Expired"))]) { api, _ in
            do {
                _ = try await api.watch(Self.watch, idle: .seconds(5))
                Issue.record("a refusal is expected")
            } catch let error as KubeError {
                #expect(error.status?.isExpired == true)
                #expect(error.status?.reason == "Expired")
            }
        }
    }

    @Test func cancellingTheReaderEndsIt() async throws {
        try await withAPI([.stream([Self.line(1)], .stay)]) { api, _ in
            let (started, starter) = AsyncStream.makeStream(of: Void.self)
            let reader = Task {
                var stream = try await api.watch(Self.watch, idle: .seconds(60))
                _ = try await stream.next()
                starter.yield()
                return try await stream.next()
            }
            for await _ in started { break }
            reader.cancel()
            let result = await reader.result
            guard case .failure(let error as KubeError) = result else {
                Issue.record("an error is expected, not \(result)")
                return
            }
            #expect(error.isCancelled)
        }
    }
}
