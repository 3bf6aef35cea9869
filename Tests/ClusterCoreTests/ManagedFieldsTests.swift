import ClusterCore
import Testing
import Wire

/// metadata.managedFields over creates, updates and patches, as the samples of a real server show them.
@Suite struct ManagedFieldsTests {
    private func entries(_ answer: Answer) -> [JSONValue] {
        answer["metadata", "managedFields"]?.arrayValue ?? []
    }

    private func fields(_ answer: Answer, _ manager: String) -> JSONValue? {
        entries(answer).first { $0["manager"] == .string(manager) }?["fieldsV1"]
    }

    @Test func createIsRecordedAsTheSamplesShowIt() {
        var cluster = TaskOwners.cluster()
        let task = TaskOwners.task("t1", ["owner": "op-1", "payload": ["a": ["b": 1]]])
        let created = cluster.send("POST", TaskOwners.path + "?fieldManager=kubectl-create", task)
        #expect(
            entries(created) == [
                [
                    "apiVersion": "future.ideas.protosam/v1beta1", "fieldsType": "FieldsV1",
                    "fieldsV1": [
                        "f:spec": [
                            ".": [:], "f:owner": [:], "f:ownership": [".": [:], "f:epoch": [:]],
                            "f:payload": [".": [:], "f:a": [".": [:], "f:b": [:]]],
                        ]
                    ],
                    "manager": "kubectl-create", "operation": "Update", "time": "2026-11-22T16:38:00Z",
                ]
            ]
        )
    }

    /// Samples 03 and 06: the changed field goes from one entry to another, a new label comes with its map.
    @Test func updateTakesWhatItChangesAndNothingElse() {
        var cluster = TaskOwners.cluster()
        cluster.send(
            "POST",
            TaskOwners.path + "?fieldManager=kubectl-create",
            TaskOwners.task("t1", ["payload": ["x": 1]])
        )
        cluster.advance(1)
        let moved: JSONValue = ["spec": ["owner": "op-1", "ownership": ["epoch": 1]]]
        let path = TaskOwners.path + "/t1?fieldManager="
        cluster.send("PATCH", path + "kubectl-patch", moved, type: TaskOwners.mergePatch)
        let label: JSONValue = ["metadata": ["labels": ["a": "b"]]]
        let labelled = cluster.send("PATCH", path + "kubectl-label", label, type: TaskOwners.mergePatch)
        #expect(entries(labelled).map { $0["manager"] } == ["kubectl-create", "kubectl-label", "kubectl-patch"])
        #expect(
            fields(labelled, "kubectl-create")
                == ["f:spec": [".": [:], "f:ownership": [:], "f:payload": [".": [:], "f:x": [:]]]]
        )
        #expect(fields(labelled, "kubectl-label") == ["f:metadata": ["f:labels": [".": [:], "f:a": [:]]]])
        #expect(fields(labelled, "kubectl-patch") == ["f:spec": ["f:owner": [:], "f:ownership": ["f:epoch": [:]]]])
        #expect(entries(labelled).map { $0["time"]?.stringValue?.suffix(3) } == ["00Z", "01Z", "01Z"])
        let gone = cluster.send("PATCH", path + "me", ["metadata": ["labels": .null]], type: TaskOwners.mergePatch)
        #expect(fields(gone, "kubectl-label") == nil, "what is removed belongs to nobody")
    }

    @Test func statusIsRecordedApartWithItsSubresource() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path + "?fieldManager=user", TaskOwners.task("t1"))
        let status: JSONValue = ["status": ["phase": "Running"], "spec": ["owner": "ignored"]]
        let path = TaskOwners.path + "/t1/status?fieldManager=workclaim"
        let answer = cluster.send("PATCH", path, status, type: TaskOwners.mergePatch)
        let entry = entries(answer).first { $0["subresource"] == "status" }
        #expect(entry?["fieldsV1"] == ["f:status": ["f:phase": [:]]])
        #expect(fields(answer, "user")?["f:status"] == nil)
    }

    @Test func noopWriteChangesNeitherTimeNorVersion() {
        var cluster = TaskOwners.cluster()
        let created = cluster.send("POST", TaskOwners.path + "?fieldManager=user", TaskOwners.task("t1"))
        cluster.advance(5)
        let same: JSONValue = ["spec": ["owner": ""]]
        let again = cluster.send("PATCH", TaskOwners.path + "/t1?fieldManager=other", same, type: TaskOwners.mergePatch)
        #expect(again.json == created.json)
    }

    @Test func writerWithoutANameIsTheFirstWordOfTheUserAgent() {
        var cluster = TaskOwners.cluster()
        let created = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(entries(created).map { $0["manager"] } == ["unknown"], "the tests send no User-Agent")
    }

    /// The value is the webhook's, the field is the writer's.
    @Test func releasingManagerHoldsTheOwnerThatTheWebhookFilledIn() {
        var cluster = TaskOwners.cluster()
        let owned: JSONValue = ["owner": "op-1", "ownership": ["epoch": 1]]
        cluster.send("POST", TaskOwners.path + "?fieldManager=user", TaskOwners.task("t1", owned))
        cluster.webhook = Hooks.assign("op-2")
        cluster.send("POST", Hooks.path, Hooks.configuration())
        let release: JSONValue = ["spec": ["owner": "", "ownership": ["epoch": 2]]]
        let path = TaskOwners.path + "/t1?fieldManager=workclaim"
        let answer = cluster.send("PATCH", path, release, type: TaskOwners.mergePatch)
        #expect(answer["spec", "owner"] == "op-2")
        #expect(fields(answer, "workclaim") == ["f:spec": ["f:owner": [:], "f:ownership": ["f:epoch": [:]]]])
        #expect(fields(answer, "user")?.value(at: ["f:spec", "f:owner"]) == nil)
    }

    @Test func fieldsThatTheWebhookAddsBelongToNobody() {
        var cluster = TaskOwners.cluster()
        cluster.webhook = { call in
            Hooks.allow(call, patch: [["op": "add", "path": "/spec/payload", "value": ["by": "hook"]]])
        }
        cluster.send("POST", Hooks.path, Hooks.configuration())
        let created = cluster.send("POST", TaskOwners.path + "?fieldManager=user", TaskOwners.task("t1"))
        #expect(created["spec", "payload", "by"] == "hook")
        #expect(entries(created).count == 1)
        #expect(fields(created, "user")?.value(at: ["f:spec", "f:payload"]) == nil)
    }

    @Test func clientMaySendTheAccountAndForgetItAll() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path + "?fieldManager=user", TaskOwners.task("t1"))
        let renamed: JSONValue = [
            [
                "op": "replace", "path": "/metadata/managedFields/0/manager", "value": "other",
            ]
        ]
        let path = TaskOwners.path + "/t1?fieldManager=me"
        let answer = cluster.send("PATCH", path, renamed, type: TaskOwners.jsonPatch)
        #expect(entries(answer).map { $0["manager"] } == ["other"])
        let reset: JSONValue = [["op": "replace", "path": "/metadata/managedFields", "value": [[:]]]]
        let emptied = cluster.send("PATCH", path, reset, type: TaskOwners.jsonPatch)
        #expect(entries(emptied).isEmpty)
    }
}
