import KubeModel
import Ownership
import Testing
import Wire

/// If these fail, a pod that has lost a task can still write it, or believes in a write that was undone.
@Suite struct TaskWritesTests {
    private let sender = OwnershipRecord.Sender(seat: "z", term: "1.1", by: "q")

    /// The object after the patch; nil if a test failed.
    private func apply(_ patch: JSONPatch, to json: JSONValue) -> JSONValue? {
        var value = json
        for operation in patch.operations where !LeaseWorld.apply(operation, &value) { return nil }
        return value
    }

    private func text(_ patch: JSONPatch) -> String { String(decoding: patch.serialized(), as: UTF8.self) }

    @Test func aStatusWriteTestsAllFourAndSetsTheFence() throws {
        let patch = TaskWrites.status(try task(owner: "s", epoch: 41), term: "3f2a9c1e.7", [("phase", "Running")])
        #expect(
            text(patch)
                == #"[{"op":"test","path":"/metadata/uid","value":"u1"},{"op":"test","path":"/spec/owner","value":"s"},"#
                + #"{"op":"test","path":"/spec/ownership/epoch","value":41},{"op":"test","path":"/status/fence","value":""},"#
                + #"{"op":"add","path":"/status/phase","value":"Running"},"#
                + #"{"op":"add","path":"/status/fence","value":"3f2a9c1e.7/41"}]"#
        )
    }

    @Test func laterWritesOfATenureTestItsFenceAndLeaveItAlone() throws {
        let patch = TaskWrites.status(try task(owner: "s", epoch: 4, fence: "t.1/4"), term: "t.1", [("phase", "Done")])
        #expect(text(patch).contains(#"{"op":"test","path":"/status/fence","value":"t.1/4"}"#))
        #expect(!text(patch).contains(#""op":"add","path":"/status/fence""#))
    }

    @Test(arguments: [
        taskJSON(owner: "z", epoch: 4), taskJSON(owner: "", epoch: 4), taskJSON(owner: "s", epoch: 5),
        taskJSON(owner: "s", epoch: 4, fence: "t.2/4"), taskJSON(owner: "s", epoch: 4, uid: "u2"),
    ])
    func noWriteAppliesOnceTheTaskHasMovedOn(json: JSONValue) throws {
        let mine = try task(owner: "s", epoch: 4)
        #expect(apply(TaskWrites.status(mine, term: "t.1", [("phase", "Done")]), to: json) == nil)
        #expect(apply(TaskWrites.release(mine, term: "t.1", pod: "p"), to: json) == nil)
        #expect(apply(TaskWrites.reclaim(mine, term: "t.1", pod: "p"), to: json) == nil)
    }

    @Test func usersEditsDoNotGetInTheWay() throws {
        var edited = taskJSON(owner: "s", epoch: 4, version: 99)
        edited["spec"]?["payload"] = ["new": true]
        edited["metadata"]?["labels"] = ["a": "b"]
        let patch = TaskWrites.status(try task(owner: "s", epoch: 4), term: "t.1", [("phase", "Done")])
        #expect(apply(patch, to: edited)?.at("status", "phase") == "Done")
    }

    @Test func aReleaseIsLawfulInTheWebhooksEyesAndKeepsTheRest() throws {
        var json = taskJSON(owner: "s", epoch: 4, from: sender)
        json["spec"]?["payload"] = 1
        let after = try #require(apply(TaskWrites.release(try TaskObject(json), term: "t.1", pod: "p"), to: json))
        #expect(
            after["spec"] == [
                "owner": "", "payload": 1, "ownership": ["epoch": 5, "from": ["seat": "s", "term": "t.1", "by": "p"]],
            ]
        )
    }

    @Test func aReclaimStaysAndAClaimKeepsTheSender() throws {
        let mine = taskJSON(owner: "s", epoch: 4)
        let reclaimed = apply(TaskWrites.reclaim(try TaskObject(mine), term: "t.1", pod: "p"), to: mine)
        #expect(
            reclaimed?["spec"] == [
                "owner": "s", "ownership": ["epoch": 5, "from": ["seat": "s", "term": "t.1", "by": "p"]],
            ]
        )
        let free = taskJSON(owner: "", epoch: 4, from: sender)
        let claimed = apply(TaskWrites.claim(try TaskObject(free), seat: "s"), to: free)
        #expect(claimed?["spec"] == ["owner": "s", "ownership": OwnershipRecord(epoch: 5, from: sender).json])
    }

    /// Servers whose CRD has no defaults: no path may be missing when the patch arrives.
    @Test(
        arguments: [
            ["metadata": ["name": "t", "uid": "u", "resourceVersion": "1"]],
            ["metadata": ["name": "t", "uid": "u", "resourceVersion": "1"], "spec": .null, "status": .null],
            [
                "metadata": ["name": "t", "uid": "u", "resourceVersion": "1"], "spec": .emptyObject,
                "status": .emptyObject,
            ],
            ["metadata": ["name": "t", "uid": "u", "resourceVersion": "1"], "spec": ["ownership": .emptyObject]],
        ] as [JSONValue]
    )
    func bareTasksCanBeWritten(json: JSONValue) throws {
        let bare = try TaskObject(json)
        #expect(apply(TaskWrites.claim(bare, seat: "s"), to: json)?.at("spec", "owner") == "s")
        #expect(
            apply(TaskWrites.status(bare, term: "t.1", [("phase", "X")]), to: json)?["status"] == [
                "phase": "X", "fence": "t.1/0",
            ]
        )
    }

    // MARK: - Answers

    private func outcome(_ status: Int, _ body: JSONValue, expecting: TaskWriteOutcome.Expectation) throws
        -> TaskWriteOutcome
    {
        TaskWriteOutcome(.json(status, body), before: try task(owner: "s", epoch: 4), expecting: expecting)
    }

    @Test func a200IsBelievedOnlyIfItSaysWhatWasWritten() throws {
        let same = taskJSON(owner: "s", epoch: 4)
        let next = taskJSON(owner: "z", epoch: 5)
        #expect(try outcome(200, same, expecting: .unchanged) == .written(TaskObject(same)))
        #expect(try outcome(200, next, expecting: .unchanged) == .overruled(TaskObject(next)))
        #expect(try outcome(200, next, expecting: .notOwner("s")) == .written(TaskObject(next)))
        #expect(try outcome(200, same, expecting: .notOwner("s")) == .overruled(TaskObject(same)))
        #expect(try outcome(200, same, expecting: .owner("s")) == .overruled(TaskObject(same)))
        #expect(try outcome(200, next, expecting: .owner("z")) == .written(TaskObject(next)))
        let other = taskJSON(owner: "s", epoch: 4, uid: "u2")
        #expect(try outcome(200, other, expecting: .unchanged) == .overruled(TaskObject(other)))
    }

    @Test(arguments: [
        (404, TaskWriteOutcome.gone), (409, .readAndCompare), (422, .readAndCompare), (400, .refused), (401, .refused),
        (403, .refused), (429, .refused), (408, .unknown), (500, .unknown), (503, .unknown), (504, .unknown),
        (200, .unknown),
    ])
    func otherAnswersAreReadByTheirStatus(status: Int, expected: TaskWriteOutcome) throws {
        #expect(try outcome(status, ["kind": "Status"], expecting: .unchanged) == expected)
    }

    @Test func aRefusalIsUnderstoodByComparing() throws {
        let mine = try task(owner: "s", epoch: 4, fence: "t.1/4")
        func compare(_ now: TaskObject) -> TaskWriteOutcome.Comparison {
            TaskWriteOutcome.compare(mine, with: now, fence: "t.2/4")
        }
        #expect(compare(mine) == .rejected)
        #expect(compare(try task(owner: "s", epoch: 4, fence: "t.1/4", version: 99)) == .rejected)
        #expect(compare(try task(owner: "s", epoch: 4, fence: "t.2/4")) == .stale)
        #expect(compare(try task(owner: "s", epoch: 4, fence: "t.3/4")) == .fenced)
        #expect(compare(try task(owner: "s", epoch: 5, fence: "t.1/4")) == .fenced)
        #expect(compare(try task(owner: "z", epoch: 4, fence: "t.1/4")) == .fenced)
        #expect(compare(try task(owner: "s", epoch: 4, fence: "t.1/4", uid: "u9")) == .fenced)
    }
}
