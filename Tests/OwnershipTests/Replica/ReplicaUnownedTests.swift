import KubeModel
import Ownership
import Testing
import Wire

/// Tasks that nobody owns: who claims them when, and what is said of them meanwhile.
@Suite struct ReplicaUnownedTests {
    @Test func anUnownedTaskIsClaimedAfterASecondWithItsSender() throws {
        let from = OwnershipRecord.Sender(seat: "op-b", term: "lease-op.1", by: "op-b")
        var story = ReplicaStory.atWork()
        try story.news(
            "task-owners spec.owner=",
            .upsert(ObjectKey(namespace: "demo", name: "t1"), taskJSON(owner: "", epoch: 2, from: from))
        )
        story.pass(.milliseconds(900))
        #expect(story.call(.patch(.json), "t1") == nil)
        story.pass(.milliseconds(200))
        let body = String(decoding: story.call(.patch(.json), "t1")?.request.body?.serialized() ?? [], as: UTF8.self)
        #expect(body.contains("\"value\":\"op-a\"") && body.contains("\"term\":\"lease-op.1\""))
    }

    private func see(_ names: [String], _ story: inout ReplicaStory) throws {
        for name in names {
            try story.news("task-owners spec.owner=", .upsert(key(name), taskJSON(owner: "", epoch: 2)))
        }
    }

    private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "demo", name: name) }

    @Test func theSummaryCountsWhatNobodyOwnsAndSinceWhen() throws {
        var story = ReplicaStory.atWork()
        func summary() -> (count: Int, oldest: Duration) {
            let summary = story.machine.summary(now: story.now)
            return (summary.unowned, summary.oldestUnowned)
        }
        #expect(summary() == (0, .zero))
        try see(["t1"], &story)
        #expect(summary() == (1, .zero))
        story.pass(.seconds(3))
        try see(["t2"], &story)
        #expect(summary() == (2, .seconds(3)))
        // What is seen again is as old as it was, and a claim that is on its way is none yet.
        story.pass(.seconds(2))
        try see(["t1", "t2"], &story)
        #expect(story.moves.count == 2)
        #expect(summary() == (2, .seconds(5)))
        try story.news("task-owners spec.owner=", .delete(key("t1"), last: nil))
        #expect(summary() == (1, .seconds(2)))
        // Finished, or to be deleted: nobody has to own it.
        var finished = taskJSON(owner: "", epoch: 2)
        finished["status"] = ["phase": "Succeeded"]
        try story.news("task-owners spec.owner=", .upsert(key("t2"), finished))
        #expect(summary() == (0, .zero))
    }

    /// Watches that are down for a while neither make them younger nor hide them.
    @Test func theSummaryGoesOnWhileTheWatchIsDown() throws {
        var story = ReplicaStory.atWork()
        try see(["t1"], &story)
        try story.news("task-owners spec.owner=", .unhealthy("cut"))
        story.pass(.seconds(30))
        let summary = story.machine.summary(now: story.now)
        #expect(summary.unowned == 1 && summary.oldestUnowned == .seconds(30))
    }

    /// By somebody's policy: every pod asks for every such task.
    @Test func aClaimThatIsRefusedIsTriedEverMoreRarely() throws {
        var story = ReplicaStory.atWork()
        try see(["t1"], &story)
        var claims = 0
        let refusal = KubeStatus(code: 403, reason: "Forbidden", message: "no")
        for _ in 0..<1_200 {
            story.pass(.milliseconds(100))
            guard let claim = story.call(.patch(.json), "t1") else { continue }
            _ = story.take()
            claims += 1
            story.tell(.answered(claim.id, .failure(.status(refusal))))
        }
        #expect((5...12).contains(claims), "\(claims)")
    }

    /// What was refused was the claim of the epoch before: the wait that had grown is not that of the next one.
    @Test func aTaskThatHasChangedIsClaimedAnewWithoutTheWait() throws {
        var story = ReplicaStory.atWork()
        try see(["t1"], &story)
        let refusal = KubeStatus(code: 403, reason: "Forbidden", message: "no")
        for _ in 0..<9 {
            for _ in 0..<700 where story.call(.patch(.json), "t1") == nil { story.pass(.milliseconds(100)) }
            let claim = try #require(story.call(.patch(.json), "t1"))
            _ = story.take()
            story.tell(.answered(claim.id, .failure(.status(refusal))))
        }
        story.pass(.seconds(2))
        #expect(story.call(.patch(.json), "t1") == nil)
        try story.news("task-owners spec.owner=", .upsert(key("t1"), taskJSON(owner: "", epoch: 3, version: 20)))
        story.pass(.milliseconds(1_200))
        #expect(story.call(.patch(.json), "t1") != nil)
    }
}
