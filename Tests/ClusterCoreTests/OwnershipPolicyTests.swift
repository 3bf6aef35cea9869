import ClusterCore
import Testing
import Wire

/// The project's admission policies on our own API server: what a user's write can and cannot do to ownership, as it was
/// measured on a real one (kubernetes-facts, "Ownership on a real server").
@Suite struct OwnershipPolicyTests {
    static let task = TaskOwners.path + "/t1"
    static let alice = Identity(user: "alice", groups: ["system:authenticated"])
    private static let robot = Identity(user: "system:serviceaccount:demo:op", groups: ["system:authenticated"])

    /// With the files applied; the webhook fills in `op-1` unless it is down.
    func world(
        _ files: [String] = ["admission-policies.yaml", "mutating-admission-policy.yaml"],
        webhook: Bool = true
    )
        throws -> TestCluster
    {
        var cluster = TaskOwners.cluster()
        for object in try ProjectManifests.documents("crd.yaml") {
            let path = TaskOwners.definitions + "/task-owners.future.ideas.protosam"
            let old = cluster.send("GET", path)
            var replacement = object
            replacement["metadata"]?["resourceVersion"] = old["metadata", "resourceVersion"]
            #expect(cluster.send("PUT", path, replacement).status == 200)
        }
        for file in files { try ProjectManifests.apply(file, to: &cluster) }
        cluster.send("POST", "/api/v1/namespaces/demo/serviceaccounts", ["metadata": ["name": "op"]])
        let rights = "/apis/rbac.authorization.k8s.io/v1/namespaces/demo/"
        let verbs: JSONValue = ["get", "patch", "handover"]
        cluster.send(
            "POST",
            rights + "roles",
            [
                "metadata": ["name": "op"],
                "rules": [["apiGroups": ["future.ideas.protosam"], "resources": ["task-owners"], "verbs": verbs]],
            ]
        )
        cluster.send(
            "POST",
            rights + "rolebindings",
            [
                "metadata": ["name": "op"], "roleRef": ["kind": "Role", "name": "op"],
                "subjects": [["kind": "ServiceAccount", "name": "op", "namespace": "demo"]],
            ]
        )
        cluster.webhook = webhook ? Hooks.assign("op-1") : { _ in .failure(WebhookFailure("down")) }
        cluster.send("POST", Hooks.path, Hooks.configuration())
        return cluster
    }

    private func claim(_ owner: String, epoch: Int64) -> JSONValue {
        ["spec": ["owner": .string(owner), "ownership": ["epoch": .integer(epoch)]]]
    }

    // MARK: - Both policies

    @Test func forgedOwnershipAtCreationIsStrippedBeforeTheWebhookSeesIt() throws {
        var cluster = try world()
        let from: JSONValue = ["seat": "x", "term": "y", "by": "z"]
        let forged = TaskOwners.task("t1", ["owner": "mine", "ownership": ["epoch": 7, "from": from]])
        let created = cluster.send("POST", TaskOwners.path + "?fieldManager=workclaim", forged, as: Self.alice)
        #expect(created.status == 201, "\(created.message)")
        let seen = Hooks.request(try #require(cluster.calls.last))
        #expect(seen.value(at: ["object", "spec", "owner"]) == "")
        #expect(created["spec"] == ["owner": "op-1", "ownership": ["epoch": 0]])
    }

    /// Everything that moved or broke ownership on a server without protection.
    @Test(arguments: ["empty", "steal", "put", "force", "bare"])
    func usersWriteLeavesOwnershipAsItWas(way: String) throws {
        var cluster = try world()
        let apply = "application/apply-patch+yaml"
        let query = "?fieldManager=kubectl"
        let with = TaskOwners.task("t1", ["owner": "", "payload": ["a": 1]])
        cluster.send("PATCH", Self.task + query, with, type: apply, as: Self.alice)
        let answer: Answer
        switch way {
        case "empty":
            answer = cluster.send(
                "PATCH",
                Self.task,
                ["spec": ["owner": ""]],
                type: TaskOwners.mergePatch,
                as: Self.alice
            )
        case "steal":
            answer = cluster.send(
                "PATCH",
                Self.task,
                claim("mine", epoch: 1),
                type: TaskOwners.mergePatch,
                as: Self.alice
            )
        case "put":
            var bare = TaskOwners.task("t1")
            bare["metadata"]?["resourceVersion"] = cluster.send("GET", Self.task)["metadata", "resourceVersion"]
            answer = cluster.send("PUT", Self.task, bare, as: Self.alice)
        case "force":
            let mine = TaskOwners.task("t1", ["owner": "mine", "ownership": ["epoch": 9]])
            answer = cluster.send("PATCH", Self.task + query + "&force=true", mine, type: apply, as: Self.alice)
        default: answer = cluster.send("PATCH", Self.task + query, TaskOwners.task("t1"), type: apply, as: Self.alice)
        }
        #expect(answer.status == 200, "\(answer.message)")
        #expect(answer["spec", "owner"] == "op-1")
        #expect(answer["spec", "ownership"] == ["epoch": 0])
    }

    /// The right is a Role's: the policies ask with the namespace. Who has it must still say who he is.
    @Test(arguments: [
        ("robot", "workclaim", "op-2"), ("robot", "kubectl", "op-1"), ("alice", "workclaim", "op-1"),
        ("admin", "workclaim", "op-2"), ("admin", "kubectl-edit", "op-1"),
    ])
    func claimWithoutHandoverOrWithoutItsNameIs200AndChangesNothing(who: String, manager: String, owner: String) throws
    {
        var cluster = try world()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"), as: Self.alice)
        var move = claim("op-2", epoch: 1)
        move["spec"]?["ownership"]?["from"] = ["seat": "op-1", "term": "t.1", "by": "op-1"]
        let identity = who == "alice" ? Self.alice : who == "robot" ? Self.robot : TestCluster.admin
        let target = Self.task + "?fieldManager=\(manager)"
        let answer = cluster.send("PATCH", target, move, type: TaskOwners.mergePatch, as: identity)
        #expect(answer.status == 200, "\(answer.message)")
        #expect(answer["spec", "owner"] == .string(owner))
    }

    @Test func labelOfAnUnownedTaskLetsTheWebhookFillItInUnderTheUsersName() throws {
        var cluster = try world()
        let fill = cluster.webhook
        cluster.webhook = { _ in .failure(WebhookFailure("down")) }
        #expect(cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"), as: Self.alice)["spec", "owner"] == "")
        cluster.webhook = fill
        let label: JSONValue = ["metadata": ["labels": ["a": "b"]]]
        let answer = cluster.send("PATCH", Self.task, label, type: TaskOwners.mergePatch, as: Self.alice)
        #expect(answer.status == 200, "\(answer.message)")
        #expect(answer["spec"] == ["owner": "op-1", "ownership": ["epoch": 1]])
    }

    // MARK: - The validating one alone, and nobody else

    @Test func withoutAnybodyElseForgingIsForbidden() throws {
        var cluster = try world(["admission-policies.yaml"], webhook: false)
        let forged = TaskOwners.task("t1", ["owner": "mine", "ownership": ["epoch": 7]])
        let refused = cluster.send("POST", TaskOwners.path, forged, as: Self.alice)
        #expect(refused.status == 403)
        #expect(refused.reason == "Forbidden")
        #expect(
            refused.message == """
                task-owners.future.ideas.protosam "t1" is forbidden: ValidatingAdmissionPolicy 'workclaim' with binding \
                'workclaim' denied request: spec.ownership is set by workclaim, not at creation
                """
        )
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"), as: Self.alice)
        cluster.send(
            "PATCH",
            Self.task + "?fieldManager=workclaim",
            claim("op-1", epoch: 1),
            type: TaskOwners.mergePatch
        )
        var stolen = claim("mine", epoch: 2)
        stolen["spec"]?["ownership"]?["from"] = ["seat": "op-1", "term": "t.1", "by": "op-1"]
        let theft = cluster.send("PATCH", Self.task, stolen, type: TaskOwners.mergePatch, as: Self.alice)
        #expect(theft.status == 403, "\(theft.message)")
        #expect(theft.message.contains("(verb handover)"))
        let label: JSONValue = ["metadata": ["labels": ["a": "b"]]]
        #expect(cluster.send("PATCH", Self.task, label, type: TaskOwners.mergePatch, as: Self.alice).status == 200)
    }

    /// The webhook fills in an owner under the user's name, so the policy cannot tell that from the user's own choice.
    @Test func withoutTheMutatingPolicyAUserNamesTheFirstOwnerOfATaskAndMovesNone() throws {
        var cluster = try world(["admission-policies.yaml"], webhook: false)
        func patch(_ spec: JSONValue) -> Answer {
            cluster.send("PATCH", Self.task, spec, type: TaskOwners.mergePatch, as: Self.alice)
        }
        let chosen = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1", ["owner": "mine"]), as: Self.alice)
        #expect(chosen.status == 201, "\(chosen.message)")
        #expect(chosen["spec"] == ["owner": "mine", "ownership": ["epoch": 0]])
        for owner in ["yours", "", "mine"] {
            var theft = claim(owner, epoch: 1)
            theft["spec"]?["ownership"]?["from"] = ["seat": "mine", "term": "t.1", "by": "mine"]
            let answer = patch(theft)
            #expect(answer.status == 403 && answer.message.contains("(verb handover)"), "\(answer.message)")
        }
        cluster.send("DELETE", Self.task)
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"), as: Self.alice)
        let claimed = patch(claim("mine", epoch: 1))
        #expect(claimed.status == 200, "\(claimed.message)")
        #expect(claimed["spec"] == ["owner": "mine", "ownership": ["epoch": 1]])
        #expect(patch(claim("yours", epoch: 2)).status != 200)
    }

    @Test func anOwnerThatIsNoNameIsRefusedWhoeverWritesIt() throws {
        var cluster = try world(["admission-policies.yaml"], webhook: false)
        let task = TaskOwners.task("t1", ["owner": "Not_A_Name"])
        for (identity, query) in [(Self.alice, ""), (Self.robot, "?fieldManager=workclaim")] {
            let refused = cluster.send("POST", TaskOwners.path + query, task, as: identity)
            #expect(refused.status == 422)
            #expect(
                refused.message == """
                    TaskOwner.future.ideas.protosam "t1" is invalid: spec.owner: Invalid value: "Not_A_Name": spec.owner in \
                    body should match '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$'
                    """
            )
        }
    }

    @Test(arguments: [("op-1", 200), ("op-9", 403)])
    func podLetsGoInItsOwnNameOnly(by: String, status: Int) throws {
        var cluster = try world()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"), as: Self.alice)
        var pod = Self.robot
        pod.extra = [("authentication.kubernetes.io/pod-name", ["op-1"])]
        var release = claim("op-2", epoch: 1)
        release["spec"]?["ownership"]?["from"] = ["seat": "op-1", "term": "t.1", "by": .string(by)]
        let target = Self.task + "?fieldManager=workclaim"
        let answer = cluster.send("PATCH", target, release, type: TaskOwners.mergePatch, as: pod)
        #expect(answer.status == status, "\(answer.message)")
    }

    @Test func statusIsNoneOfThePoliciesBusiness() throws {
        var cluster = try world()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"), as: Self.alice)
        let status: JSONValue = ["status": ["phase": "Running"]]
        let answer = cluster.send("PATCH", Self.task + "/status", status, type: TaskOwners.mergePatch, as: Self.robot)
        #expect(answer.status == 200)
    }

    // MARK: - Seats

    private static let leases = "/apis/coordination.k8s.io/v1/namespaces/demo/leases"

    private func lease(_ name: String, _ labels: JSONValue = ["future.ideas.protosam/seat": "true"]) -> JSONValue {
        [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": ["name": .string(name), "labels": labels],
            "spec": ["holderIdentity": "somebody", "leaseDurationSeconds": 10],
        ]
    }

    /// With it anybody who may write Leases in a namespace of his own could keep every operator from starting.
    @Test func whoMayNotHandOverMakesNoSeat() throws {
        var cluster = try world(["admission-policies.yaml"])
        let refused = cluster.send("POST", Self.leases, lease("op-1"), as: Self.alice)
        #expect(refused.status == 403)
        #expect(refused.message.contains("'workclaim-seats' denied request: the label"), "\(refused.message)")
        #expect(cluster.send("POST", Self.leases, lease("op-1"), as: Self.robot).status == 201)
        // Other Leases are nobody's business here, until they get the label.
        let labels: [JSONValue] = [[:], ["future.ideas.protosam/seat": "false"], ["app": "x"]]
        for (index, label) in labels.enumerated() {
            let name = "other-\(index)"
            #expect(cluster.send("POST", Self.leases, lease(name, label), as: Self.alice).status == 201)
            let path = Self.leases + "/" + name
            let seat: JSONValue = ["metadata": ["labels": ["future.ideas.protosam/seat": "true"]]]
            let harmless: JSONValue = ["spec": ["renewTime": "2026-01-01T00:00:00.000000Z"]]
            #expect(cluster.send("PATCH", path, seat, type: TaskOwners.mergePatch, as: Self.alice).status == 403)
            #expect(cluster.send("PATCH", path, harmless, type: TaskOwners.mergePatch, as: Self.alice).status == 200)
            #expect(cluster.send("PATCH", path, seat, type: TaskOwners.mergePatch, as: Self.robot).status == 200)
        }
    }

    /// They are not asked about: what the API server must evaluate for them is a look at a label.
    @Test func aSeatIsRenewedAndItsLabelTakenAwayByWhoeverMayWriteLeases() throws {
        var cluster = try world(["admission-policies.yaml"])
        cluster.send("POST", Self.leases, lease("op-1"), as: Self.robot)
        let renewal: JSONValue = ["spec": ["renewTime": "2026-01-01T00:00:00.000000Z"]]
        let bare: JSONValue = ["metadata": ["labels": ["future.ideas.protosam/seat": .null]]]
        for write in [renewal, bare] {
            let answer = cluster.send(
                "PATCH",
                Self.leases + "/op-1",
                write,
                type: TaskOwners.mergePatch,
                as: Self.alice
            )
            #expect(answer.status == 200, "\(answer.message)")
        }
    }
}
