import KubeClient
import KubeModel
import LinuxIO
import Serving
import Synchronization
import TLSEngine
import TestSupport
import Testing
import Wire

/// The real client against servers that lie, stall, drip and flood. The waits between tries are noted, not waited for.
@Suite(.timeLimit(.minutes(1))) struct HostileServerTests {
    private static let key = ObjectKey(namespace: "n", name: "a")
    private static let watch = KubeRequest.watch(.taskOwners, ListScope(namespace: "n"), from: ResourceVersion("1"))

    // MARK: - Who it is

    @Test func aServerIsVerifiedByChainNameAndTime() async throws {
        let authority = try Certificates.authority()
        let stranger = try Certificates.authority()
        let cases: [(TLSIdentity, String?)] = [
            (try Certificates.server(authority), nil),
            (try Certificates.server(authority, address: "::1"), "IP address mismatch"),
            (try Certificates.server(authority, address: "127.0.0.2"), "IP address mismatch"),
            (try Certificates.server(authority, from: -10, days: 3), "certificate has expired"),
            (try Certificates.server(authority, from: 365, days: 3), "certificate is not yet valid"),
            (try Certificates.server(stranger), "unable to get local issuer certificate"),
            (try Certificates.client(authority), "unsuitable certificate purpose"),
        ]
        for (identity, reason) in cases {
            let server = try ScriptedServer(
                [.whole(.json(200, Pods.a))],
                tls: try TLSContext.server(identity: identity, alpn: ["h2", "http/1.1"])
            )
            defer { server.stop() }
            let trust = ClusterConfiguration.TLS(trust: .pem(authority.certificateChainPEM))
            let client = try Client(server.port, tls: trust)
            let error = await client.failure(of: .get(.pods, Self.key))
            guard let reason else {
                #expect(error == nil)
                continue
            }
            let text = "\(String(describing: error))"
            #expect(text.contains(reason) && text.contains("the certificate of 127.0.0.1 is not trusted"), "\(text)")
            guard case .transport(.neverSent) = error else {
                Issue.record("nothing may be sent: \(text)")
                continue
            }
            #expect(server.asked.isEmpty)
            #expect(Set(client.outcomes) == [.untrusted])
            expectBackoff(client)
        }
    }

    /// Each longer than the one before, up to a bound, and not for ever.
    private func expectBackoff(_ client: Client, _ place: SourceLocation = #_sourceLocation) {
        let waits = client.waits
        #expect(client.outcomes.count == KubeTimeouts.triesMax, sourceLocation: place)
        #expect(waits.count == KubeTimeouts.triesMax - 1, sourceLocation: place)
        #expect(waits.first == KubeTimeouts.retryFirst, sourceLocation: place)
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 }, "\(waits)", sourceLocation: place)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func aRedirectIsNotFollowedAndGetsNoToken(status: Int) async throws {
        let elsewhere = try ScriptedServer([.whole(.json(200, Pods.a))])
        defer { elsewhere.stop() }
        let there = "http://127.0.0.1:\(elsewhere.port)/api/v1/namespaces/n/pods/a"
        let response = HTTPResponse(status: status, fields: ["location": there])
        let server = try ScriptedServer(Array(repeating: .whole(response), count: 4))
        defer { server.stop() }
        let client = try Client(server.port) { $1.credential = .token("secret") }
        let error = await client.failure(of: .get(.pods, Self.key))
        #expect(
            error?.description
                == "HTTP \(status): a redirect to \"\(there)\" is not followed: the API server's own URL is expected"
        )
        await #expect(throws: KubeError.self) { _ = try await client.api.watch(Self.watch, idle: .seconds(5)) }
        // Nor with what is written.
        let patch: JSONValue = ["spec": ["owner": "a"]]
        #expect(await client.failure(of: .patch(.taskOwners, Self.key, .merge, patch)) != nil)
        #expect(await client.failure(of: .create(.pods, namespace: "n", Pods.a)) != nil)
        #expect(elsewhere.asked.isEmpty)
        #expect(client.outcomes == Array(repeating: .redirected, count: 4))
    }

    // MARK: - What it says

    @Test(arguments: [
        ("application/json", #"{"kind":"Pod","apiVersion":"v1""#, CallOutcome.malformed),
        (
            "application/json",
            #"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a","namespace":"n","uid":"u"}}"#, .malformed
        ),
        (
            "application/json", #"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"b","namespace":"n","uid":"u"}}"#,
            .malformed
        ),
        ("application/json", #"{"kind":"Status","apiVersion":"v1","status":"Success"}"#, .malformed),
        ("application/json", "[]", .malformed), ("application/json", "", .malformed),
        ("text/html", "<html>Please log in</html>", .malformed),
        ("application/vnd.kubernetes.protobuf", "k8s\u{0}", .malformed),
        ("application/json", String(repeating: "[", count: 100_000), .malformed),
        ("application/json", "{\"a\":\"\u{0}\"}", .malformed),
    ])
    func anAnswerThatIsNotWhatWasAskedForIsAnErrorAndAskedForOnce(type: String, body: String, outcome: CallOutcome)
        async throws
    {
        let response = HTTPResponse(status: 200, fields: ["content-type": type], body: Array(body.utf8))
        let server = try ScriptedServer([.whole(response)])
        defer { server.stop() }
        let client = try Client(server.port)
        #expect(await client.failure(of: .get(.pods, Self.key)) != nil)
        #expect(client.outcomes == [outcome])
        #expect(server.asked.count == 1)
    }

    @Test func aListOfSomethingElseIsNoEmptyList() async throws {
        let server = try ScriptedServer([
            .whole(.json(200, Pods.a)),
            .whole(
                .json(
                    200,
                    ["kind": "ServiceList", "apiVersion": "v1", "metadata": ["resourceVersion": "9"], "items": []]
                )
            ),
        ])
        defer { server.stop() }
        let client = try Client(server.port)
        for _ in 0..<2 { #expect(await client.failure(of: .list(.pods)) != nil) }
        #expect(client.outcomes == [.malformed, .malformed])
    }

    @Test(arguments: [429, 500, 502, 503, 504])
    func endlessRefusalsAreAskedAgainAFewTimesOnly(code: Int) async throws {
        // A year, nonsense, nothing.
        for after in ["31536000", "-1", "soon", nil] {
            var response = HTTPResponse.refusal(code)
            if let after { response.fields.add("retry-after", after) }
            let server = try ScriptedServer(Array(repeating: .whole(response), count: 20))
            defer { server.stop() }
            let client = try Client(server.port)
            // So long that only the number of tries ends it.
            #expect(await client.failure(of: .get(.pods, Self.key), within: .seconds(1_000))?.status?.code == code)
            #expect(server.asked.count <= KubeTimeouts.triesMax)
            #expect(client.waits.allSatisfy { $0 <= KubeTimeouts.retryAfterMax && $0 > .zero }, "\(client.waits)")
            #expect(Set(client.outcomes) == [code == 429 ? .throttled : .failed])
        }
    }

    @Test func aTokenThatIsNeverGoodEnoughIsReadOnceMorePerCall() async throws {
        let reads = Mutex(0)
        let read: ReadFile = { _ throws(UnreadableFile) in
            Array("token-\(reads.withLock { count in count += 1; return count })".utf8)
        }
        let server = try ScriptedServer(Array(repeating: .whole(.refusal(401)), count: 50))
        defer { server.stop() }
        let client = try Client(server.port, adjust: { $1.credential = .tokenFile("/token") }, read: read)
        for _ in 0..<5 { #expect(await client.failure(of: .get(.pods, Self.key))?.status?.isUnauthorized == true) }
        #expect(server.asked.count == 10)
        #expect(Set(server.asked.map { $0.fields["authorization"] ?? "" }).count >= 6)
        #expect(client.outcomes.allSatisfy { $0 == .unauthorized })
    }

    // MARK: - How much, and how slowly

    /// Answers with this again and again, as fast as it can, for as long as it is taken. `sent`: bytes that were.
    private static func endless(
        _ text: [UInt8],
        status: String = "200 OK",
        sent: @escaping @Sendable (Int) -> Void = { _ in }
    ) -> RawServer {
        let chunk = Array((String(text.count, radix: 16) + "\r\n").utf8) + text + Array("\r\n".utf8)
        return RawServer { socket, _ in
            _ = socket.receive(until: "\r\n\r\n")
            socket.send("HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            while socket.send(chunk) { sent(text.count) }
        }
    }

    @Test(arguments: [true, false])
    func anAnswerThatIsTooLargeIsCutBeforeItIsHeld(saysSo: Bool) async throws {
        let sent = Mutex(0)
        let declared = RawServer { socket, _ in
            _ = socket.receive(until: "\r\n\r\n")
            socket.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000000000\r\n\r\n")
        }
        let spaces = [UInt8](repeating: 0x20, count: 65_536)
        let server = saysSo ? declared : Self.endless(spaces) { count in sent.withLock { $0 += count } }
        let client = try Client(server.port) { limits, _ in limits.responseBytes = 4 << 20 }
        let error = await client.failure(of: .get(.pods, Self.key))
        guard case .transport(let failure) = error else {
            Issue.record("too large is expected, not \(String(describing: error))")
            return
        }
        #expect(failure.reason.kind == .tooLarge)
        #expect(client.outcomes == [.tooLarge])
        // What the kernel holds is not ours.
        #expect(sent.withLock { $0 } < 32 << 20)
    }

    @Test func anAnswerOfTooManyValuesIsNotMadeATreeOf() async throws {
        let body = Array(("[0" + String(repeating: ",0", count: KubeLimits.valuesMax + 1) + "]").utf8)
        let server = try ScriptedServer([
            .whole(HTTPResponse(status: 200, fields: ["content-type": "application/json"], body: body))
        ])
        defer { server.stop() }
        let client = try Client(server.port)
        let error = await client.failure(of: .list(.pods))
        #expect(error?.description.contains("more than \(KubeLimits.valuesMax) values") == true)
        #expect(client.outcomes == [.tooLarge])
    }

    @Test func aWatchLineWithoutEndIsCutAtItsLimit() async throws {
        let sent = Mutex(0)
        let server = Self.endless([UInt8](repeating: 0x78, count: 1 << 20)) { count in sent.withLock { $0 += count } }
        let client = try Client(server.port)
        var stream = try await client.api.watch(Self.watch, idle: .seconds(30))
        do {
            Issue.record("an error is expected, not \(String(describing: try await stream.next()))")
        } catch {
            #expect("\(error)".contains("a line of a watch is longer than \(KubeLimits.watchLineBytesMax) bytes"))
        }
        #expect(sent.withLock { $0 } < 60 << 20)
    }

    @Test func anAnswerThatDripsEndsAtTheDeadline() async throws {
        // One byte at a time, and never a whole answer.
        let server = Self.endless([0x20])
        let client = try Client(server.port)
        let began = BootClock.now()
        let error = await client.failure(of: .delete(.pods, Self.key), within: .milliseconds(200))
        #expect(CallOutcome(try #require(error)) == .timeout)
        #expect(error?.isOutcomeUnknown == true)
        #expect(BootClock.now() - began < .seconds(20))
    }

    @Test func aRefusalOfAWatchThatDripsIsReadForAMoment() async throws {
        // Whoever waits for all of it waits for ever.
        let server = Self.endless([0x20], status: "503 Service Unavailable")
        let client = try Client(server.port)
        do {
            _ = try await client.api.watch(Self.watch, idle: .seconds(30))
            Issue.record("a refusal is expected")
        } catch {
            #expect(error.status?.code == 503, "\(error)")
        }
        #expect(client.outcomes == [.failed])
    }

    /// Whoever asks for events lists anew at once after 410, and does not wait for the words of it as for events.
    @Test func aRefusalWhoseWordsDoNotComeIsNotWaitedFor() async throws {
        let server = RawServer { socket, _ in
            _ = socket.receive(until: "\r\n\r\n")
            socket.send("HTTP/1.1 410 Gone\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"x")
            while !socket.receiveSome().isEmpty {}
        }
        let client = try Client(server.port)
        let began = BootClock.now()
        do {
            _ = try await client.api.watch(Self.watch, idle: .seconds(150))
            Issue.record("a refusal is expected")
        } catch {
            #expect(error.status?.code == 410, "\(error)")
        }
        // What holds it would do so for ten.
        #expect(BootClock.now() - began < .seconds(8))
    }

    @Test func aConnectionThatIsNeverAnsweredIsLeft() async throws {
        // Accepted, and then nothing: half of it is open.
        let server = RawServer { socket, _ in while !socket.receiveSome().isEmpty {} }
        let client = try Client(server.port)
        #expect(await client.failure(of: .get(.pods, Self.key), within: .milliseconds(100)) != nil)
        #expect(client.outcomes.first == .timeout)
        // The same where the handshake never ends.
        let tls = ClusterConfiguration.TLS(trust: .insecure)
        let other = try Client(server.port, tls: tls) { limits, _ in limits.connect = .milliseconds(50) }
        let error = await other.failure(of: .get(.pods, Self.key), within: .seconds(10))
        #expect(CallOutcome(try #require(error)) == .unreachable)
        expectBackoff(other)
    }
}

/// A client, what became of its tries, and how long it would have waited.
private final class Client: Sendable {
    let api: RemoteKubeAPI
    private let thread: ReactorThread
    private let notes: Notes

    private final class Notes: Sendable {
        let outcomes = Mutex<[CallOutcome]>([])
        let waits = Mutex<[Duration]>([])
    }

    init(
        _ port: UInt16,
        tls: ClusterConfiguration.TLS? = nil,
        adjust: (inout ClientLimits, inout ClusterConfiguration) -> Void = { _, _ in },
        read: @escaping ReadFile = LocalFile.read
    ) throws {
        var configuration = ClusterConfiguration(host: "127.0.0.1", port: port, tls: tls, origin: "test")
        var limits = ClientLimits()
        adjust(&limits, &configuration)
        thread = try ReactorThread(name: "client")
        let notes = Notes()
        self.notes = notes
        api = try RemoteKubeAPI(
            configuration,
            limits: limits,
            on: thread,
            read: read,
            pause: { wait in notes.waits.withLock { $0.append(wait) } },
            count: { outcome, _ in notes.outcomes.withLock { $0.append(outcome) } }
        )
    }

    deinit {
        api.close()
        thread.stop()
    }

    var outcomes: [CallOutcome] { notes.outcomes.withLock { $0 } }
    var waits: [Duration] { notes.waits.withLock { $0 } }

    func failure(of request: KubeRequest, within timeout: Duration = .seconds(30)) async -> KubeError? {
        do throws(KubeError) {
            _ = try await api.send(request, timeout: timeout)
            return nil
        } catch {
            return error
        }
    }
}

enum Pods {
    static let a: JSONValue = [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "a", "namespace": "n", "uid": "u"],
    ]
}
