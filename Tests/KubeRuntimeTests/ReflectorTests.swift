import KubeClient
import KubeModel
import KubeRuntime
import Ownership
import Serving
import Synchronization
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct ReflectorTests {
    private static func object(_ name: String, _ version: Int) -> JSONValue {
        [
            "metadata": [
                "name": .string(name), "namespace": "n", "uid": .string(name), "resourceVersion": .string("\(version)"),
            ]
        ]
    }
    private static func list(_ version: Int, _ items: [JSONValue], next: String = "") -> JSONValue {
        ["metadata": ["resourceVersion": .string("\(version)"), "continue": .string(next)], "items": .array(items)]
    }
    private static func line(_ type: String, _ object: JSONValue) -> [UInt8] {
        (["type": .string(type), "object": object] as JSONValue).serialized() + [0x0A]
    }
    private static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "n", name: name) }

    /// Answers in the order of the script; what it was asked is kept. After the script it hangs until cancelled.
    private final class Script: Sendable {
        enum Answer: Sendable {
            case value(JSONValue)
            case refusal(Int)
            case failure(KubeError)
            case stream([[UInt8]], then: KubeError?)
        }
        let asked = Collector<String>()
        private let answers: Mutex<[Answer]>
        init(_ answers: [Answer]) { self.answers = Mutex(answers.reversed()) }

        private func next(_ request: KubeRequest) async -> Answer? {
            asked.add(request.httpRequest().target)
            guard let answer = answers.withLock({ $0.popLast() }) else {
                await untilCancelled()
                return nil
            }
            return answer
        }

        var api: FakeAPI {
            FakeAPI(
                answer: { request async throws(KubeError) in
                    switch await self.next(request) {
                    case .value(let value): return value
                    case .refusal(let code): throw .status(KubeStatus(code: code, reason: "", message: ""))
                    case .failure(let error): throw error
                    default: throw .transport(.outcomeUnknown(.init(.cancelled, "cancelled")))
                    }
                },
                open: { request async throws(KubeError) in
                    switch await self.next(request) {
                    case .stream(let chunks, let end):
                        let left = Mutex(chunks[...])
                        return WatchStream { () async throws(KubeError) in
                            if let chunk = left.withLock({ $0.popFirst() }) { return chunk }
                            if let end { throw end }
                            return nil
                        }
                    case .refusal(let code): throw .status(KubeStatus(code: code, reason: "", message: ""))
                    default: throw .transport(.outcomeUnknown(.init(.cancelled, "cancelled")))
                    }
                }
            )
        }
    }

    /// Runs until the script is used up; answers what was delivered.
    private func run(_ answers: [Script.Answer], namespace: String = "") async -> (news: [WatchNews], asked: [String]) {
        let script = Script(answers)
        let news = Collector<WatchNews>()
        let scope = ListScope(namespace: namespace, fieldSelector: "spec.owner=op-1")
        let reflector = Reflector(script.api, .taskOwners, scope, seed: 1, clock: .impatient) { $0.forEach(news.add) }
        let task = Task { await reflector.run() }
        let asked = await script.asked.first(answers.count + 1)
        task.cancel()
        await task.value
        return (news.all, asked.map { String($0.drop { $0 != "?" }) })
    }

    @Test func aListIsDeliveredAndThenWhatChanges() async {
        let (news, asked) = await run([
            .value(Self.list(10, [Self.object("a", 3)], next: "t")), .value(Self.list(10, [Self.object("b", 4)])),
            .stream(
                [Self.line("MODIFIED", Self.object("a", 11)), Self.line("DELETED", Self.object("b", 12))],
                then: nil
            ),
        ])
        #expect(
            news == [
                .upsert(Self.key("a"), Self.object("a", 3)), .upsert(Self.key("b"), Self.object("b", 4)), .healthy,
                .synced(ResourceVersion("10")), .upsert(Self.key("a"), Self.object("a", 11)),
                .reached(ResourceVersion("11")), .delete(Self.key("b"), last: Self.object("b", 12)),
                .reached(ResourceVersion("12")),
            ]
        )
        #expect(asked[0] == "?fieldSelector=spec.owner%3Dop-1&limit=500")
        #expect(asked[1] == "?fieldSelector=spec.owner%3Dop-1&limit=500&continue=t")
        #expect(asked[2].hasSuffix("&resourceVersion=10"))
        #expect(asked[3].hasSuffix("&resourceVersion=12"))
        // A list is never asked of a cache that may be old.
        #expect(!asked.contains { $0.contains("resourceVersion=0") })
    }

    @Test func aCutStreamIsResumedWhereItWas() async {
        let cut = KubeError.transport(.outcomeUnknown(.init(.cut, "reset by peer")))
        let (news, asked) = await run([
            .value(Self.list(10, [])), .stream([Self.line("ADDED", Self.object("a", 11))], then: cut),
            .stream([Self.line("ADDED", Self.object("b", 12))], then: nil),
        ])
        #expect(asked[2].hasSuffix("&resourceVersion=11"))
        #expect(news.contains(.upsert(Self.key("b"), Self.object("b", 12))))
        #expect(news.contains(.unhealthy("watch failed: outcome unknown: reset by peer")))
        #expect(news.filter { $0 == .healthy }.count == 2)
    }

    /// What an API server may do to a watch, and the label of the counter that says so.
    @Test func everyFaultOfAWatchIsCountedAsWhatItIs() async {
        let future: JSONValue = ["metadata": ["resourceVersion": "999"]]
        let cases: [(Script.Answer, Reflector.Happening)] = [
            (.stream([Array("garbage\n".utf8)], then: nil), .streamEnded(.malformed)),
            (.stream([], then: .malformed("a line of a watch is longer than")), .streamEnded(.malformed)),
            (
                .stream([Self.line("BOOKMARK", future), Self.line("ADDED", Self.object("a", 11))], then: nil),
                .streamEnded(.malformed)
            ),
            (.stream([], then: .transport(.outcomeUnknown(.init(.cut, "no answer to a ping")))), .streamEnded(.cut)),
            (.stream([], then: nil), .streamEnded(.done)),
            (.refusal(429), .streamEnded(.throttled)), (.refusal(500), .streamEnded(.failed)),
            (.refusal(410), .streamEnded(.gone)),
        ]
        for (answer, expected) in cases {
            let seen = await happenings([.value(Self.list(10, [])), answer])
            #expect(seen.first { if case .streamEnded = $0 { true } else { false } } == expected, "\(seen)")
        }
    }

    /// It is asked again, and nobody is shown it.
    @Test func aListThatIsOlderThanWhatWasSeenIsCountedAsAnInterruption() async {
        let before = await happenings([.value(Self.list(10, [])), .refusal(410)])
        let after = await happenings([.value(Self.list(10, [])), .refusal(410), .value(Self.list(5, []))])
        #expect(after.count { $0 == .interrupted } == before.count { $0 == .interrupted } + 1, "\(before); \(after)")
    }

    /// What is counted until the script is used up.
    private func happenings(_ answers: [Script.Answer]) async -> [Reflector.Happening] {
        let seen = Collector<Reflector.Happening>()
        let script = Script(answers)
        let reflector = Reflector(
            script.api,
            .taskOwners,
            ListScope(namespace: ""),
            seed: 1,
            clock: .impatient,
            count: { _, happening in seen.add(happening) },
            deliver: { _ in }
        )
        let task = Task { await reflector.run() }
        _ = await script.asked.first(answers.count + 1)
        task.cancel()
        await task.value
        return seen.all
    }

    @Test func aSilentStreamIsResumedWithoutAWord() async {
        let silence = KubeError.transport(.outcomeUnknown(.init(.idle, "silent")))
        let (news, asked) = await run([.value(Self.list(10, [])), .stream([], then: silence)])
        #expect(asked[2].hasSuffix("&resourceVersion=10"))
        #expect(!news.contains { if case .unhealthy = $0 { true } else { false } })
    }

    @Test func goneHistoryIsListedAgainAndWhatIsMissingIsDeleted() async {
        let gone: JSONValue = ["kind": "Status", "code": 410, "reason": "Expired", "message": "too old"]
        let (news, asked) = await run([
            .value(Self.list(10, [Self.object("a", 3)])), .stream([Self.line("ERROR", gone)], then: nil),
            .value(Self.list(90, [Self.object("b", 80)])), .refusal(410), .value(Self.list(91, [Self.object("b", 80)])),
        ])
        #expect(asked[2] == "?fieldSelector=spec.owner%3Dop-1&limit=500")
        #expect(asked[4] == asked[2])
        #expect(news.contains(.delete(Self.key("a"), last: nil)))
        #expect(news.filter { $0 == .upsert(Self.key("b"), Self.object("b", 80)) }.count == 1)
    }

    @Test func whatCannotBeReadIsListedAgain() async {
        let (news, asked) = await run([
            .value(["kind": "List"]), .value(Self.list(10, [])), .stream([Array("garbage\n".utf8)], then: nil),
            .value(Self.list(11, [])),
        ])
        #expect(asked[3] == asked[0])
        guard case .unhealthy(let first) = news.first else {
            Issue.record("trouble is expected first, not \(news)")
            return
        }
        #expect(first.contains("the list of task-owners.future.ideas.protosam cannot be read: metadata"))
    }

    @Test(
        arguments: [
            ["metadata": ["name": "x", "namespace": "other", "uid": "x", "resourceVersion": "11"]],
            [
                "apiVersion": "v1", "kind": "Secret",
                "metadata": ["name": "x", "namespace": "n", "uid": "x", "resourceVersion": "11"],
            ],
        ] as [JSONValue]
    )
    func whatBelongsToAnotherCollectionIsNotDeliveredAndEndsTheStream(stranger: JSONValue) async {
        let (news, asked) = await run(
            [
                .value(Self.list(10, [Self.object("a", 3)])),
                .stream([Self.line("ADDED", stranger) + Self.line("DELETED", Self.object("a", 12))], then: nil),
                .value(Self.list(13, [Self.object("a", 3), stranger])), .value(Self.list(14, [Self.object("a", 3)])),
            ],
            namespace: "n"
        )
        #expect(asked[2] == asked[0] && asked[3] == asked[0])
        #expect(news.filter { if case .upsert = $0 { true } else { false } }.count == 1)
        #expect(!news.contains { if case .delete = $0 { true } else { false } })
    }

    @Test func aPageThatIsTooLargeIsAskedForInSmallerPieces() async {
        let (news, asked) = await run([
            .failure(.transport(.outcomeUnknown(.init(.tooLarge, "64 MiB")))), .value(Self.list(10, [])),
        ])
        #expect(asked[1].hasSuffix("&limit=62"))
        #expect(news.contains(.synced(ResourceVersion("10"))))
    }

    @Test func aServerInTroubleIsAskedAgain() async {
        let (news, _) = await run([.refusal(500), .refusal(403), .value(Self.list(10, []))])
        #expect(news.suffix(2) == [.healthy, .synced(ResourceVersion("10"))])
        #expect(news.first == .unhealthy("list failed: HTTP 500"))
    }
}
