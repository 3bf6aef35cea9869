import KubeModel
import Testing
import Wire

@testable import Ownership

/// Finished tasks: what is kept of them, and how they are removed.
@Suite struct ReplicaExpiryTests {
    @Test func finishedTasksGoAfterTheirTime() throws {
        var story = ReplicaStory.atWork([Self.finished(0)])
        story.pass(.seconds(19))
        #expect(story.call(.delete, "t0") == nil)
        story.pass(.seconds(2))
        let delete = try #require(story.call(.delete, "t0"))
        #expect(delete.request.body?.at("preconditions", "uid") == "u0")
    }

    /// Thousands may come due at once, where no operator ran for a while.
    @Test func fewAreRemovedAtATime() throws {
        var story = ReplicaStory.atWork((0..<20).map { Self.finished($0) })
        story.pass(.seconds(21))
        #expect(Self.deletes(story).count == 8)
        story.pass(.seconds(5))
        #expect(Self.deletes(story).count == 8)
        for (id, _) in Self.deletes(story).prefix(3) { story.tell(.answered(id, .success(["kind": "Status"]))) }
        #expect(Self.deletes(story).count == 11)
        #expect(Set(Self.deletes(story).map(\.request.name)).count == 11)
    }

    @Test func whoeverIsRefusedAsksLessAndLess() throws {
        var story = ReplicaStory.atWork([Self.finished(0)])
        let forbidden = KubeStatus(code: 403, reason: "Forbidden", message: "no")
        var asked = 0
        for _ in 0..<1_000 {
            story.pass(.seconds(1))
            let deletes = Self.deletes(story)
            guard deletes.count > asked, let last = deletes.last else { continue }
            asked = deletes.count
            story.tell(.answered(last.id, .failure(.status(forbidden))))
        }
        // 10, 20, 40, 80, 160, 300, 300 seconds, less a fifth at the most.
        #expect((6...10).contains(asked))
        let refused = asked
        while Self.deletes(story).count == refused { story.pass(.seconds(1)) }
        story.tell(.answered(try #require(Self.deletes(story).last).id, .success(["kind": "Status"])))
        #expect(story.notes.contains(.expired(ObjectKey(namespace: "demo", name: "t0"))))
    }

    /// Nobody will be given them any more.
    @Test func whatAFinishedTaskCarriesIsNotKept() throws {
        var task = Self.finished(0)
        task["spec"]?["payload"] = ["text": .string(String(repeating: "x", count: 10_000))]
        task["metadata"]?["annotations"] = ["note": .string(String(repeating: "y", count: 10_000))]
        var open = taskJSON(owner: "op-a", epoch: 0, uid: "u9")
        open["metadata"]?["name"] = "t9"
        open["spec"]?["payload"] = ["text": "kept"]
        let story = ReplicaStory.atWork([task, open])
        let tasks = try #require(story.machine.estates["op-a"]?.tasks)
        let kept = try #require(tasks[ObjectKey(namespace: "demo", name: "t0")])
        #expect(kept.json.serialized().count < 200)
        #expect(kept.meta.annotations.isEmpty)
        #expect(kept.expiry == (try TaskObject(task)).expiry)
        #expect(tasks[ObjectKey(namespace: "demo", name: "t9")]?.json.at("spec", "payload", "text") == "kept")
    }

    /// Ten seconds before the story's wall clock, which stands at 1970-01-12T13:46:40Z, and to be removed after thirty.
    private static func finished(_ number: Int) -> JSONValue {
        var done = taskJSON(owner: "op-a", epoch: 0, uid: "u\(number)")
        done["metadata"]?["name"] = .string("t\(number)")
        done["spec"]?["ttlSecondsAfterFinished"] = 30
        done["status"] = ["phase": "Succeeded", "fence": "f", "finishedAt": "1970-01-12T13:46:30Z"]
        return done
    }

    private static func deletes(_ story: ReplicaStory) -> [(id: ReplicaMachine.CallID, request: KubeRequest)] {
        story.asked.compactMap { action in
            guard case .call(let id, let request) = action, request.verb == .delete else { return nil }
            return (id, request)
        }
    }
}
