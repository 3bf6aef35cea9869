import KubeModel
import Ownership
import Testing
import Wire

/// Answers and news that come late, never, or again and again: nothing is done twice, dropped, or tried without a pause.
@Suite struct ReplicaSetbacksTests {
    // MARK: - Tasks

    /// The watch lags behind what the answer to the move has shown.
    @Test func olderNewsOfATaskThatWasMovedIsNone() throws {
        var story = try Self.movingHome()
        let move = try #require(story.call(.patch(.json), "t1"))
        let home = OwnershipRecord.Sender(seat: "op-b", term: Lease.term(uid: "lease-op-b", transitions: 1), by: "op-a")
        story.tell(.answered(move.id, .success(taskJSON(owner: "op-a", epoch: 1, from: home, version: 120))))
        _ = story.take()
        try story.news(
            "task-owners spec.owner=op-b",
            .upsert(Self.key, taskJSON(owner: "op-b", epoch: 0, version: 110))
        )
        story.pass(.seconds(20))
        #expect(Self.patches(story).isEmpty)
        // It comes back: that is news.
        let back = taskJSON(owner: "op-b", epoch: 2, from: home, fence: "x/2", version: 130)
        try story.news("task-owners spec.owner=op-b", .upsert(Self.key, back))
        #expect(Self.patches(story).count == 1)
    }

    /// News of a renewal may come after the time of the tenure before, and a move that nobody answered must not be forgotten then.
    @Test func aMoveOfUnknownOutcomeOutlivesLateNewsOfARenewal() throws {
        var story = try Self.movingHome()
        let move = try #require(story.call(.patch(.json), "t1"))
        story.tell(.answered(move.id, .failure(.unknown("timeout"))))
        _ = story.take()
        // Nothing is heard of the seats until their time has passed.
        story.now = story.now + .seconds(9)
        story.tell(.tick)
        story.pass(.seconds(10))
        let reclaim = try #require(story.call(.patch(.json), "t1"))
        let body = String(decoding: reclaim.request.body?.serialized() ?? [], as: UTF8.self)
        #expect(body.contains("\"path\":\"/spec/owner\",\"value\":\"op-b\""))
        #expect(body.contains("\"path\":\"/spec/ownership/epoch\",\"value\":0"))
    }

    /// Gone, says the server, and the watch does not say so yet.
    @Test func aTaskThatIsGoneIsAskedForEverMoreRarely() throws {
        var story = ReplicaStory.atWork([taskJSON(owner: "op-a", epoch: 0)])
        let status = KubeStatus(code: 404, reason: "NotFound", message: "")
        let writes = Self.writes(&story, for: .seconds(60)) { _ in .failure(.status(status)) }
        #expect((5...14).contains(writes), "\(writes)")
    }

    /// Each start is written and each verdict is refused, by somebody's policy: the handler must not run all the time.
    @Test func aVerdictThatIsRefusedLetsTheNextTryWaitLonger() throws {
        let task = taskJSON(owner: "op-a", epoch: 0)
        var story = ReplicaStory.atWork([task])
        var version = 100
        var current = task
        var starts = 0
        let refusal = KubeStatus(code: 403, reason: "Forbidden", message: "no")
        for _ in 0..<600 {
            for action in story.take() {
                switch action {
                case .call(let id, let request) where request.verb == .patch(.json) && request.subresource == "status":
                    let text = String(decoding: request.body?.serialized() ?? [], as: UTF8.self)
                    guard !text.contains("\"Succeeded\"") else {
                        story.tell(.answered(id, .failure(.status(refusal))))
                        continue
                    }
                    version += 1
                    current["metadata"]?["resourceVersion"] = .string("\(version)")
                    let fence = TaskWrites.fence(term: Lease.term(uid: "lease-op-a", transitions: 1), epoch: 0)
                    current["status"] = ["phase": "Running", "fence": .string(fence), "attempts": 1]
                    story.tell(.answered(id, .success(current)))
                case .call(let id, let request) where request.verb == .get && request.resource == .taskOwners:
                    story.tell(.answered(id, .success(current)))
                case .run(let id, _, _):
                    starts += 1
                    story.tell(.runEnded(id, .outcome(.succeeded("done"))))
                default: break
                }
            }
            story.pass(.milliseconds(100))
        }
        #expect((3...14).contains(starts), "\(starts)")
    }

    /// A server that starts has no such task for a moment: the move has not happened, and the task is neither moved nor worked on
    /// by anybody until it is asked again.
    @Test(arguments: [false, true])
    func aMoveThatFoundNoTaskForAMomentIsTriedAgain(isUnknown: Bool) throws {
        var story = try Self.movingHome()
        if isUnknown {
            let move = try #require(story.call(.patch(.json), "t1"))
            story.tell(.answered(move.id, .failure(.unknown("timeout"))))
            _ = story.take()
            story.pass(.seconds(1))
        }
        let move = try #require(story.call(.patch(.json), "t1"))
        _ = story.take()
        story.tell(.answered(move.id, .failure(.status(KubeStatus(code: 404, reason: "NotFound", message: "")))))
        story.pass(.seconds(20))
        #expect(!Self.patches(story).isEmpty)
        // Gone for good: that ends it.
        let again = try #require(story.call(.patch(.json), "t1"))
        try story.news("task-owners spec.owner=op-b", .delete(Self.key, last: nil))
        _ = story.take()
        story.tell(.answered(again.id, .failure(.status(KubeStatus(code: 404, reason: "NotFound", message: "")))))
        story.pass(.seconds(20))
        #expect(Self.patches(story).isEmpty)
    }

    /// Each of that name was deleted while its first status was on its way.
    @Test func aTaskMadeAnewDoesNotWaitForThoseOfItsNameThatAreGone() throws {
        var story = ReplicaStory.atWork()
        for number in 0..<8 {
            let task = taskJSON(owner: "op-a", epoch: 0, version: 110 + number, uid: "u\(number)")
            try story.news("task-owners spec.owner=op-a", .upsert(Self.key, task))
            let write = try #require(story.call(.patch(.json), "t1"), "number \(number) waits")
            _ = story.take()
            try story.news("task-owners spec.owner=op-a", .delete(Self.key, last: task))
            story.tell(.answered(write.id, .failure(.status(KubeStatus(code: 404, reason: "NotFound", message: "")))))
        }
    }

    // MARK: - Looks at the store

    /// It was asked for in the tenure before, and is of a store in which the task had not left yet.
    @Test func aLookOfTheTenureBeforeIsNotMixedWithTheNext() throws {
        var story = try Self.awaited("150")
        let old = try #require(Self.look(story))
        story.fence("op-a")
        let tasks = [taskJSON(owner: "op-a", epoch: 0), Self.second]
        story.grant("op-a", transitions: 2)
        story.list("op-a", tasks, at: "120")
        let asked = try ReplicaStory.lease(
            "op-a",
            holder: ReplicaStory.me,
            transitions: 2,
            version: "80",
            [SeatKeys.awaitedRV: "150"]
        )
        story.see([asked])
        let look = try #require(Self.look(story))
        try #require(look.id != old.id)
        let page: JSONValue = ["metadata": ["resourceVersion": "110", "continue": "more"], "items": .array(tasks)]
        story.tell(.answered(old.id, .success(page)))
        // The second task has left since, and the watch has yet to say so.
        story.tell(
            .answered(look.id, .success(["metadata": ["resourceVersion": "160"], "items": [tasks[0]]]))
        )
        story.pass(.milliseconds(100))
        #expect(Self.watermark(story) == "120")
    }

    @Test func aLookThatIsAnsweredWhileNewsOfARenewalAreLateIsMadeAgain() throws {
        var story = try Self.awaited("150")
        let look = try #require(Self.look(story))
        story.now = story.now + .seconds(9)
        let items: [JSONValue] = [taskJSON(owner: "op-a", epoch: 0), Self.second]
        let answer: JSONValue = ["metadata": ["resourceVersion": "160"], "items": .array(items)]
        story.tell(.answered(look.id, .success(answer)))
        story.tell(.seat("op-a", .renewed(until: story.now + .seconds(7))))
        let asked = try ReplicaStory.lease("op-a", holder: ReplicaStory.me, version: "71", [SeatKeys.awaitedRV: "150"])
        story.see([asked])
        story.pass(.seconds(1))
        #expect(Self.look(story)?.id != look.id)
    }

    @Test func whoLooksForAWatermarkLooksEverMoreRarely() throws {
        var story = try Self.awaited("150")
        let looks = Self.looks(&story, for: .seconds(60)) { _ in .failure(.unknown("timeout")) }
        #expect((8...25).contains(looks), "\(looks)")
        // The watch has come there by itself.
        try story.news("task-owners spec.owner=op-a", .reached("150"))
        let more = Self.looks(&story, for: .seconds(60)) { _ in .failure(.unknown("timeout")) }
        #expect(more <= 1)
    }

    /// A whole seat may be more than one answer can hold.
    @Test func aLookIsMadePageByPage() throws {
        var story = try Self.awaited("150")
        let (first, second) = (taskJSON(owner: "op-a", epoch: 0), Self.second)
        let looks = Self.looks(&story, for: .milliseconds(100)) { request in
            let isFirst = !request.query.contains { $0.name == "continue" }
            return .success([
                "metadata": ["resourceVersion": "160", "continue": isFirst ? "more" : ""],
                "items": [isFirst ? first : second],
            ])
        }
        #expect(looks == 2)
        #expect(story.commands("op-a").contains(.renewSoon))
        #expect(Self.watermark(story) == "160")
    }

    /// On a busy seat tasks come all the time.
    @Test func tasksThatCameAfterALookDoNotSpoilIt() throws {
        var story = try Self.awaited("150")
        let look = try #require(Self.look(story))
        var late = taskJSON(owner: "op-a", epoch: 0, version: 165, uid: "u9")
        late["metadata"]?["name"] = "t9"
        try story.news("task-owners spec.owner=op-a", .upsert(try ObjectMeta(of: late).key, late))
        let items: [JSONValue] = [taskJSON(owner: "op-a", epoch: 0), Self.second]
        story.tell(.answered(look.id, .success(["metadata": ["resourceVersion": "160"], "items": .array(items)])))
        #expect(Self.watermark(story) == "160")
    }

    // MARK: - Seats

    /// A Lease that was given back and still names this pod in the watch.
    @Test func aSeatThatWasNotTakenIsNotTriedAgainAtOnce() throws {
        var story = ReplicaStory.atWork()
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.me)])
        for _ in 0..<20 { story.tell(.seat("op-b", .stopped(.notTaken))) }
        #expect(story.holds("op-b").count == 1)
        story.pass(.milliseconds(1_100))
        #expect(story.holds("op-b").count == 2)
    }

    /// Two processes of one pod's name, each of which wants its seat back: found by the simulation.
    @Test func whoIsOvertakenInSayingThatItIsWarmSaysItNoMoreThanTwiceASecond() throws {
        var story = ReplicaStory()
        let rival = SeatIdentity(pod: "op-a", podUID: "cccccccc-1", nonce: "n3")
        var version = 10
        func lease(warm: String) throws -> Lease {
            version += 1
            return try ReplicaStory.lease(
                "op-a",
                holder: ReplicaStory.other,
                version: "\(version)",
                [SeatKeys.warm: warm]
            )
        }
        story.see([try lease(warm: "")])
        story.list("op-a", [])
        for _ in 0..<50 {
            let overtaken = try lease(warm: rival.text)
            try story.news("leases ", .upsert(overtaken.meta.key, overtaken.json))
            story.pass(.milliseconds(20))
        }
        let said = story.asked.count { action in
            if case .call(_, let request) = action {
                request.verb == .patch(.json) && request.name == "op-a"
            } else {
                false
            }
        }
        #expect((2...3).contains(said), "\(said)")
    }

    /// The list was on its way when the Lease was deleted, and its deletion is news but once.
    @Test func aListThatTheWatchHasOvertakenBringsNoLeaseBack() throws {
        var story = ReplicaStory.atWork()
        let gone = try ReplicaStory.lease("op-b", holder: nil)
        story.pass(.seconds(75))
        let list = try #require(Self.leaseList(story))
        try story.news("leases ", .reached("60"))
        story.tell(.answered(list, .success(["metadata": ["resourceVersion": "55"], "items": [gone.json]])))
        story.pass(.seconds(30))
        #expect(story.holds("op-b").isEmpty)
    }

    /// The pod that is dead by its status cannot be read: its silence counts as that of any other.
    @Test func aDeathThatCannotBeProvenIsWaitedFor() throws {
        var story = ReplicaStory.atWork()
        let dead = try ReplicaStory.lease(
            "op-b",
            holder: ReplicaStory.other,
            [SeatKeys.containerID: "n2/containerd://c1"]
        )
        story.see([dead])
        let pod = ReplicaStory.endedPod(finished: "2026-01-01T00:00:09Z")
        try story.news("pods ", .upsert(ObjectKey(namespace: "ns", name: "op-b"), pod))
        var tried = 0
        for _ in 0..<120 {
            story.pass(.milliseconds(100))
            if case .adopt(_, .some)? = story.holds("op-b").last, story.holds("op-b").count > tried {
                tried += 1
                story.tell(.seat("op-b", .stopped(.notTaken)))
            }
        }
        #expect(tried > 3)
        #expect(story.holds("op-b").last == .adopt(LeaseRecord(dead), proof: nil))
    }

    /// The news that the own seat was renewed came after its time: what was due meanwhile is still due.
    @Test func aTakeoverThatWasDueWhileNewsWereLateIsNotPutOff() throws {
        var story = ReplicaStory.atWork()
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.other)])
        story.pass(.milliseconds(1_900))
        for _ in 0..<82 {
            story.now = story.now + .milliseconds(100)
            story.tell(.tick)
        }
        #expect(story.holds("op-b").isEmpty)
        story.tell(.seat("op-a", .renewed(until: story.now + .seconds(2))))
        #expect(story.holds("op-b").count == 1)
    }

    /// Nothing is held and nothing runs; whoever took the seat may keep it for ever.
    @Test func whoLosesItsSeatWhileItStopsDoesNotWaitForIt() {
        var story = ReplicaStory.atWork()
        story.tell(.stopRequested)
        _ = story.take()
        story.fence("op-a")
        #expect(story.commands("op-a") == [.release, .quiesced])
        #expect(story.tell(.seat("op-a", .stopped(.lost(.horizonPassed)))).contains(.finished))
    }

    // MARK: - Parts

    private static let key = ObjectKey(namespace: "demo", name: "t1")

    private static var second: JSONValue {
        var task = taskJSON(owner: "op-a", epoch: 0, uid: "u2")
        task["metadata"]?["name"] = "t2"
        return task
    }

    /// A resting task of an adopted seat, whose move home has just been sent.
    private static func movingHome() throws -> ReplicaStory {
        var story = ReplicaStory.atWork { $0.pace.settle = .seconds(1) }
        story.grant("op-b", kind: .adopted)
        var resting = taskJSON(owner: "op-b", epoch: 0)
        resting["status"] = ["phase": "Pending", "fence": ""]
        story.list("op-b", [resting])
        try story.startRun(resting)
        let run = try #require(story.runs.last?.id)
        story.tell(.runEnded(run, .outcome(.again(after: .seconds(600), "later"))))
        var waiting = resting
        waiting["metadata"]?["resourceVersion"] = "102"
        try story.answerPatch(.success(waiting))
        _ = story.take()
        for _ in 0..<50 where story.call(.patch(.json), "t1") == nil { story.pass(.milliseconds(100)) }
        return story
    }

    private static func awaited(_ version: String) throws -> ReplicaStory {
        var story = ReplicaStory.atWork([taskJSON(owner: "op-a", epoch: 0), second])
        let asked = try ReplicaStory.lease(
            "op-a",
            holder: ReplicaStory.me,
            version: "70",
            [SeatKeys.awaitedRV: version]
        )
        story.see([asked])
        return story
    }

    private static func patches(_ story: ReplicaStory) -> [KubeRequest] {
        story.asked.compactMap { action in
            if case .call(_, let request) = action, request.verb == .patch(.json), request.resource == .taskOwners {
                request
            } else {
                nil
            }
        }
    }

    private static func look(_ story: ReplicaStory) -> (id: ReplicaMachine.CallID, request: KubeRequest)? {
        story.asked.reversed().lazy.compactMap { action -> (ReplicaMachine.CallID, KubeRequest)? in
            guard case .call(let id, let request) = action, request.verb == .list, request.resource == .taskOwners,
                request.query.contains(where: { $0.name == "fieldSelector" && $0.value == "spec.owner=op-a" })
            else { return nil }
            return (id, request)
        }.first
    }

    private static func leaseList(_ story: ReplicaStory) -> ReplicaMachine.CallID? {
        story.asked.reversed().lazy.compactMap { action -> ReplicaMachine.CallID? in
            guard case .call(let id, let request) = action, request.verb == .list, request.resource == .leases else {
                return nil
            }
            return id
        }.first
    }

    private static func watermark(_ story: ReplicaStory) -> String? {
        story.commands("op-a").compactMap { command -> String? in
            if case .annotate(let said) = command { said[SeatKeys.syncedRV] } else { nil }
        }.last
    }

    /// Answers every write of t1 for so long; how many there were.
    private static func writes(
        _ story: inout ReplicaStory,
        for duration: Duration,
        _ answer: (KubeRequest) -> Result<JSONValue, CallFailure>
    ) -> Int {
        var count = 0
        let end = story.now + duration
        while story.now < end {
            while let write = story.call(.patch(.json), "t1") {
                _ = story.take()
                count += 1
                story.tell(.answered(write.id, answer(write.request)))
            }
            story.pass(.milliseconds(50))
        }
        return count
    }

    private static func looks(
        _ story: inout ReplicaStory,
        for duration: Duration,
        _ answer: (KubeRequest) -> Result<JSONValue, CallFailure>
    ) -> Int {
        var count = 0
        var answered: Set<ReplicaMachine.CallID> = []
        let end = story.now + duration
        while story.now < end {
            while let look = look(story), answered.insert(look.id).inserted {
                count += 1
                story.tell(.answered(look.id, answer(look.request)))
            }
            story.pass(.milliseconds(50))
        }
        return count
    }
}
