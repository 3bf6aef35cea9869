import KubeModel
import Ownership
import Testing
import Wire

/// One replica and its tasks: when a handler starts, and when it must not.
@Suite struct ReplicaTasksTests {
    private let mine = taskJSON(owner: "op-a", epoch: 0)

    private func version(_ task: JSONValue, _ version: String, _ status: JSONValue? = nil) -> JSONValue {
        var task = task
        task["metadata"]?["resourceVersion"] = .string(version)
        if let status { task["status"] = status }
        return task
    }

    @Test func aTaskRunsOnceItsStatusSaysSoAndItsVerdictIsWritten() throws {
        var story = ReplicaStory.atWork([mine])
        #expect(story.runs.isEmpty)
        try story.startRun(mine)
        let run = try #require(story.runs.first)
        #expect(run.context.seat == "op-a" && run.context.epoch == 0 && run.context.leaseTransitions == 1)
        story.tell(.runEnded(run.id, .outcome(.succeeded("done"))))
        let patch = try #require(story.call(.patch(.json), "t1"))
        #expect(patch.request.subresource == "status")
        let body = String(decoding: patch.request.body?.serialized() ?? [], as: UTF8.self)
        #expect(body.contains("Succeeded") && body.contains("\"test\""))
        try story.answerPatch(.success(version(mine, "102", ["phase": "Succeeded", "fence": "f"])))
        _ = story.take()
        story.pass(.seconds(5))
        #expect(story.runs.isEmpty)
    }

    @Test func nothingStartsBeforeTheListOfThisTerm() throws {
        var story = ReplicaStory()
        story.see([try ReplicaStory.lease("op-a", holder: ReplicaStory.me)])
        story.grant("op-a")
        try story.news("task-owners spec.owner=op-a", .upsert(ObjectKey(namespace: "demo", name: "t1"), mine))
        #expect(story.call(.patch(.json), "t1") == nil)
        try story.news("task-owners spec.owner=op-a", .synced("100"))
        #expect(story.call(.patch(.json), "t1") != nil)
    }

    @Test func aTaskThatLeavesBeforeTheAnswerDoesNotStart() throws {
        var story = ReplicaStory.atWork([mine])
        try story.news("task-owners spec.owner=op-a", .delete(ObjectKey(namespace: "demo", name: "t1"), last: nil))
        try story.startRun(mine)
        #expect(story.runs.isEmpty)
    }

    @Test func aTaskThatLeavesIsStoppedAndHoldsTheWatermarkBack() throws {
        var story = ReplicaStory.atWork([mine])
        try story.startRun(mine)
        let run = try #require(story.runs.first?.id)
        story.pass(.seconds(1))
        _ = story.take()
        let scope = "task-owners spec.owner=op-a"
        try story.news(scope, .delete(ObjectKey(namespace: "demo", name: "t1"), last: version(mine, "200")))
        try story.news(scope, .reached("200"))
        #expect(story.cancelled == [run])
        story.pass(.seconds(1))
        #expect(!said(story, SeatKeys.syncedRV, "200"))
        story.tell(.runEnded(run, .cancelled))
        story.pass(.seconds(1))
        #expect(said(story, SeatKeys.syncedRV, "200"))
    }

    private func said(_ story: ReplicaStory, _ key: String, _ value: String) -> Bool {
        story.commands("op-a").contains { if case .annotate(let changes) = $0 { changes[key] == value } else { false } }
    }

    @Test func aTaskFromASupersededTermWaitsForTheWatermark() throws {
        let moved = taskJSON(
            owner: "op-a",
            epoch: 3,
            from: OwnershipRecord.Sender(seat: "op-b", term: "lease-op.1", by: "op-b"),
            version: 60
        )
        var story = ReplicaStory.atWork([moved])
        let get = try #require(story.call(.get, "op-b"))
        #expect(get.request.resource == .leases && get.request.query.isEmpty)
        let now = try ReplicaStory.lease("op-b", holder: ReplicaStory.other, transitions: 2)
        story.tell(.answered(get.id, .success(now.json)))
        #expect(story.call(.patch(.json), "t1") == nil)
        story.pass(.seconds(1))
        let again = try #require(story.call(.get, "op-b"))
        #expect(again.id != get.id)
        let synced = try ReplicaStory.lease(
            "op-b",
            holder: ReplicaStory.other,
            transitions: 2,
            version: "12",
            [SeatKeys.syncedRV: "61"]
        )
        story.tell(.answered(again.id, .success(synced.json)))
        #expect(story.call(.patch(.json), "t1") != nil)
    }

    /// The sender's selector may have nothing to say for a minute, and its watermark stood still meanwhile.
    @Test func whoWaitsForAWatermarkSaysForWhichAndItsHolderLooksAtTheStore() throws {
        let from = OwnershipRecord.Sender(seat: "op-b", term: "lease-op.1", by: "op-b")
        var story = ReplicaStory.atWork([taskJSON(owner: "op-a", epoch: 1, from: from, version: 60)])
        let get = try #require(story.call(.get, "op-b"))
        let behind = try ReplicaStory.lease(
            "op-b",
            holder: ReplicaStory.other,
            transitions: 2,
            [SeatKeys.syncedRV: "50"]
        )
        story.tell(.answered(get.id, .success(behind.json)))
        let asked = try #require(story.call(.patch(.json), "op-b"))
        #expect(asked.request.resource == .leases)
        let body = asked.request.body?.serialized() ?? []
        #expect(String(decoding: body, as: UTF8.self).contains("\"value\":\"60\""))

        // The other side: a consistent list that agrees with what is known and done moves the watermark.
        var holder = ReplicaStory.atWork([mine])
        let waited = try ReplicaStory.lease("op-a", holder: ReplicaStory.me, version: "70", [SeatKeys.awaitedRV: "150"])
        holder.see([waited])
        let look = try #require(holder.asked.compactMap(Self.list).last)
        _ = holder.take()
        holder.tell(.answered(look, .success(["metadata": ["resourceVersion": "160"], "items": []])))
        #expect(!holder.commands("op-a").contains(.annotate([SeatKeys.load: "1", SeatKeys.syncedRV: "160"])))
        holder.pass(.milliseconds(300))
        let again = try #require(holder.asked.compactMap(Self.list).last)
        holder.tell(.answered(again, .success(["metadata": ["resourceVersion": "161"], "items": [mine]])))
        #expect(holder.commands("op-a").contains(.annotate([SeatKeys.load: "1", SeatKeys.syncedRV: "161"])))
        #expect(holder.commands("op-a").contains(.renewSoon))
    }

    private static func list(_ action: ReplicaMachine.Action) -> ReplicaMachine.CallID? {
        guard case .call(let id, let request) = action, request.verb == .list, request.resource == .taskOwners else {
            return nil
        }
        return id
    }

    @Test func oneReadOfASenderServesEveryTaskThatWasSeenBeforeIt() throws {
        let from = OwnershipRecord.Sender(seat: "op-b", term: "lease-op.1", by: "op-b")
        let tasks = (0..<50).map { index in
            var task = taskJSON(owner: "op-a", epoch: 1, from: from, uid: "u\(index)")
            task["metadata"]?["name"] = .string("t\(index)")
            return task
        }
        var story = ReplicaStory.atWork(tasks) { $0.concurrency = 100 }
        let reads = story.asked.filter { if case .call(_, let request) = $0 { request.name == "op-b" } else { false } }
        #expect(reads.count == 1)
        let get = try #require(story.call(.get, "op-b"))
        story.tell(.answered(get.id, .success(try ReplicaStory.lease("op-b", holder: ReplicaStory.other).json)))
        let started = Set(
            story.asked.compactMap { action -> String? in
                guard case .call(_, let request) = action, request.verb == .patch(.json) else { return nil }
                return request.name
            }
        )
        #expect(started.count == 50)
    }

    @Test func underALeaseMadeAnewATaskIsReclaimedBeforeItStarts() throws {
        let old = taskJSON(owner: "op-a", epoch: 4, fence: "deadbeef.7/4")
        var story = ReplicaStory.atWork([old])
        // Whoever held a Lease of that name may not know yet that it is gone.
        story.pass(.milliseconds(14_900))
        let early = story.call(.patch(.json), "t1")?.request
        #expect(early == nil)
        story.pass(.milliseconds(200))
        let patch = try #require(story.call(.patch(.json), "t1"))
        #expect(patch.request.subresource.isEmpty)
        let reclaimed = taskJSON(
            owner: "op-a",
            epoch: 5,
            from: OwnershipRecord.Sender(seat: "op-a", term: "lease-op.1", by: "op-a"),
            fence: "deadbeef.7/4",
            version: 101
        )
        story.tell(.answered(patch.id, .success(reclaimed)))
        let status = try #require(story.call(.patch(.json), "t1"))
        #expect(status.request.subresource == "status")
    }

    /// The watch still shows the Lease before, which has been there for long.
    @Test func aWatchThatLagsDoesNotShortenTheWaitUnderALeaseMadeAnew() throws {
        let old = taskJSON(owner: "op-a", epoch: 4, fence: "deadbeef.7/4")
        var story = ReplicaStory()
        story.see([try ReplicaStory.lease("op-a", holder: ReplicaStory.other, uid: "lease-before")])
        story.pass(.seconds(60))
        story.grant("op-a")
        story.list("op-a", [old])
        story.pass(.milliseconds(14_900))
        let early = story.call(.patch(.json), "t1")?.request
        #expect(early == nil)
        story.pass(.milliseconds(200))
        #expect(story.call(.patch(.json), "t1")?.request.subresource.isEmpty == true)
    }

    /// Its receiver would look at the new Lease alone, and begin beside the holder of the old one. Found by the simulation.
    @Test func underALeaseMadeAnewATaskIsNotMovedBeforeItIsReclaimed() throws {
        var story = ReplicaStory.atWork { $0.pace.settle = .seconds(1) }
        let old = taskJSON(owner: "op-b", epoch: 4, fence: "deadbeef.7/4")
        story.grant("op-b", kind: .made)
        story.list("op-b", [old])
        story.pass(.milliseconds(14_900))
        let early = story.call(.patch(.json), "t1")?.request
        #expect(early == nil)
        story.pass(.milliseconds(200))
        let reclaim = try #require(story.call(.patch(.json), "t1")?.request)
        let body = String(decoding: reclaim.body?.serialized() ?? [], as: UTF8.self)
        #expect(reclaim.subresource.isEmpty && body.contains("\"path\":\"/spec/owner\",\"value\":\"op-b\""))
    }

    @Test func atTheFenceEverythingStopsBeforeTheSeatIsGivenBack() throws {
        var story = ReplicaStory.atWork([mine])
        try story.startRun(mine)
        let run = try #require(story.runs.first?.id)
        _ = story.take()
        story.fence("op-a")
        #expect(story.cancelled == [run])
        #expect(!story.commands("op-a").contains(.quiesced))
        story.tell(.runEnded(run, .cancelled))
        #expect(story.commands("op-a").contains(.quiesced))
    }

    private let going: JSONValue = {
        var task = taskJSON(owner: "op-a", epoch: 0, version: 200)
        task["metadata"]?["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        task["metadata"]?["finalizers"] = ["example.com/cleanup"]
        return task
    }()

    /// A finalizer may keep it for long: it is there, owned, unfinished, and nobody works on it any more.
    @Test(arguments: [.cancelled, .outcome(.succeeded("done"))] as [ReplicaMachine.RunEnd])
    func aTaskThatIsToBeDeletedIsStoppedAndNotBegunAgain(end: ReplicaMachine.RunEnd) throws {
        var story = ReplicaStory.atWork([mine])
        try story.startRun(mine)
        let run = try #require(story.runs.first?.id)
        _ = story.take()
        let key = ObjectKey(namespace: "demo", name: "t1")
        try story.news("task-owners spec.owner=op-a", .upsert(key, going))
        #expect(story.cancelled == [run])
        // Once is enough.
        try story.news("task-owners spec.owner=op-a", .upsert(key, version(going, "201")))
        #expect(story.cancelled == [run])
        story.tell(.runEnded(run, end))
        story.pass(.seconds(400))
        try story.news("task-owners spec.owner=op-a", .upsert(key, version(going, "202")))
        try story.news("task-owners spec.owner=op-a", .synced("203"))
        story.pass(.seconds(5))
        #expect(story.runs.isEmpty)
    }

    @Test func aTaskThatIsToBeDeletedBeforeItRanDoesNotStart() throws {
        var story = ReplicaStory.atWork([mine])
        #expect(story.call(.patch(.json), "t1") != nil)
        try story.news("task-owners spec.owner=op-a", .upsert(ObjectKey(namespace: "demo", name: "t1"), going))
        try story.startRun(mine)
        story.pass(.seconds(5))
        #expect(story.runs.isEmpty)
    }
}
