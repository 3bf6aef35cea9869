import ClusterCore
import Testing
import Wire

/// What was measured on a real API server about objects, patches and watches, held here to ours.
@Suite struct KubernetesFactsTests {
    @Test(arguments: [nil, [:], .null, ["owner": ""]] as [JSONValue?])
    func defaultsAreAppliedBeforeAdmission(spec: JSONValue?) {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", Hooks.path, Hooks.configuration())
        cluster.webhook = { Hooks.allow($0) }
        #expect(cluster.send("POST", TaskOwners.path, TaskOwners.task("t1", spec)).status == 201)
        let object = cluster.calls.first.map(Hooks.request)?["object"]
        #expect(object?.value(at: ["spec", "owner"]) == "")
        #expect(object?.value(at: ["spec", "ownership", "epoch"]) == 0)
    }

    @Test func oldObjectIsDefaultedOnRead() {
        let anything: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        let definition = TaskOwners.definition(schema: anything, selectable: false)
        var cluster = TaskOwners.cluster(definition: definition)
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(cluster.send("GET", TaskOwners.path + "/t1")["spec"] == nil)
        let current = cluster.send("GET", TaskOwners.definitions + "/task-owners.future.ideas.protosam")
        var updated = TaskOwners.definition
        updated["metadata"]?["resourceVersion"] = .string(current.resourceVersion)
        #expect(
            cluster.send("PUT", TaskOwners.definitions + "/task-owners.future.ideas.protosam", updated).status == 200
        )
        #expect(cluster.send("GET", TaskOwners.path + "/t1")["spec", "owner"] == "")
        cluster.send("POST", Hooks.path, Hooks.configuration())
        cluster.webhook = { Hooks.allow($0) }
        cluster.send(
            "PATCH",
            TaskOwners.path + "/t1",
            ["metadata": ["labels": ["a": "b"]]],
            type: TaskOwners.mergePatch
        )
        #expect(cluster.calls.first.map(Hooks.request)?.value(at: ["oldObject", "spec", "owner"]) == "")
    }

    @Test func emptySpecDefaultWithCELOnSpecIsRefusedAtDefinition() {
        var schema = TaskOwners.schema
        schema["properties"]?["spec"]?["default"] = [:]
        let definition = TaskOwners.definition(schema: schema)
        var cluster = TestCluster()
        let answer = cluster.send("POST", TaskOwners.definitions, definition)
        #expect(answer.status == 422)
        #expect(answer.message.contains("no such key: ownership"), "\(answer.message)")
    }

    @Test func emptyOwnerSelectorListsExactlyTheUnownedAlsoAtZero() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("free"))
        cluster.send("POST", TaskOwners.path, TaskOwners.task("owned", ["owner": "p1"]))
        for version in ["", "&resourceVersion=0"] {
            let list = cluster.send("GET", TaskOwners.path + "?fieldSelector=spec.owner%3D" + version)
            #expect(list.names == ["free"])
        }
    }

    @Test func releaseArrivesAsAddedAndClaimAsDeletedWithPreviousObjectAndNewVersion() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1", ["owner": "p1"]))
        let unowned = cluster.start("GET", TaskOwners.path + "?watch=1&fieldSelector=spec.owner%3D")
        let release = cluster.send("PATCH", TaskOwners.path + "/t1", owner("", epoch: 1), type: TaskOwners.mergePatch)
        let added = cluster.take(unowned)
        #expect(added.map { $0["type"] } == ["ADDED"])
        #expect(added.first?.value(at: ["object", "spec", "owner"]) == "")
        let claim = cluster.send("PATCH", TaskOwners.path + "/t1", owner("p2", epoch: 2), type: TaskOwners.mergePatch)
        let deleted = cluster.take(unowned)
        #expect(deleted.map { $0["type"] } == ["DELETED"])
        #expect(deleted.first?.value(at: ["object", "spec", "owner"]) == "")
        #expect(deleted.first?.value(at: ["object", "spec", "ownership", "epoch"]) == 1)
        #expect(deleted.first?.value(at: ["object", "metadata", "resourceVersion"]) == .string(claim.resourceVersion))
        #expect(release.resourceVersion != claim.resourceVersion)
    }

    @Test func filledReleaseIsOneWriteSeenByEverySelectorInItsWay() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1", ["owner": "p1"]))
        cluster.send("POST", Hooks.path, Hooks.configuration())
        cluster.webhook = Hooks.assign("p2")
        let everything = cluster.start("GET", TaskOwners.path + "?watch=1")
        let old = cluster.start("GET", TaskOwners.path + "?watch=1&fieldSelector=spec.owner%3Dp1")
        let new = cluster.start("GET", TaskOwners.path + "?watch=1&fieldSelector=spec.owner%3Dp2")
        let unowned = cluster.start("GET", TaskOwners.path + "?watch=1&fieldSelector=spec.owner%3D")
        for id in [everything, old, new, unowned] { _ = cluster.take(id) }
        let released = cluster.send("PATCH", TaskOwners.path + "/t1", owner("", epoch: 1), type: TaskOwners.mergePatch)
        #expect(released["spec", "owner"] == "p2")
        #expect(cluster.take(everything).map { $0["type"] } == ["MODIFIED"])
        #expect(cluster.take(old).map { $0["type"] } == ["DELETED"])
        #expect(cluster.take(new).map { $0["type"] } == ["ADDED"])
        #expect(cluster.take(unowned).isEmpty)
    }

    @Test func jsonPatchTestsAreEvaluatedOnMainAndStatus() {
        var cluster = TaskOwners.cluster()
        let created = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1", ["owner": "p1"]))
        let uid = created["metadata", "uid"] ?? ""
        let fence: JSONValue = ["op": "test", "path": "/status/fence", "value": ""]
        let tests: [JSONValue] = [
            ["op": "test", "path": "/metadata/uid", "value": uid],
            ["op": "test", "path": "/spec/owner", "value": "p1"],
            ["op": "test", "path": "/spec/ownership/epoch", "value": 0], fence,
        ]
        let write: [JSONValue] = [
            ["op": "add", "path": "/status/phase", "value": "Running"],
            ["op": "add", "path": "/spec/owner", "value": "thief"],
        ]
        let status = TaskOwners.path + "/t1/status"
        let answer = cluster.send("PATCH", status, .array(tests + write), type: TaskOwners.jsonPatch)
        #expect(answer.status == 200)
        #expect(answer["status", "phase"] == "Running")
        #expect(answer["spec", "owner"] == "p1", "spec edits through /status are dropped")
        for stale in [
            ["op": "test", "path": "/metadata/uid", "value": "other"],
            ["op": "test", "path": "/spec/owner", "value": "p2"],
            ["op": "test", "path": "/spec/ownership/epoch", "value": 7],
            ["op": "test", "path": "/status/fence", "value": "x"],
        ] as [JSONValue] {
            for target in [status, TaskOwners.path + "/t1"] {
                let refused = cluster.send("PATCH", target, [stale, write[0]], type: TaskOwners.jsonPatch)
                #expect(refused.status == 422)
                #expect(refused.json["details"] == [:])
            }
        }
    }

    @Test func statusEditsThroughTheMainResourceAreDropped() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        let answer = cluster.send(
            "PATCH",
            TaskOwners.path + "/t1",
            ["status": ["phase": "Done"]],
            type: TaskOwners.mergePatch
        )
        #expect(answer.status == 200)
        #expect(answer["status", "phase"] == nil)
    }

    @Test(
        arguments: [
            (["op": "test", "path": "/spec/nope", "value": "x"], 422),
            (["op": "test", "path": "/spec/nope", "value": .null], 200),
            (["op": "replace", "path": "/spec/payload", "value": ["a": 1]], 200),
            (["op": "remove", "path": "/spec/payload"], 200),
            (["op": "replace", "path": "/spec/nope/deep", "value": 1], 422),
            (["op": "remove", "path": "/spec/nope/deep"], 422),
            (["op": "frobnicate", "path": "/spec"], 422),
        ] as [(JSONValue, Int)]
    )
    func patchOfMissingPath(operation: JSONValue, status: Int) {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        let answer = cluster.send("PATCH", TaskOwners.path + "/t1", [operation], type: TaskOwners.jsonPatch)
        #expect(answer.status == status)
    }

    @Test func failedTestHasEmptyDetailsAndCELHasCauses() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1", ["owner": "p1"]))
        let test = cluster.send(
            "PATCH",
            TaskOwners.path + "/t1",
            [["op": "test", "path": "/spec/owner", "value": "p2"]],
            type: TaskOwners.jsonPatch
        )
        #expect(test.status == 422)
        #expect(test.reason == "Invalid")
        #expect(test.message == "the server rejected our request due to an error in our request")
        #expect(test.json["details"] == [:])
        let rule = cluster.send(
            "PATCH",
            TaskOwners.path + "/t1",
            ["spec": ["owner": "p2"]],
            type: TaskOwners.mergePatch
        )
        #expect(rule.status == 422)
        #expect(rule.reason == "Invalid")
        #expect(
            rule["details", "causes", "0", "message"]?.stringValue?
                .contains("a change of spec.owner must raise spec.ownership.epoch by one") == true
        )
        #expect(rule["details", "kind"] == "TaskOwner")
    }

    @Test func twentyRacingClaimsHaveOneWinner() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        cluster.send("POST", Hooks.path, Hooks.configuration())
        let ids = (0..<20).map { number in
            cluster.start(
                "PATCH",
                TaskOwners.path + "/t1",
                [
                    ["op": "test", "path": "/spec/owner", "value": ""],
                    ["op": "test", "path": "/spec/ownership/epoch", "value": 0],
                    ["op": "add", "path": "/spec/owner", "value": .string("p\(number)")],
                    ["op": "add", "path": "/spec/ownership/epoch", "value": 1],
                ],
                type: TaskOwners.jsonPatch
            )
        }
        #expect(cluster.calls.count == 20, "the losers call the webhook too")
        while let next = cluster.waiting.first { cluster.answer(next.id, Hooks.allow(next.call)) }
        let statuses = ids.compactMap { cluster.answers[$0]?.status }
        #expect(statuses.count(where: { $0 == 200 }) == 1)
        #expect(statuses.count(where: { $0 == 422 }) == 19)
    }

    @Test func ownerChangeBumpsGenerationAndStatusDoesNot() {
        var cluster = TaskOwners.cluster()
        let created = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(created["metadata", "generation"] == 1)
        let owned = cluster.send("PATCH", TaskOwners.path + "/t1", owner("p1", epoch: 1), type: TaskOwners.mergePatch)
        #expect(owned["metadata", "generation"] == 2)
        let status = cluster.send(
            "PATCH",
            TaskOwners.path + "/t1/status",
            ["status": ["phase": "Run"]],
            type: TaskOwners.mergePatch
        )
        #expect(status["metadata", "generation"] == 2)
        let labels = cluster.send(
            "PATCH",
            TaskOwners.path + "/t1",
            ["metadata": ["labels": ["a": "b"]]],
            type: TaskOwners.mergePatch
        )
        #expect(labels["metadata", "generation"] == 2)
    }

    @Test func noopWriteKeepsTheResourceVersion() {
        var cluster = TaskOwners.cluster()
        let created = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1", ["owner": "p1"]))
        let watch = cluster.start("GET", TaskOwners.path + "?watch=1&resourceVersion=\(created.resourceVersion)")
        let again = cluster.send(
            "PATCH",
            TaskOwners.path + "/t1",
            ["spec": ["owner": "p1"]],
            type: TaskOwners.mergePatch
        )
        #expect(again.status == 200)
        #expect(again.resourceVersion == created.resourceVersion)
        let put = cluster.send("PUT", TaskOwners.path + "/t1", again.json)
        #expect(put.resourceVersion == created.resourceVersion)
        #expect(cluster.take(watch).isEmpty)
    }

    @Test func fillInMustRaiseTheEpochOrCELRefusesTheUsersWrite() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        cluster.send("POST", Hooks.path, Hooks.configuration())
        let label: JSONValue = ["metadata": ["labels": ["a": "b"]]]
        cluster.webhook = { Hooks.allow($0, patch: [["op": "add", "path": "/spec/owner", "value": "p1"]]) }
        let refused = cluster.send("PATCH", TaskOwners.path + "/t1", label, type: TaskOwners.mergePatch)
        #expect(refused.status == 422)
        cluster.webhook = Hooks.assign("p1")
        let filled = cluster.send("PATCH", TaskOwners.path + "/t1", label, type: TaskOwners.mergePatch)
        #expect(filled.status == 200)
        #expect(filled["spec", "ownership", "epoch"] == 1)
    }

    @Test func schemaChangeClosesWatchesAndListWaitsButPatchGoesOn() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        let watch = cluster.start("GET", TaskOwners.path + "?watch=1")
        let path = TaskOwners.definitions + "/task-owners.future.ideas.protosam"
        var definition = cluster.send("GET", path).json
        definition["metadata"]?["annotations"] = ["note": "same schema"]
        #expect(cluster.send("PUT", path, definition).status == 200)
        #expect(cluster.streams[watch]?.isOpen == true, "re-applying an unchanged schema closes nothing")
        definition = cluster.send("GET", path).json
        definition["spec"]?["names"]?["shortNames"] = ["tow"]
        #expect(cluster.send("PUT", path, definition).status == 200)
        #expect(cluster.streams[watch]?.isOpen == false)
        let list = cluster.send("GET", TaskOwners.path)
        #expect(list.status == 429)
        #expect(list.message.contains("storage is (re)initializing"))
        #expect(list.response.fields["retry-after"] == "1")
        let patch = cluster.send(
            "PATCH",
            TaskOwners.path + "/t1",
            ["metadata": ["labels": ["a": "b"]]],
            type: TaskOwners.mergePatch
        )
        #expect(patch.status == 200)
        cluster.advance(3)
        #expect(cluster.send("GET", TaskOwners.path).names == ["t1"])
    }

    @Test(arguments: [
        TaskOwners.path, "/apis/coordination.k8s.io/v1/namespaces/demo/leases",
    ])
    func watchListSendsEverythingThenAMarkedBookmark(path: String) {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("a"))
        cluster.send("POST", "/apis/coordination.k8s.io/v1/namespaces/demo/leases", ["metadata": ["name": "a"]])
        let query = "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true"
        let watch = cluster.start("GET", path + query + "&resourceVersionMatch=NotOlderThan")
        let events = cluster.take(watch)
        #expect(events.map { $0["type"] } == ["ADDED", "BOOKMARK"])
        #expect(events.last?.value(at: ["object", "metadata", "annotations", "k8s.io/initial-events-end"]) == "true")
        cluster.advance(60)
        let later = cluster.take(watch)
        #expect(later.map { $0["type"] } == ["BOOKMARK"])
        #expect(later.first?.value(at: ["object", "metadata", "annotations"]) == nil)
        #expect(cluster.send("GET", path + query).status == 422)
    }

    /// What policies and webhook are there for: without them a user's write moves an owner, or breaks on CEL at best.
    @Test(arguments: ["empty", "put", "force"])
    func usersWriteWithoutProtectionMovesOrBreaksOwnership(way: String) {
        var cluster = TaskOwners.cluster()
        let task = TaskOwners.path + "/t1"
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        cluster.send("PATCH", task + "?fieldManager=workclaim", owner("op-1", epoch: 1), type: TaskOwners.mergePatch)
        switch way {
        case "empty":
            let answer = cluster.send("PATCH", task, ["spec": ["owner": ""]], type: TaskOwners.mergePatch)
            #expect(answer.status == 422)
        case "put":
            var bare = TaskOwners.task("t1")
            bare["metadata"]?["resourceVersion"] = cluster.send("GET", task)["metadata", "resourceVersion"]
            #expect(cluster.send("PUT", task, bare).status == 422)
        default:
            let mine = TaskOwners.task("t1", ["owner": "mine", "ownership": ["epoch": 2]])
            let query = "?fieldManager=kubectl&force=true"
            let answer = cluster.send("PATCH", task + query, mine, type: "application/apply-patch+yaml")
            #expect(answer["spec", "owner"] == "mine")
        }
    }

    /// Without a default for the status a JSON Patch finds no parent there.
    @Test func patchBelowAStatusWithoutADefaultIs422() {
        var schema = TaskOwners.schema
        schema["properties"]?["status"]?["default"] = nil
        var cluster = TaskOwners.cluster(definition: TaskOwners.definition(schema: schema))
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        let add: JSONValue = [["op": "add", "path": "/status/phase", "value": "Running"]]
        let path = TaskOwners.path + "/t1/status"
        #expect(cluster.send("PATCH", path, add, type: TaskOwners.jsonPatch).status == 422)
    }

    private func owner(_ owner: String, epoch: Int64) -> JSONValue {
        ["spec": ["owner": .string(owner), "ownership": ["epoch": .integer(epoch)]]]
    }
}
