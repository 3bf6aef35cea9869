import KubeModel
import Ownership
import Testing
import Wire

/// Owners that have no Lease: who looks for them, when, and what is asked of the API server for it.
@Suite struct ReplicaAuditTests {
    @Test func anOwnerWithoutALeaseIsFoundAndItsSeatMade() throws {
        var story = ReplicaStory.atWork()
        story.pass(.seconds(300))
        let audit = try #require(story.audit)
        story.tell(
            .answered(
                audit,
                .success(["metadata": ["resourceVersion": "9"], "items": [taskJSON(owner: "gone", epoch: 2)]])
            )
        )
        #expect(story.holds("gone") == [.make(absenceWait: .seconds(15))])
    }

    /// Such a Lease would be refused again and again.
    @Test(arguments: ["UPPER CASE", "a/b", "../x", "a,b", "a..b", "a.-b", "\u{1B}[32m"])
    func anOwnerThatNoPodCanBeIsToldAndNotAdopted(owner: String) throws {
        var story = ReplicaStory.atWork()
        story.pass(.seconds(300))
        let task = taskJSON(owner: owner, epoch: 2)
        let page: JSONValue = ["metadata": ["resourceVersion": "9"], "items": [task]]
        story.tell(.answered(try #require(story.audit), .success(page)))
        #expect(story.holds(owner).isEmpty)
        #expect(story.notes.contains(.ownerIsNoPod(owner, task: try TaskObject(task).key)))
    }

    /// The server leaves out what belongs to seats that are there, on every page.
    @Test func anAuditAsksOnlyForOwnersThatAreNotInSight() throws {
        var story = ReplicaStory.atWork()
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.me)])
        story.pass(.seconds(300))
        let first = try #require(story.auditRequest)
        let selector = "spec.owner!=,spec.owner!=op-a,spec.owner!=op-b"
        #expect(first.request.query.first { $0.name == "fieldSelector" }?.value == selector)
        _ = story.take()
        let page: JSONValue = ["metadata": ["resourceVersion": "9", "continue": "more"], "items": []]
        story.tell(.answered(first.id, .success(page)))
        #expect(story.auditRequest?.request.query.first { $0.name == "fieldSelector" }?.value == selector)
    }

    /// Names that make no address: then all tasks are read.
    @Test func anAuditOfManySeatsReadsAllTasks() throws {
        var story = ReplicaStory.atWork()
        story.see(try (0..<400).map { try ReplicaStory.lease("op-\($0)", holder: ReplicaStory.me) })
        story.pass(.seconds(300))
        let audit = try #require(story.auditRequest)
        #expect(!audit.request.query.contains { $0.name == "fieldSelector" })
    }

    /// Pods that live for less than four minutes would never come to their audit.
    @Test func aLeaseThatVanishesBringsTheAuditForward() throws {
        var story = ReplicaStory.atWork()
        story.pass(.seconds(100))
        let first = try #require(story.audit)
        story.tell(.answered(first, .success(["metadata": ["resourceVersion": "9"], "items": []])))
        story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.me)])
        _ = story.take()
        #expect(story.audit == nil)
        // One after the other: they bring it forward, and never put it off.
        for _ in 0..<5 {
            try story.news("leases ", .delete(ObjectKey(namespace: "ns", name: "op-b"), last: nil))
            story.pass(.seconds(4))
            story.see([try ReplicaStory.lease("op-b", holder: ReplicaStory.me)])
        }
        #expect(story.audit != nil)
    }

    /// Only the pod that ranks first asks; when it goes, another is first.
    @Test func aMemberThatLeavesBringsTheAuditForward() throws {
        var others = 0
        for name in ["op-b", "op-c", "op-d", "op-e", "op-f", "op-g"] {
            var story = ReplicaStory.atWork()
            let seat = try ReplicaStory.lease(
                name,
                holder: SeatIdentity(pod: name, podUID: "u-\(name)", nonce: "n"),
                duration: 3_600
            )
            story.see([seat])
            story.pass(.seconds(600))
            guard story.audit == nil else { continue }
            others += 1
            try story.news("leases ", .delete(ObjectKey(namespace: "ns", name: name), last: nil))
            story.pass(.seconds(18))
            #expect(story.audit != nil)
        }
        #expect(others > 0)
    }

    @Test func anAuditThatFailsComesAgainSoon() throws {
        var story = ReplicaStory.atWork()
        story.pass(.seconds(300))
        let audit = try #require(story.audit)
        _ = story.take()
        story.tell(.answered(audit, .failure(.unknown("timeout"))))
        story.pass(.seconds(19))
        #expect(story.audit != nil)
    }

    @Test func aServerThatTakesNoSelectorIsAskedForAllTasks() throws {
        var story = ReplicaStory.atWork()
        story.pass(.seconds(20))
        let audit = try #require(story.auditRequest)
        #expect(audit.request.query.contains { $0.name == "fieldSelector" })
        _ = story.take()
        let refusal = KubeStatus(code: 400, reason: "BadRequest", message: "field label not supported")
        story.tell(.answered(audit.id, .failure(.status(refusal))))
        story.pass(.seconds(19))
        let next = try #require(story.auditRequest)
        #expect(!next.request.query.contains { $0.name == "fieldSelector" })
    }

    /// A server that lies: each page names another. The next audit comes at its time.
    @Test func anAuditWhoseListDoesNotEndIsGivenUp() throws {
        var story = ReplicaStory.atWork()
        story.pass(.seconds(20))
        var pages = 0
        while let audit = story.audit {
            pages += 1
            _ = story.take()
            try #require(pages <= KubeLimits.pagesMax)
            story.tell(
                .answered(audit, .success(["metadata": ["resourceVersion": "9", "continue": "more"], "items": []]))
            )
        }
        #expect(pages == KubeLimits.pagesMax)
        #expect(
            story.notes.contains { if case .auditFailed(let why) = $0 { why.contains("10000 pages") } else { false } }
        )
        story.pass(.seconds(300))
        #expect(story.audit != nil)
    }

    /// Else its finds were lost until the next one, minutes later.
    @Test func anAuditThatEndsWhileNewsOfARenewalAreLateComesAgainSoon() throws {
        var story = try ReplicaStory.beside([:])
        story.pass(.seconds(20))
        let audit = try #require(story.audit)
        _ = story.take()
        story.now = story.now + .seconds(9)
        let page: JSONValue = ["metadata": ["resourceVersion": "9"], "items": [taskJSON(owner: "gone", epoch: 2)]]
        story.tell(.answered(audit, .success(page)))
        #expect(story.holds("gone").isEmpty)
        story.pass(.seconds(19))
        #expect(story.audit != nil)
    }

    /// Nobody but the holder of its seat removes it when its time is over.
    @Test func aFinishedTaskThatIsToBeRemovedNeedsAnOwner() throws {
        var story = ReplicaStory.atWork()
        story.pass(.seconds(300))
        var task = taskJSON(owner: "gone", epoch: 2)
        task["status"] = ["phase": "Succeeded", "finishedAt": "2026-01-01T00:00:00Z"]
        var kept = task
        kept["spec"]?["owner"] = "old"
        task["spec"]?["ttlSecondsAfterFinished"] = 60
        let page: JSONValue = ["metadata": ["resourceVersion": "9"], "items": [task, kept]]
        story.tell(.answered(try #require(story.audit), .success(page)))
        #expect(story.holds("gone") == [.make(absenceWait: .seconds(15))])
        #expect(story.holds("old").isEmpty)
    }

    /// A watch that never says a word of a Lease does not hide that its holder is silent: each minute all Leases are listed. (Whether it
    /// was renewed since, the seat's own machine reads before it writes.)
    @Test func aSilentSeatThatNoWatchHasShownIsTakenByWhatListsShow() throws {
        var story = ReplicaStory.atWork()
        let own = try ReplicaStory.lease("op-a", holder: ReplicaStory.me)
        let silent = try ReplicaStory.lease("op-b", holder: ReplicaStory.other, version: "60")
        var shown: MonotonicInstant?
        for _ in 0..<300 {
            story.pass(.seconds(1))
            for action in story.take() {
                switch action {
                case .call(let id, let request) where request.verb == .list && request.resource == .leases:
                    shown = shown ?? story.now
                    let list: JSONValue = ["metadata": ["resourceVersion": "100"], "items": [own.json, silent.json]]
                    story.tell(.answered(id, .success(list)))
                case .call(let id, let request) where request.verb == .list:
                    story.tell(.answered(id, .success(["metadata": ["resourceVersion": "9"], "items": []])))
                case .seat("op-b", .hold(let aim)):
                    guard let since = shown else {
                        Issue.record("nobody has told of it")
                        return
                    }
                    #expect(aim.kind == .adopted)
                    // D by the observer's clock, and what its rank and the next look add.
                    #expect(story.now - since >= .seconds(10) && story.now - since <= .seconds(15))
                    return
                default: break
                }
            }
        }
        Issue.record("nobody takes the seat, of which lists tell")
    }

    /// A list has shown it while the watch was cut, and when the watch listed anew it had gone: no deletion is told.
    @Test func aLeaseThatOnlyAListHasShownDoesNotHideItsOwnersForEver() throws {
        var story = ReplicaStory.atWork()
        let own = try ReplicaStory.lease("op-a", holder: ReplicaStory.me)
        var shown = [own.json, try ReplicaStory.lease("op-b", holder: ReplicaStory.other, version: "60").json]
        var version = 70
        for second in 0..<600 {
            story.pass(.seconds(1))
            for action in story.take() {
                switch action {
                case .call(let id, let request) where request.verb == .list && request.resource == .leases:
                    version += 20
                    let list: JSONValue = [
                        "metadata": ["resourceVersion": .string("\(version)")], "items": .array(shown),
                    ]
                    story.tell(.answered(id, .success(list)))
                    shown = [own.json]
                case .call(let id, let request) where request.verb == .list:
                    let selector = request.query.first { $0.name == "fieldSelector" }?.value ?? ""
                    let items = second < 100 || selector.contains("op-b") ? [] : [taskJSON(owner: "op-b", epoch: 2)]
                    let page: JSONValue = ["metadata": ["resourceVersion": "9"], "items": .array(items)]
                    story.tell(.answered(id, .success(page)))
                // It is not there, says the store.
                case .seat("op-b", .hold(.adopt)): story.tell(.seat("op-b", .stopped(.notTaken)))
                case .seat("op-b", .hold(.make)): return
                default: break
                }
            }
            if second == 100 { story.see([own]) }
        }
        Issue.record("nobody makes the seat of a task that waits for it")
    }
}
