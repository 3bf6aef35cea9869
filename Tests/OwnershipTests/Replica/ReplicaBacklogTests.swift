import KubeModel
import Testing
import Wire

@testable import Ownership

/// A seat that comes with many tasks: the step that brings it may take no longer for them.
@Suite struct ReplicaBacklogTests {
    private static func task(_ name: String, of seat: String = "op-b", version: Int = 10) -> JSONValue {
        taskJSON(owner: seat, epoch: 0, version: version, uid: "u-\(name)", name: name)
    }

    private static func heir(_ tasks: [JSONValue], concurrency: Int = 2) throws -> ReplicaStory {
        var story = ReplicaStory.atWork { $0.concurrency = concurrency }
        story.see([
            try ReplicaStory.lease("op-b", holder: ReplicaStory.other, [SeatKeys.heir: ReplicaStory.me.text])
        ])
        story.list("op-b", tasks, at: "100")
        return story
    }

    /// Names of the tasks that were begun since the story was last taken from.
    private static func begun(_ story: inout ReplicaStory) -> [String] {
        story.take().compactMap { action in
            guard case .call(_, let request) = action, request.subresource == "status" else { return nil }
            return request.name
        }
    }

    @Test func ofManyTasksOnlyThoseBegunAreTouchedWhenTheSeatComes() throws {
        let names = (0..<500).map { "t\(1_000 + $0)" }
        var story = try Self.heir(names.shuffled().map { Self.task($0) })
        let ordered = try #require(story.machine.estates["op-b"]?.warmOrder)
        #expect(ordered.map(\.name) == names)
        _ = story.take()
        story.grant("op-b", kind: .inherited, transitions: 2, finalVersion: "90")
        #expect(Self.begun(&story) == ["t1000", "t1001"])
        #expect(story.machine.backlog.count == 498)
        #expect(story.machine.queue.queuedCount == 0)
    }

    @Test func whatCameGoneAndEndedWhileThePodWarmedUpCounts() throws {
        var story = try Self.heir(["t1", "t3", "t5"].map { Self.task($0) }, concurrency: 10)
        let scope = "task-owners spec.owner=op-b"
        var ended = Self.task("t3", version: 101)
        ended["status"] = ["phase": "Succeeded", "fence": "f"]
        let late = Self.task("t4", version: 103)
        try story.news(scope, .upsert(try ObjectMeta(of: ended).key, ended))
        try story.news(scope, .delete(try ObjectMeta(of: Self.task("t1")).key, last: nil))
        try story.news(scope, .upsert(try ObjectMeta(of: late).key, late))
        try story.news(scope, .reached("103"))
        _ = story.take()
        story.grant("op-b", kind: .inherited, transitions: 2, finalVersion: "103")
        #expect(Self.begun(&story) == ["t4", "t5"])
        #expect(story.machine.backlog.count == 0)
    }

    /// Neither the rest of the seat nor what is new waits until the other has ended.
    @Test func theRestOfTheSeatAndNewTasksTakeTurns() throws {
        var story = try Self.heir((1...6).map { Self.task("t\($0)") }, concurrency: 1)
        _ = story.take()
        story.grant("op-b", kind: .inherited, transitions: 2, finalVersion: "100")
        var order = Self.begun(&story)
        for name in ["a1", "a2", "a3"] {
            let fresh = Self.task(name, of: "op-a", version: 120)
            try story.news("task-owners spec.owner=op-a", .upsert(try ObjectMeta(of: fresh).key, fresh))
        }
        let gone = KubeStatus(code: 404, reason: "NotFound", message: "")
        while order.count < 9 {
            // The task that is being worked on goes, and makes room for the next.
            let key = try #require(story.machine.jobs.keys.first)
            let seat = try #require(story.machine.jobs[key]?.ref.seat)
            let call = try #require(story.machine.jobs[key]?.write.call)
            story.tell(.answered(call, .failure(.status(gone))))
            try story.news("task-owners spec.owner=\(seat)", .delete(key, last: nil))
            let next = Self.begun(&story)
            if next.isEmpty { break }
            order += next
        }
        #expect(order.sorted() == ["a1", "a2", "a3", "t1", "t2", "t3", "t4", "t5", "t6"])
        let last = try #require(order.lastIndex { $0.hasPrefix("a") })
        #expect(last < 8, "what is new waited for the whole seat: \(order)")
    }

    @Test func aSeatThatIsAddedAgainGoesOnWhereItWas() {
        let keys = ["t1", "t2", "t3", "t5"].map { ObjectKey(namespace: "demo", name: $0) }
        var backlog = Backlog()
        backlog.add(keys, of: "op-b")
        _ = (backlog.next(), backlog.next())
        backlog.add(keys, of: "op-b")
        var order: [String] = []
        for _ in 0..<3 { if let ref = backlog.next() { order.append(ref.key.name) } }
        // What was to be next is gone.
        backlog.add([keys[0], keys[2], keys[3]], of: "op-b")
        while let ref = backlog.next() { order.append(ref.key.name) }
        #expect(order == ["t3", "t5", "t1", "t3", "t5", "t1"])
    }

    @Test func whoLeavesLooksAtNoTaskAnyMore() throws {
        let names = (0..<50).map { "t\(100 + $0)" }
        var story = ReplicaStory.atWork(names.map { Self.task($0, of: "op-a") }) { $0.concurrency = 1 }
        story.tell(.stopRequested)
        let left = story.machine.backlog.count + story.machine.queue.queuedCount
        #expect(left == 49)
        story.tell(.tick)
        #expect(story.machine.backlog.count + story.machine.queue.queuedCount == left)
        // What waits in it wakes nobody either.
        story.machine.queue.add(
            TaskRef(seat: "op-a", key: ObjectKey(namespace: "d", name: "t")),
            after: .milliseconds(1),
            now: story.now
        )
        story.now = story.now + .milliseconds(2)
        story.tell(.tick)
        #expect(story.machine.nextDeadline.map { $0 > story.now } ?? true)
    }

    @Test func aSeatThatIsLostLeavesNothingBehind() throws {
        var story = try Self.heir((1...6).map { Self.task("t\($0)") }, concurrency: 1)
        story.grant("op-b", kind: .inherited, transitions: 2, finalVersion: "100")
        #expect(story.machine.backlog.count == 5)
        story.fence("op-b")
        #expect(story.machine.backlog.count == 0)
    }
}
