import KubeModel
import Ownership
import Testing
import Wire

/// Tasks that are moved although nobody needs it: how many at a time, when, and until when.
@Suite struct ReplicaBalanceTests {
    /// When each change of an owner was begun while time passes, to a hundredth of a second.
    private func moments(_ duration: Duration, _ story: inout ReplicaStory) -> [MonotonicInstant] {
        _ = story.take()
        let end = story.now + duration
        var moments: [MonotonicInstant] = []
        while story.now < end {
            story.pass(.milliseconds(10))
            moments += story.moves.map { _ in story.now }
            _ = story.take()
        }
        return moments
    }

    // MARK: - The rate

    @Test(arguments: [1, 10, 25])
    func noMoreTasksThanTheRateComeHomeInASecond(rate: Int) throws {
        var story = try ReplicaStory.beside([:]) {
            $0.pace.movesPerSecond = rate
            $0.pace.settle = .seconds(5)
            // Work itself is not what is counted: one task at a time.
            $0.concurrency = 1
        }
        story.grant("op-b", kind: .adopted, transitions: 2)
        story.list("op-b", tasksJSON(40 * rate, owner: "op-b"))
        story.pass(.seconds(4))
        let moments = moments(.seconds(20), &story)
        // They go on as long as there are any, at no more than the rate in any second.
        #expect(moments.count >= 15 * rate, "\(moments.count)")
        // What is seen is up to a hundredth late.
        let shortest = moments.indices.dropFirst(rate).map { moments[$0] - moments[$0 - rate] }.min() ?? .zero
        #expect(shortest >= .milliseconds(990), "\(rate + 1) moves within \(shortest)")
    }

    // MARK: - Who sheds, and how many

    /// A pod with so many tasks beside one with so many, until nothing is moved any more: how many were let go. The webhook gives
    /// each to the other.
    private func shed(_ mine: Int, beside others: Int) throws -> Int {
        try shed(tasksJSON(mine, owner: "op-a"), beside: others)
    }

    private func shed(_ tasks: [JSONValue], beside others: Int) throws -> Int {
        var story = try ReplicaStory.beside(["op-b": others], tasks) {
            $0.pace.settle = .seconds(1)
            $0.concurrency = 1
        }
        var released = 0
        var last = story.now
        while story.now < last + .seconds(10) {
            for move in story.moves {
                let given = try #require(tasks.first { $0.at("metadata", "name")?.stringValue == move.request.name })
                var task = given
                task["spec"]?["owner"] = "op-b"
                task["spec"]?["ownership"]?["epoch"] = 1
                task["metadata"]?["resourceVersion"] = "200"
                _ = story.take()
                released += 1
                last = story.now
                story.see([try ReplicaStory.companion("op-b", load: others + released, version: 10 + released)])
                story.tell(.answered(move.id, .success(task)))
                try story.news("task-owners spec.owner=op-a", .delete(try ObjectMeta(of: task).key, last: task))
            }
            story.pass(.milliseconds(100))
        }
        return released
    }

    /// The mean is 40: nobody sheds up to 50, and whoever does stops at 44. One task of them runs.
    @Test(arguments: [(40, 40, 0), (45, 35, 0), (50, 30, 0), (51, 29, 7), (60, 20, 16), (80, 0, 36)])
    func whoHasMoreThan125PercentOfTheMeanShedsDownTo110(mine: Int, others: Int, released: Int) throws {
        #expect(try shed(mine, beside: others) == released)
    }

    /// Two more than the mean are no share worth moving, though they may be twice of it.
    @Test func ofFewTasksNoneIsMoved() throws {
        #expect(try shed(2, beside: 0) == 0)
        #expect(try shed(3, beside: 1) == 0)
    }

    /// What is finished is nobody's work: it stays where it is, and does not count for what a pod has.
    @Test func finishedTasksAreNeitherMovedNorCounted() throws {
        func finished(_ count: Int, _ owner: String) -> [JSONValue] {
            tasksJSON(count, owner: owner).map { task in
                var task = task
                task["status"] = ["phase": "Succeeded", "fence": "f"]
                return task
            }
        }
        var home = try ReplicaStory.beside([:]) { $0.pace.settle = .seconds(1) }
        home.grant("op-b", kind: .adopted, transitions: 2)
        home.list("op-b", finished(20, "op-b"))
        #expect(moments(.seconds(30), &home).isEmpty)
        #expect(try shed(finished(80, "op-a"), beside: 0) == 0)
        // The same, open: then they go.
        #expect(try shed(80, beside: 0) > 0)
    }

    // MARK: - When

    @Test func nothingIsMovedBeforeTheMembersHaveSettled() throws {
        var story = try ReplicaStory.beside(["op-b": 0], tasksJSON(60, owner: "op-a")) { $0.concurrency = 1 }
        #expect(moments(.seconds(50), &story).isEmpty)
        // One more, and the time begins anew.
        story.see([try ReplicaStory.companion("op-c", load: 0)])
        #expect(moments(.milliseconds(59_900), &story).isEmpty)
        #expect(!moments(.seconds(1), &story).isEmpty)
        // One less, in the middle of it: the same.
        let gone = ObjectKey(namespace: "ns", name: "op-b")
        try story.news("leases ", .delete(gone, last: nil))
        #expect(moments(.milliseconds(59_900), &story).isEmpty)
        #expect(!moments(.seconds(1), &story).isEmpty)
    }

    /// Renewals and loads of the others are no change of members.
    @Test func newsOfMembersThatStayPutNothingOff() throws {
        var story = try ReplicaStory.beside(["op-b": 0], tasksJSON(60, owner: "op-a")) { $0.concurrency = 1 }
        for second in 1...59 {
            #expect(moments(.seconds(1), &story).isEmpty)
            story.see([try ReplicaStory.companion("op-b", load: second % 3, version: 10 + second)])
        }
        #expect(!moments(.seconds(2), &story).isEmpty)
    }

    /// All tasks are gone through for it, which may be a hundred thousand.
    @Test func aPassThatCouldMoveNothingIsNotMadeAgainAtOnce() throws {
        var story = try ReplicaStory.beside([:]) { $0.pace.settle = .seconds(1) }
        story.grant("op-b", kind: .adopted, transitions: 2)
        var tasks = tasksJSON(3, owner: "op-b")
        // The Lease of whom they came from is asked for, and nobody answers.
        let sender = OwnershipRecord.Sender(seat: "op-x", term: "lease-op.1", by: "op-x")
        for index in tasks.indices { tasks[index]["spec"]?["ownership"] = OwnershipRecord(epoch: 1, from: sender).json }
        story.list("op-b", tasks)
        story.pass(.seconds(2))
        _ = story.take()
        var ticks = 0
        let end = story.now + .seconds(5)
        while let next = story.machine.nextDeadline, next < end {
            story.now = max(next, story.now + .milliseconds(1))
            story.tell(.tick)
            ticks += 1
        }
        #expect(story.moves.isEmpty)
        #expect((3...12).contains(ticks), "\(ticks)")
    }

    /// Writes of a status may pass while a policy refuses those of an owner.
    @Test func aMoveThatIsRefusedIsTriedEverMoreRarelyAndHoldsNoWorkBack() throws {
        let busy = taskJSON(owner: "op-a", epoch: 0, uid: "u-busy", name: "busy")
        var story = try ReplicaStory.beside([:], [busy]) {
            $0.pace.settle = .seconds(1)
            $0.concurrency = 1
        }
        story.grant("op-b", kind: .adopted, transitions: 2)
        story.list("op-b", [taskJSON(owner: "op-b", epoch: 0)])
        let write = try #require(story.call(.patch(.json), "busy"))
        _ = story.take()
        let forbidden = CallFailure.status(KubeStatus(code: 403, reason: "Forbidden", message: ""))
        var moves = 0
        let end = story.now + .seconds(120)
        while story.now < end {
            story.pass(.milliseconds(100))
            for move in story.moves {
                moves += 1
                story.tell(.answered(move.id, .failure(forbidden)))
            }
            _ = story.take()
        }
        #expect((8...30).contains(moves), "\(moves)")
        // A worker is free: the task begins at once.
        let gone = CallFailure.status(KubeStatus(code: 404, reason: "NotFound", message: ""))
        story.tell(.answered(write.id, .failure(gone)))
        try story.news("task-owners spec.owner=op-a", .delete(try ObjectMeta(of: busy).key, last: nil))
        #expect(story.call(.patch(.json), "t1")?.request.subresource == "status")
    }
}
