import KubeModel
import Ownership
import Testing
import Wire

/// One replica among others: whose seats it takes, and how it lets go of its own.
@Suite struct ReplicaSeatsTests {
    @Test func aSilentSeatIsTakenAfterItsOwnDuration() throws {
        var story = ReplicaStory.atWork()
        let silent = try ReplicaStory.lease("op-b", holder: ReplicaStory.other)
        story.see([silent])
        story.pass(.milliseconds(9_900))
        #expect(story.holds("op-b").isEmpty)
        story.pass(.milliseconds(400))
        #expect(story.holds("op-b") == [.adopt(LeaseRecord(silent), proof: nil)])
    }

    @Test func aSeatThatIsRenewedIsNot() throws {
        var story = ReplicaStory.atWork()
        for second in 0..<30 {
            story.see([
                try ReplicaStory.lease(
                    "op-b",
                    holder: ReplicaStory.other,
                    version: "\(100 + second)",
                    renewed: "2026-01-01T00:00:\(10 + second)Z"
                )
            ])
            story.pass(.seconds(1))
        }
        #expect(story.holds("op-b").isEmpty)
    }

    @Test func afterAnInterruptionEverySilenceBeginsAnew() throws {
        var story = ReplicaStory.atWork()
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.other)])
        story.pass(.seconds(9))
        try story.news("leases ", .unhealthy("cut"))
        story.pass(.seconds(60))
        try story.news("leases ", .healthy)
        story.pass(.seconds(9))
        #expect(story.holds("op-b").isEmpty)
        story.pass(.seconds(2))
        #expect(story.holds("op-b").count == 1)
    }

    @Test func aProvenDeathNeedsNoPatience() throws {
        var story = ReplicaStory.atWork()
        story.see([
            try ReplicaStory.lease("op-b", holder: ReplicaStory.other, [SeatKeys.containerID: "n2/containerd://c1"])
        ])
        try story.news(
            "pods ",
            .upsert(ObjectKey(namespace: "ns", name: "op-b"), ReplicaStory.endedPod(finished: "2026-01-01T00:00:09Z"))
        )
        story.pass(.milliseconds(300))
        guard case .adopt(_, .some(let proof))? = story.holds("op-b").first else {
            Issue.record("not adopted by proof")
            return
        }
        #expect(proof == SeatMachine.Proof(pod: "op-b", containerID: "containerd://c1"))
    }

    @Test(arguments: [("n9/containerd://c1", "2026-01-01T00:00:09Z"), ("n2/containerd://c1", "2025-12-31T23:59:59Z")])
    func anotherProcessContainerProvesNothing(id: String, finished: String) throws {
        var story = ReplicaStory.atWork()
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.other, [SeatKeys.containerID: id])])
        try story.news(
            "pods ",
            .upsert(ObjectKey(namespace: "ns", name: "op-b"), ReplicaStory.endedPod(finished: finished))
        )
        story.pass(.seconds(5))
        #expect(story.holds("op-b").isEmpty)
    }

    /// Found by chaos: a pod that was killed at the end of its grace was gone before anybody had read it again, and its seat
    /// was tried with that proof for ever.
    @Test func aProofThatIsGoneWithItsPodIsGivenUpForPatience() throws {
        var story = ReplicaStory.atWork()
        let dead = try ReplicaStory.lease(
            "op-b",
            holder: ReplicaStory.other,
            [SeatKeys.containerID: "n2/containerd://c1"]
        )
        let object = ReplicaStory.endedPod(finished: "2026-01-01T00:00:09Z")
        story.see([dead])
        try story.news("pods ", .upsert(ObjectKey(namespace: "ns", name: "op-b"), object))
        story.pass(.milliseconds(300))
        try story.news("pods ", .delete(ObjectKey(namespace: "ns", name: "op-b"), last: object))
        story.tell(.seat("op-b", .stopped(.notTaken)))
        _ = story.take()
        story.pass(.seconds(9))
        #expect(story.holds("op-b").isEmpty)
        story.pass(.milliseconds(1_500))
        #expect(story.holds("op-b") == [.adopt(LeaseRecord(dead), proof: nil)])
    }

    @Test func onTermTheHeirIsNamedWarmedAndGivenTheSeat() throws {
        var story = ReplicaStory.atWork([taskJSON(owner: "op-a", epoch: 0)])
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.other)])
        try story.startRun(taskJSON(owner: "op-a", epoch: 0))
        let run = try #require(story.runs.first?.id)
        _ = story.take()
        story.tell(.stopRequested)
        #expect(
            story.commands("op-a").contains(
                .annotate([SeatKeys.draining: "true", SeatKeys.heir: ReplicaStory.other.text])
            )
        )
        #expect(story.commands("op-a").contains(.renewSoon))
        let warm = try ReplicaStory.lease(
            "op-a",
            holder: ReplicaStory.me,
            version: "30",
            [SeatKeys.heir: ReplicaStory.other.text, SeatKeys.warm: ReplicaStory.other.text]
        )
        try story.news("leases ", .upsert(warm.meta.key, warm.json))
        // What runs may end by itself, within the grace.
        #expect(story.cancelled.isEmpty)
        story.tell(.runEnded(run, .outcome(.succeeded("done"))))
        #expect(story.commands("op-a").allSatisfy { if case .handOver = $0 { false } else { true } })
        var done = taskJSON(owner: "op-a", epoch: 0, version: 150)
        done["status"] = ["phase": "Succeeded", "fence": "f"]
        try story.answerPatch(.success(done))
        #expect(
            story.commands("op-a").contains(.handOver(to: ReplicaStory.other, finalVersion: "150"))
        )
        // Told when it has come about, and not before.
        let told = ReplicaNote.handedOver("op-a", to: "op-b")
        let early = story.notes.contains(told)
        #expect(!early)
        story.tell(.seat("op-a", .stopped(.handedOver)))
        let late = story.notes.contains(told)
        #expect(late)
        #expect(story.asked.last == .finished)
    }

    /// A pod that may be an heir: of a revision, made at a second, with so many tasks.
    private struct Heir {
        let name: String
        let revision: String
        let made: Int64
        let load: Int

        init(_ name: String, _ revision: String, made: Int64, load: Int) {
            (self.name, self.revision, self.made, self.load) = (name, revision, made, load)
        }

        func lease() throws -> Lease {
            var json = try ReplicaStory.companion(name, load: load).json
            json["metadata"]?["annotations"]?[SeatKeys.revision] = .string(revision)
            json["metadata"]?["creationTimestamp"] = .string(Timestamp(seconds: made).rfc3339)
            return try Lease(json)
        }
    }

    /// Whom a pod of this name names on SIGTERM.
    private func heir(among others: [Heir], _ name: SeatName) throws -> String? {
        var story = ReplicaStory.atWork { $0.name = name }
        story.see(try others.map { try $0.lease() })
        story.tell(.stopRequested)
        let named = story.commands("op-a").compactMap { command -> String? in
            guard case .annotate(let said) = command else { return nil }
            return said[SeatKeys.heir]
        }
        return named.first.flatMap { SeatIdentity($0)?.pod }
    }

    /// It has to go last of all, and whoever has least to do has it easiest.
    @Test func theHeirOfADeploymentsPodIsOfTheNewestRevisionAndHasTheLeastToDo() throws {
        let old = Heir("op-b", "r1", made: 100, load: 0)
        let new = [Heir("op-c", "r2", made: 200, load: 9), Heir("op-d", "r2", made: 150, load: 4)]
        #expect(try heir(among: [old] + new, .fresh) == "op-d")
        #expect(try heir(among: new.reversed() + [old], .used) == "op-d")
        // A revision is as new as its newest seat: after a roll-back that is the old one.
        #expect(try heir(among: [old, Heir("op-e", "r1", made: 300, load: 7)] + new, .fresh) == "op-b")
    }

    /// Of a StatefulSet anybody, for its pod comes back: always the same for a seat, whatever there is to do.
    @Test func theHeirOfAStatefulSetsPodIsTheNextInTheOrderOfTheSeat() throws {
        let names = ["op-b", "op-c", "op-d", "op-e"]
        func chosen(_ load: (Int) -> Int, _ revision: (Int) -> String) throws -> String? {
            let others = names.enumerated().map { Heir($1, revision($0), made: Int64(100 + $0), load: load($0)) }
            return try heir(among: others, .recurring)
        }
        let first = try #require(try chosen({ _ in 0 }, { _ in "r1" }))
        func score(_ name: String) -> UInt64 { Digest64.mix(Digest64.of(name) ^ Digest64.of("op-a")) }
        #expect(first == names.max { score($0) < score($1) })
        #expect(try chosen({ names[$0] == first ? 50 : 0 }, { names[$0] == first ? "r1" : "r2" }) == first)
    }

    @Test func withoutAnHeirTheSeatIsReleased() throws {
        var story = ReplicaStory.atWork()
        story.tell(.stopRequested)
        #expect(story.commands("op-a").contains(.release))
        let early = story.notes.contains(.handedOver("op-a", to: ""))
        #expect(!early)
    }

    @Test func anHeirWhoDoesNotAnswerIsNotWaitedForLong() throws {
        var story = ReplicaStory.atWork()
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.other)])
        story.tell(.stopRequested)
        #expect(!story.commands("op-a").contains(.release))
        story.pass(.milliseconds(3_100))
        #expect(story.commands("op-a").contains(.release))
    }

    @Test func theHeirWarmsUpAndStartsWhenItsWatchHasCaughtUp() throws {
        var story = ReplicaStory.atWork()
        story.see([
            try ReplicaStory.lease("op-b", holder: ReplicaStory.other, [SeatKeys.heir: ReplicaStory.me.text])
        ])
        story.list("op-b", [taskJSON(owner: "op-b", epoch: 0)], at: "100")
        let warm = try #require(story.call(.patch(.json), "op-b"))
        #expect(warm.request.resource == .leases)
        let given = try ReplicaStory.lease("op-b", holder: ReplicaStory.me, transitions: 2, version: "31")
        try story.news("leases ", .upsert(given.meta.key, given.json))
        #expect(story.holds("op-b") == [.inherit(given)])
        story.grant("op-b", kind: .inherited, transitions: 2, finalVersion: "120")
        #expect(story.call(.patch(.json), "t1") == nil)
        try story.news("task-owners spec.owner=op-b", .reached("120"))
        #expect(story.call(.patch(.json), "t1") != nil)
    }

    /// A pod whose container was restarted was never ready again: nobody had been told.
    @Test func anHeirWhoseWatchIsUpAlreadySaysThatItHasListed() throws {
        var story = ReplicaStory.atWork()
        story.see([
            try ReplicaStory.lease("op-b", holder: ReplicaStory.other, [SeatKeys.heir: ReplicaStory.me.text])
        ])
        story.list("op-b", [taskJSON(owner: "op-b", epoch: 0)], at: "100")
        story.grant("op-b", kind: .inherited, transitions: 2, finalVersion: "90")
        #expect(story.asked.contains(.tell(.listed("op-b", tasks: 1))))
    }

    @Test func aColdHeirListsAgain() throws {
        var story = ReplicaStory.atWork()
        story.see([
            try ReplicaStory.lease("op-b", holder: ReplicaStory.other, [SeatKeys.heir: ReplicaStory.me.text])
        ])
        story.list("op-b", [taskJSON(owner: "op-b", epoch: 0)], at: "100")
        let first = story.watch("task-owners spec.owner=op-b")
        let given = try ReplicaStory.lease("op-b", holder: ReplicaStory.me, transitions: 2, version: "31")
        try story.news("leases ", .upsert(given.meta.key, given.json))
        story.grant("op-b", kind: .inherited, transitions: 2, finalVersion: "120")
        story.pass(.milliseconds(200))
        #expect(story.watch("task-owners spec.owner=op-b") != first)
        #expect(story.call(.patch(.json), "t1") == nil)
    }

    /// A seat that was handed over to us, held, and lost at the horizon.
    private static func heldAndLost(_ lease: Lease) -> ReplicaStory {
        var story = ReplicaStory.atWork()
        story.see([lease])
        story.grant("op-b", kind: .inherited, transitions: 2, finalVersion: "90")
        story.fence("op-b")
        story.tell(.seat("op-b", .stopped(.lost(.horizonPassed))))
        return story
    }

    /// Found by simulation: a pod that had stood still for longer than D went on under the term that it had been given, and a
    /// move that it had sent before came to pass while its task was being worked on.
    @Test func aGiftThatWasHeldAndLostIsTakenUnderANewTerm() throws {
        let given = try ReplicaStory.lease("op-b", holder: ReplicaStory.me, transitions: 2, version: "31")
        var story = Self.heldAndLost(given)
        story.see([given])
        #expect(story.holds("op-b") == [.inherit(given), .adopt(LeaseRecord(given), proof: nil)])
    }

    /// Somebody took the seat's label away, so the watch showed it as gone, and put it back.
    @Test func aLeaseThatComesBackUnderTheTermThatWasHeldIsNoGift() throws {
        let held = try ReplicaStory.lease("op-b", holder: ReplicaStory.me, transitions: 2, version: "31")
        var story = Self.heldAndLost(held)
        try story.news("leases ", .delete(held.meta.key, last: nil))
        let back = try ReplicaStory.lease("op-b", holder: ReplicaStory.me, transitions: 2, version: "33")
        try story.news("leases ", .upsert(back.meta.key, back.json))
        #expect(story.holds("op-b") == [.inherit(held), .adopt(LeaseRecord(back), proof: nil)])
    }

    /// Found by chaos: the thread of the seats had renewed in time, the replica heard of it late, and whatever it had put off
    /// in between waited for ever.
    @Test func newsOfARenewalThatComeLateWakeWhatWasPutOff() throws {
        var story = ReplicaStory.atWork()
        story.now = story.now + .seconds(9)
        story.list("op-a", [taskJSON(owner: "op-a", epoch: 0)], at: "110")
        #expect(story.call(.patch(.json), "t1") == nil)
        story.tell(.seat("op-a", .renewed(until: story.now + .seconds(4))))
        #expect(story.call(.patch(.json), "t1") != nil)
    }

    /// Found by simulation: a pod that heard of its renewals late let go of its seat beneath the work that still ran.
    @Test func onTermASeatWhoseNewsAreLateIsKeptUntilItsWorkHasStopped() throws {
        var story = ReplicaStory.atWork([taskJSON(owner: "op-a", epoch: 0)])
        try story.startRun(taskJSON(owner: "op-a", epoch: 0))
        let run = try #require(story.runs.last?.id)
        story.now = story.now + .seconds(9)
        story.tell(.stopRequested)
        #expect(!story.commands("op-a").contains(.release))
        story.pass(.seconds(6))
        #expect(!story.commands("op-a").contains(.release))
        story.tell(.runEnded(run, .cancelled))
        #expect(story.commands("op-a").contains(.release))
    }

    @Test func aSeatGoesBackToThePodThatItIsNamedAfter() throws {
        var story = ReplicaStory.atWork()
        story.grant("op-b", kind: .adopted, transitions: 2)
        story.list("op-b", [])
        let back = try ReplicaStory.lease(
            "op-b",
            holder: ReplicaStory.me,
            transitions: 2,
            version: "40",
            [SeatKeys.warm: ReplicaStory.other.text]
        )
        story.see([back])
        #expect(
            story.commands("op-b").contains { command in
                if case .handOver(let heir, _) = command { heir == ReplicaStory.other } else { false }
            }
        )
    }

    @Test func anAdoptedSeatsTasksComeHomeWhenTheMembersHaveSettled() throws {
        var story = ReplicaStory.atWork()
        story.grant("op-b", kind: .adopted, transitions: 2)
        // It waits for its next try, so it is at rest.
        var resting = taskJSON(owner: "op-b", epoch: 0)
        resting["status"] = ["phase": "Pending", "fence": ""]
        story.list("op-b", [resting])
        try story.answerPatch(.failure(.status(KubeStatus(code: 429, reason: "TooManyRequests", message: ""))))
        story.pass(.milliseconds(200))
        try story.startRun(resting)
        let run = try #require(story.runs.last?.id)
        story.tell(.runEnded(run, .outcome(.again(after: .seconds(600), "later"))))
        var waiting = resting
        waiting["metadata"]?["resourceVersion"] = "102"
        try story.answerPatch(.success(waiting))
        _ = story.take()
        story.pass(.seconds(70))
        let move = try #require(story.call(.patch(.json), "t1"))
        #expect(move.request.subresource.isEmpty)
        let body = String(decoding: move.request.body?.serialized() ?? [], as: UTF8.self)
        #expect(body.contains("\"path\":\"/spec/owner\",\"value\":\"op-a\""))
    }

    @Test func aReleaseWhoseOutcomeIsUnknownIsReclaimedNotResumed() throws {
        var story = ReplicaStory.atWork { $0.pace.settle = .seconds(1) }
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.other, [SeatKeys.load: "0"])])
        let tasks = tasksJSON(40, owner: "op-a")
        for task in tasks {
            try story.news(
                "task-owners spec.owner=op-a",
                .upsert(try ObjectMeta(of: task).key, task)
            )
        }
        story.pass(.seconds(3))
        let release = try #require(story.moves.first)
        _ = story.take()
        story.tell(.answered(release.id, .failure(.unknown("timeout"))))
        story.pass(.milliseconds(500))
        let reclaim = try #require(story.call(.patch(.json), release.request.name))
        let body = String(decoding: reclaim.request.body?.serialized() ?? [], as: UTF8.self)
        #expect(reclaim.request.subresource.isEmpty && body.contains("\"path\":\"/spec/owner\",\"value\":\"op-a\""))
    }

    /// An adopted seat without tasks, taken over when the wall clock said 1970-01-12T13:46:40Z; how long until the last look
    /// at the store that precedes the removal of its Lease.
    private func untilLastLook(_ annotations: [String: String]) throws -> (seconds: Int, said: String?) {
        var story = ReplicaStory.atWork()
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.me, annotations)])
        story.grant("op-b", kind: .inherited)
        story.list("op-b", [])
        for seconds in 0..<700 {
            let looks = story.asked.contains { action in
                guard case .call(_, let request) = action, request.verb == .list else { return false }
                return request.query.contains { $0.name == "fieldSelector" && $0.value == "spec.owner=op-b" }
            }
            if looks {
                let said = story.commands("op-b").compactMap { command -> String? in
                    if case .annotate(let said) = command { said[SeatKeys.emptySince] } else { nil }
                }
                return (seconds, said.last)
            }
            story.pass(.seconds(1))
        }
        Issue.record("nobody looks")
        return (700, nil)
    }

    /// A DELETE is answered with the object if somebody's finalizer keeps it.
    @Test func aSeatWhoseLeaseAFinalizerKeepsGoesOnTakingTasks() throws {
        var story = ReplicaStory.atWork()
        let known = [SeatKeys.emptySince: "1970-01-01T00:00:00Z"]
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.me, known)])
        story.grant("op-b", kind: .inherited)
        story.list("op-b", [])
        story.pass(.seconds(1))
        let look = try #require(story.audit)
        story.tell(.answered(look, .success(["metadata": ["resourceVersion": "100"], "items": []])))
        let removal = try #require(story.call(.delete, "op-b"))
        // Whatever has happened to the Lease meanwhile, it is not that one any more.
        let conditions = try #require(removal.request.body?.at("preconditions"))
        #expect(conditions["uid"] == "lease-op-b" && conditions["resourceVersion"] == "10")
        let kept: JSONValue = ["kind": "Lease", "metadata": ["name": "op-b", "finalizers": ["example.com/kept"]]]
        story.tell(.answered(removal.id, .success(kept)))
        #expect(!story.notes.contains(.estateRemoved("op-b")))
        let late = taskJSON(owner: "op-b", epoch: 0, version: 101)
        try story.news("task-owners spec.owner=op-b", .upsert(try ObjectMeta(of: late).key, late))
        #expect(story.call(.patch(.json), "t1") != nil)
    }

    @Test func anEmptySeatThatIsHandedOnIsNotKeptAnew() throws {
        let fresh = try untilLastLook([:])
        #expect(fresh.seconds == 600 && fresh.said == "1970-01-12T13:46:40.000000Z")
        let known = "1970-01-12T13:40:00.000000Z"
        let followed = try untilLastLook([SeatKeys.emptySince: known])
        #expect(followed.seconds == 200 && followed.said == known)
        // Longer than is waited for, a clock that is ahead, and no time at all.
        #expect(try untilLastLook([SeatKeys.emptySince: "1970-01-01T00:00:00Z"]).seconds <= 1)
        #expect(try untilLastLook([SeatKeys.emptySince: "2026-01-01T00:00:00Z"]).seconds == 600)
        #expect(try untilLastLook([SeatKeys.emptySince: "yesterday"]).seconds == 600)
    }

    @Test func aSeatThatIsNotEmptyAnyMoreSaysSo() throws {
        for seat in ["op-a", "op-b"] {
            var story = ReplicaStory.atWork()
            let said = [SeatKeys.emptySince: "1970-01-12T13:40:00.000000Z"]
            story.see([try ReplicaStory.lease(seat, holder: ReplicaStory.me, version: "11", said)])
            if seat == "op-b" {
                story.grant(seat, kind: .inherited)
                story.list(seat, [taskJSON(owner: seat, epoch: 1)])
            }
            story.pass(.seconds(1))
            #expect(
                story.commands(seat).contains { command in
                    if case .annotate(let said) = command { said[SeatKeys.emptySince] == "" } else { false }
                },
                "\(seat)"
            )
        }
    }
}
