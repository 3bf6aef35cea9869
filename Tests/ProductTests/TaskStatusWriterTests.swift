import KubeClient
import KubeModel
import KubeRuntime
import LinuxIO
import Product
import Serving
import Synchronization
import Testing
import Wire

@Suite struct TaskStatusWriterTests {
    private static func task(
        _ version: Int,
        owner: String = "op-1",
        epoch: Int64 = 2,
        phase: String = "",
        fence: String = "",
        attempts: Int64? = nil
    ) -> JSONValue {
        var status: JSONValue = ["fence": .string(fence)]
        if !phase.isEmpty { status["phase"] = .string(phase) }
        if let attempts { status["attempts"] = .integer(attempts) }
        return [
            "metadata": ["name": "t", "namespace": "n", "uid": "u", "resourceVersion": .string("\(version)")],
            "spec": ["owner": .string(owner), "ownership": ["epoch": .integer(epoch)]], "status": status,
        ]
    }
    private static let mine = "a.1/2"
    private static func refusal(_ code: Int) -> KubeError { .status(KubeStatus(code: code, reason: "", message: "no")) }

    /// Answers in the order of a script and keeps the requests.
    private struct ScriptAPI: KubeAPI {
        let left: Answers
        init(_ answers: [Result<JSONValue, KubeError>]) { left = Answers(answers) }

        func send(_ request: KubeRequest, timeout: Duration) async throws(KubeError) -> JSONValue {
            try left.next(request).get()
        }
        func watch(_ request: KubeRequest, idle: Duration) async throws(KubeError) -> WatchStream {
            throw .malformed("no watch here")
        }
    }

    private func write(
        _ answers: [Result<JSONValue, KubeError>],
        _ task: JSONValue = task(1),
        isHeld: Bool = true
    ) async throws -> (TaskStatusWriter.Result, [KubeRequest]) {
        let api = ScriptAPI(answers)
        let clock = ControlClock(now: { BootClock.now() }, pause: { _ in await Task.yield() })
        let writer = TaskStatusWriter(api: api, term: "a.1", clock: clock, isHeld: { isHeld })
        let result = await writer.write(try TaskObject(task)) { _ in [("phase", "Running")] }
        return (result, api.left.asked)
    }

    private func written(_ json: JSONValue) throws -> TaskStatusWriter.Result { .written(try TaskObject(json)) }

    @Test func aWriteTestsWhoseTheTaskIsAndWhatStepItStartsFrom() async throws {
        let after = Self.task(2, phase: "Running", fence: Self.mine)
        let (result, asked) = try await write([.success(after)], Self.task(1, phase: "Pending", attempts: 3))
        #expect(result == (try written(after)))
        #expect(asked.count == 1)
        let request = try #require(asked.first)
        #expect(request.subresource == "status")
        #expect(request.query.contains { $0.name == "fieldManager" && $0.value == "workclaim" })
        let operations = request.body?.arrayValue ?? []
        let tests = operations.filter { $0["op"] == "test" }
        #expect(
            Set(tests.compactMap { $0["path"]?.stringValue }) == [
                "/metadata/uid", "/spec/owner", "/spec/ownership/epoch", "/status/fence", "/status/phase",
                "/status/attempts",
            ]
        )
        #expect(operations.prefix(tests.count).allSatisfy { $0["op"] == "test" })
        #expect(operations.contains(["op": "add", "path": "/status/fence", "value": .string(Self.mine)]))
    }

    @Test func withoutTheSeatNothingIsSent() async throws {
        let (result, asked) = try await write([], isHeld: false)
        #expect(result == .fenced)
        #expect(asked.isEmpty)
    }

    @Test(arguments: [task(2, owner: "op-2"), task(2, epoch: 3), task(2, fence: "a.2/2")])
    func aRefusalBecauseTheTaskMovedOnIsAFence(now: JSONValue) async throws {
        let (result, asked) = try await write([.failure(Self.refusal(422)), .success(now)])
        #expect(result == .fenced)
        #expect(asked.map(\.method) == ["PATCH", "GET"])
    }

    @Test func aRefusalForAnotherReasonIsAFailureWithItsText() async throws {
        let (result, asked) = try await write([.failure(Self.refusal(422)), .success(Self.task(2))])
        #expect(result == .failed("HTTP 422: no"))
        #expect(asked.count == 2)
    }

    @Test func anEarlierWriteOfOurOwnIsNoFence() async throws {
        let between = Self.task(2, phase: "Pending", fence: Self.mine)
        let after = Self.task(3, phase: "Running", fence: Self.mine)
        let (result, asked) = try await write([.failure(Self.refusal(422)), .success(between), .success(after)])
        #expect(result == (try written(after)))
        let tests = asked.last?.body?.arrayValue ?? []
        #expect(tests.contains(["op": "test", "path": "/status/fence", "value": .string(Self.mine)]))
        #expect(tests.contains(["op": "test", "path": "/status/phase", "value": "Pending"]))
    }

    @Test func aStepOfOurOwnThatCameLateIsNoFailure() async throws {
        let before = Self.task(1, phase: "Running", fence: Self.mine, attempts: 1)
        let late = Self.task(2, phase: "Pending", fence: Self.mine, attempts: 1)
        let after = Self.task(3, phase: "Running", fence: Self.mine, attempts: 1)
        let (result, _) = try await write([.failure(Self.refusal(422)), .success(late), .success(after)], before)
        #expect(result == (try written(after)))
    }

    @Test func anUnknownOutcomeIsLookedAtAndWrittenAgain() async throws {
        let cut = KubeError.transport(.outcomeUnknown(.init(.cut, "cut")))
        let after = Self.task(2, phase: "Running", fence: Self.mine)
        let (result, asked) = try await write([.failure(cut), .success(after), .success(after)])
        #expect(result == (try written(after)))
        #expect(asked.map(\.method) == ["PATCH", "GET", "PATCH"])
        let (lost, _) = try await write([.failure(cut), .success(Self.task(2, owner: "op-2"))])
        #expect(lost == .fenced)
    }

    @Test func aGoneTaskIsGone() async throws {
        #expect(try await write([.failure(Self.refusal(404))]).0 == .gone)
        #expect(try await write([.failure(Self.refusal(422)), .failure(Self.refusal(404))]).0 == .gone)
    }

    @Test func a200ThatShowsAnotherOwnerIsAFence() async throws {
        #expect(try await write([.success(Self.task(2, owner: "op-2"))]).0 == .fenced)
    }

    @Test func itGivesUpInTheEnd() async throws {
        let (result, asked) = try await write(Array(repeating: .failure(Self.refusal(403)), count: 50))
        #expect(result == .failed("HTTP 403: no"))
        #expect(asked.count == 6)
    }
}

/// A script that several copies of a value share.
private final class Answers: Sendable {
    private let left: Mutex<[Result<JSONValue, KubeError>]>
    private let requests = Mutex<[KubeRequest]>([])
    init(_ answers: [Result<JSONValue, KubeError>]) { left = Mutex(answers.reversed()) }

    var asked: [KubeRequest] { requests.withLock { $0 } }
    func next(_ request: KubeRequest) -> Result<JSONValue, KubeError> {
        requests.withLock { $0.append(request) }
        return left.withLock { $0.popLast() } ?? .failure(.malformed("the script is at its end"))
    }
}
