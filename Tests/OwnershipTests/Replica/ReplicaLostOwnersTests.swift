import KubeModel
import Ownership
import Testing
import Wire

/// A task that takes its pods with it must not go through all of them as fast as they take over.
@Suite struct ReplicaLostOwnersTests {
    @Test func theFirstLossCostsNoTime() throws {
        let story = try Self.takingOver(afterLosing: 0)
        let status = try Self.written(story)
        #expect(status["lostOwners"] == 1)
        #expect(status["attempts"] == 1)
        #expect(status["message"] == "try 1, begun again; pods lost in it: 1")
    }

    /// Each wait is stretched by up to as much again.
    @Test(arguments: [(1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (8, 300)])
    func furtherOnesMakeTheNextPodWait(before: Int64, seconds: Int) throws {
        var story = try Self.takingOver(afterLosing: before)
        story.pass(.seconds(seconds) - .milliseconds(100))
        // Nor is it moved to another seat meanwhile, which would know nothing of it.
        let early = story.call(.patch(.json), "t1")?.request
        #expect(early == nil)
        story.pass(.seconds(seconds) + .milliseconds(200))
        let status = try Self.written(story)
        #expect(status["lostOwners"] == .integer(before + 1))
    }

    /// One of them may be what took the pod with it: the others should not always be at work when it does.
    @Test func thoseThatWereLostTogetherDoNotBeginTogether() throws {
        let tasks = (0..<16).map { number in
            var task = Self.interrupted(lost: 5)
            task["metadata"]?["name"] = .string("t\(number)")
            task["metadata"]?["uid"] = .string("u\(number)")
            return task
        }
        var story = try Self.takingOver(afterLosing: 5, besides: tasks)
        var begun: [Int: Int] = [:]
        for second in 0..<170 {
            for number in 0..<16 where begun[number] == nil && story.call(.patch(.json), "t\(number)") != nil {
                begun[number] = second
            }
            story.pass(.seconds(1))
        }
        #expect(begun.count == 16)
        #expect(begun.values.min() ?? 0 >= 79)
        #expect(Set(begun.values).count > 8, "\(begun)")
    }

    /// Its neighbours under the same seat are begun meanwhile.
    @Test func othersDoNotWaitForIt() throws {
        var harmless = taskJSON(owner: "op-b", epoch: 0, uid: "u2")
        harmless["metadata"]?["name"] = "t2"
        let story = try Self.takingOver(afterLosing: 5, besides: [harmless])
        let (poison, neighbour) = (story.call(.patch(.json), "t1"), story.call(.patch(.json), "t2"))
        #expect(poison == nil && neighbour != nil)
    }

    @Test func theTenthLossIsTheLast() throws {
        var story = try Self.takingOver(afterLosing: 9)
        // There is nothing to wait for.
        let status = try Self.written(story)
        #expect(status["phase"] == "Failed")
        #expect(status["lostOwners"] == 10)
        #expect(status["message"] == "10 pods died, hung or were cut off while they worked on this try")
        var failed = Self.interrupted(lost: 9)
        failed["metadata"]?["resourceVersion"] = "101"
        failed["status"]?["phase"] = "Failed"
        try story.answerPatch(.success(failed))
        #expect(story.runs.isEmpty)
        #expect(
            story.notes.contains { note in
                if case .tryEnded(_, let verdict, _) = note { verdict.reason == "OwnersLost" } else { false }
            }
        )
    }

    /// Drains, hand-overs and seats that were given up are nobody's loss, however often they come.
    @Test func aHandOverIsNoLoss() throws {
        var story = ReplicaStory.atWork()
        story.grant("op-b", kind: .inherited, transitions: 2)
        story.list("op-b", [Self.interrupted(lost: 4)])
        let status = try Self.written(story)
        #expect(status["message"] == "try 1, begun again; pods lost in it: 4")
        #expect(status["lostOwners"] == nil)
    }

    /// What this pod has begun under this tenure it has not lost, if it begins it again.
    @Test func aTryThatWasBegunHereIsNoLoss() throws {
        var story = ReplicaStory.atWork()
        story.grant("op-b", kind: .adopted, transitions: 2, isFromLostHolder: true)
        let fence = TaskWrites.fence(term: Lease.term(uid: "lease-op-b", transitions: 2), epoch: 0)
        story.list("op-b", [Self.interrupted(lost: 1, fence: fence)])
        let status = try Self.written(story)
        #expect(status["lostOwners"] == nil)
    }

    @Test func theNextTryCountsAnew() throws {
        var story = try Self.takingOver(afterLosing: 0)
        var running = Self.interrupted(lost: 1)
        running["metadata"]?["resourceVersion"] = "101"
        try story.answerPatch(.success(running))
        let run = try #require(story.runs.last?.id)
        _ = story.take()
        story.tell(.runEnded(run, .failed(TaskFailure("broken"))))
        let status = try Self.written(story)
        #expect(status["phase"] == "Pending")
        #expect(status["lostOwners"] == 0)
    }

    // MARK: - Parts

    /// Another pod's seat, taken over after that one was lost, with a task that it was at work on.
    private static func takingOver(afterLosing owners: Int64, besides: [JSONValue] = []) throws -> ReplicaStory {
        var story = ReplicaStory.atWork()
        story.grant("op-b", kind: .adopted, transitions: 2, isFromLostHolder: true)
        story.list("op-b", [interrupted(lost: owners)] + besides)
        return story
    }

    private static func interrupted(lost: Int64, fence: String = "lease-op.1/0") -> JSONValue {
        var task = taskJSON(owner: "op-b", epoch: 0)
        task["status"] = ["phase": "Running", "attempts": 1, "fence": .string(fence)]
        if lost > 0 { task["status"]?["lostOwners"] = .integer(lost) }
        return task
    }

    /// The members of the newest write of t1's status.
    private static func written(_ story: ReplicaStory) throws -> [String: JSONValue] {
        let request = try #require(story.call(.patch(.json), "t1")?.request)
        try #require(request.subresource == "status")
        var members: [String: JSONValue] = [:]
        for step in request.body?.arrayValue ?? [] where step["op"] == "add" {
            let name = step["path"]?.stringValue?.split(separator: "/").last.map(String.init) ?? ""
            members[name] = step["value"]
        }
        return members
    }
}
