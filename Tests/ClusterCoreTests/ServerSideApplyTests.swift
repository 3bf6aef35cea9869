import Testing
import Wire

/// Server-side apply: who may set what, what goes with a field that is no longer applied, and lists merged by their keys.
@Suite struct ServerSideApplyTests {
    private static let type = "application/apply-patch+yaml"
    private static let deployments = "/apis/apps/v1/namespaces/demo/deployments"

    private func apply(
        _ cluster: inout TestCluster,
        _ path: String,
        _ object: JSONValue,
        by manager: String = "kubectl",
        force: Bool = false
    ) -> Answer {
        let target = "\(path)?fieldManager=\(manager)&force=\(force)"
        return cluster.send("PATCH", target, object, type: Self.type)
    }

    private func deployment(_ spec: JSONValue) -> JSONValue {
        ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web"], "spec": spec]
    }

    private func pods(_ containers: JSONValue) -> JSONValue {
        [
            "selector": ["matchLabels": ["app": "web"]],
            "template": ["metadata": ["labels": ["app": "web"]], "spec": ["containers": containers]],
        ]
    }

    @Test func applyCreatesAndOwnsJustWhatItNames() {
        var cluster = TaskOwners.cluster()
        let task = TaskOwners.task("t1", ["payload": ["a": 1]])
        let created = apply(&cluster, TaskOwners.path + "/t1", task)
        #expect(created.status == 201)
        #expect(created["spec", "owner"] == "", "defaults are filled in")
        let entry = created["metadata", "managedFields"]?.arrayValue?.first
        #expect(entry?["operation"] == "Apply")
        #expect(
            entry?["fieldsV1"] == ["f:spec": ["f:payload": ["f:a": [".": [:]]]]]
                || entry?["fieldsV1"] == ["f:spec": ["f:payload": ["f:a": [:]]]]
        )
        cluster.advance(3)
        let again = apply(&cluster, TaskOwners.path + "/t1", task)
        #expect(again.status == 200)
        #expect(again.json == created.json, "an apply of the same changes nothing, not even the time")
    }

    @Test func fieldOfAnotherManagerIsAConflictUnlessForced() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path + "?fieldManager=kubectl-create", TaskOwners.task("t1"))
        let path = TaskOwners.path + "/t1"
        let claim: JSONValue = ["spec": ["owner": "op-1", "ownership": ["epoch": 1]]]
        cluster.send("PATCH", path + "?fieldManager=workclaim", claim, type: TaskOwners.mergePatch)
        let mine = TaskOwners.task("t1", ["owner": "mine", "ownership": ["epoch": 2]])
        let refused = apply(&cluster, path, mine)
        #expect(refused.status == 409)
        #expect(refused.reason == "Conflict")
        let using = #""workclaim" using future.ideas.protosam/v1beta1"#
        #expect(
            refused.message == """
                Apply failed with 2 conflicts: conflicts with \(using):
                - .spec.owner
                - .spec.ownership.epoch
                """
        )
        #expect(
            refused["details", "causes"]?.arrayValue?.first == [
                "reason": "FieldManagerConflict", "message": .string("conflict with \(using)"), "field": ".spec.owner",
            ]
        )
        let same = apply(&cluster, path, TaskOwners.task("t1", ["owner": "op-1"]))
        #expect(same.status == 200, "the same value is shared, not taken: \(same.message)")
        let one = apply(&cluster, path, TaskOwners.task("t1", ["owner": "mine"]))
        #expect(one.message == "Apply failed with 1 conflict: conflict with \(using): .spec.owner")
        let forced = apply(&cluster, path, mine, force: true)
        #expect(forced.status == 200, "\(forced.message)")
        #expect(forced["spec", "owner"] == "mine")
        let managers = forced["metadata", "managedFields"]?.arrayValue?.map { $0["manager"] }
        #expect(managers == ["kubectl", "kubectl-create"], "nothing is left to workclaim")
    }

    @Test func fieldNoLongerAppliedGoesUnlessAnotherHoldsIt() {
        var cluster = TaskOwners.cluster()
        let path = TaskOwners.path + "/t1"
        func task(_ labels: JSONValue) -> JSONValue {
            var task = TaskOwners.task("t1")
            task["metadata"]?["labels"] = labels
            return task
        }
        _ = apply(&cluster, path, task(["a": "1", "b": "2", "c": "3"]))
        _ = apply(&cluster, path, task(["b": "2"]), by: "other")
        let left = apply(&cluster, path, task(["c": "3"]))
        #expect(left["metadata", "labels"] == ["b": "2", "c": "3"])
        let none = apply(&cluster, path, TaskOwners.task("t1"))
        #expect(none["metadata", "labels"] == ["b": "2"])
    }

    /// What moved ownership on a real server without policies: the whole spec goes with the last field of it.
    @Test func bareManifestAfterASpecWasAppliedResetsTheSpec() {
        var cluster = TaskOwners.cluster()
        let path = TaskOwners.path + "/t1"
        _ = apply(&cluster, path, TaskOwners.task("t1", ["owner": "op-1"]))
        let bare = apply(&cluster, path, TaskOwners.task("t1"))
        #expect(bare.status == 422, "an owner may not change without its epoch: \(bare.message)")
    }

    @Test func bareManifestLeavesTheOwnerOfTheWebhookAlone() {
        var cluster = TaskOwners.cluster()
        cluster.webhook = Hooks.assign("op-1")
        cluster.send("POST", Hooks.path, Hooks.configuration())
        let path = TaskOwners.path + "/t1"
        var task = TaskOwners.task("t1")
        task["metadata"]?["labels"] = ["team": "a"]
        #expect(apply(&cluster, path, task)["spec", "owner"] == "op-1")
        let again = apply(&cluster, path, task)
        #expect(again["spec", "owner"] == "op-1")
        #expect(again.status == 200)
    }

    /// Samples 11 to 13: the webhook never hears of a patch, and a no-op calls it, too.
    @Test func webhookSeesCreatesAndUpdatesAlsoForANoop() {
        var cluster = TaskOwners.cluster()
        cluster.webhook = { Hooks.allow($0) }
        cluster.send("POST", Hooks.path, Hooks.configuration())
        for _ in 0..<2 { _ = apply(&cluster, TaskOwners.path + "/t1", TaskOwners.task("t1", ["payload": ["a": 1]])) }
        let requests = cluster.calls.map(Hooks.request)
        #expect(requests.map { $0["operation"] } == ["CREATE", "UPDATE"])
        #expect(requests.map { $0.at("options", "kind") } == ["CreateOptions", "UpdateOptions"])
        #expect(requests.allSatisfy { $0.at("options", "fieldManager") == "kubectl" })
    }

    @Test func applyCreatesAMissingLease() {
        var cluster = TaskOwners.cluster()
        let lease: JSONValue = [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "op-1"],
            "spec": ["holderIdentity": "op-1_u_n"],
        ]
        let path = "/apis/coordination.k8s.io/v1/namespaces/demo/leases/op-1"
        #expect(apply(&cluster, path, lease).status == 201)
    }

    @Test func listsAreMergedByTheirKeys() {
        var cluster = TaskOwners.cluster()
        let path = Self.deployments + "/web"
        let first = pods([
            ["name": "a", "image": "a:1", "env": [["name": "X", "value": "1"]], "ports": [["containerPort": 80]]]
        ])
        #expect(apply(&cluster, path, deployment(first), by: "one").status == 201)
        let second = pods([
            ["name": "b", "image": "b:1"], ["name": "a", "env": [["name": "Y", "value": "2"]]],
        ])
        let merged = apply(&cluster, path, deployment(second), by: "two")
        #expect(merged.status == 200, "\(merged.message)")
        let containers = merged["spec", "template", "spec", "containers"]?.arrayValue ?? []
        #expect(containers.map { $0["name"] } == ["b", "a"])
        #expect(containers.last?["image"] == "a:1")
        #expect(containers.last?["env"]?.arrayValue?.map { $0["name"] } == ["X", "Y"])
        let less = apply(&cluster, path, deployment(pods([["name": "a"]])), by: "two")
        let left = less["spec", "template", "spec", "containers"]?.arrayValue ?? []
        #expect(left.map { $0["name"] } == ["a"], "b was nobody else's")
        #expect(left.first?["env"]?.arrayValue?.map { $0["name"] } == ["X"])
        #expect(left.first?["ports"]?.arrayValue?.count == 1)
        let conflict = apply(&cluster, path, deployment(pods([["name": "a", "image": "a:2"]])), by: "two")
        #expect(
            conflict.message == """
                Apply failed with 1 conflict: conflict with "one": \
                .spec.template.spec.containers[name="a"].image
                """
        )
    }

    @Test func listThatNobodyKeysIsOnePiece() {
        var cluster = TaskOwners.cluster()
        let path = "/apis/rbac.authorization.k8s.io/v1/namespaces/demo/roles/r"
        func role(_ verbs: JSONValue) -> JSONValue {
            [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": ["name": "r"],
                "rules": [["apiGroups": [""], "resources": ["pods"], "verbs": verbs]],
            ]
        }
        #expect(apply(&cluster, path, role(["get"]), by: "one").status == 201)
        let conflict = apply(&cluster, path, role(["list"]), by: "two")
        #expect(conflict.message.hasSuffix(#"conflict with "one": .rules"#), "\(conflict.message)")
    }

    /// kubectl may go over from client-side to server-side apply without a conflict with itself.
    @Test func kubectlMayTakeOverWhatItAppliedFromTheClientsSide() {
        var cluster = TaskOwners.cluster()
        let path = TaskOwners.path + "/t1"
        var task = TaskOwners.task("t1", ["payload": ["a": 1]])
        let last = String(decoding: task.serialized(), as: UTF8.self)
        task["metadata"]?["annotations"] = ["kubectl.kubernetes.io/last-applied-configuration": .string(last)]
        cluster.send("POST", TaskOwners.path + "?fieldManager=kubectl-client-side-apply", task)
        let changed = TaskOwners.task("t1", ["payload": ["a": 2]])
        #expect(apply(&cluster, path, changed, by: "other").status == 409)
        let taken = apply(&cluster, path, changed)
        #expect(taken.status == 200, "\(taken.message)")
        #expect(taken["spec", "payload", "a"] == 2)
    }

    @Test(arguments: [
        ("fieldManager=", 422, "fieldManager: Required value: is required for apply patch"),
        ("fieldManager=m", 400, "metadata.managedFields must be nil"),
    ])
    func unlawfulApplyIsRefused(query: String, status: Int, message: String) {
        var cluster = TaskOwners.cluster()
        var task = TaskOwners.task("t1")
        if status == 400 { task["metadata"]?["managedFields"] = [[:]] }
        let answer = cluster.send("PATCH", TaskOwners.path + "/t1?" + query, task, type: Self.type)
        #expect(answer.status == status)
        #expect(answer.message.contains(message), "\(answer.message)")
    }

    @Test func applyOfAnotherKindOrOfNoJSONIsRefused() {
        var cluster = TaskOwners.cluster()
        var task = TaskOwners.task("t1")
        task["kind"] = "Other"
        #expect(apply(&cluster, TaskOwners.path + "/t1", task).status == 400)
        let path = TaskOwners.path + "/t1?fieldManager=m"
        let yaml = cluster.send("PATCH", path, type: Self.type, raw: Array("kind: TaskOwner".utf8))
        #expect(yaml.status == 400)
        #expect(yaml.message.contains("as JSON"), "\(yaml.message)")
    }
}
