import ClusterCore
import Testing
import Wire

/// RBAC as a real server applies it, and the words of its refusals.
@Suite struct AuthorizationTests {
    private static let robot = Identity(
        user: "system:serviceaccount:demo:op",
        groups: ["system:serviceaccounts", "system:serviceaccounts:demo", "system:authenticated"]
    )
    private static let rbac = "/apis/rbac.authorization.k8s.io/v1/"

    /// The account `op` of namespace demo, with these rules in it.
    private func world(_ rules: JSONValue) -> TestCluster {
        var cluster = TaskOwners.cluster(authorization: .rbac)
        let account = cluster.send("POST", "/api/v1/namespaces/demo/serviceaccounts", ["metadata": ["name": "op"]])
        #expect(account.status == 201)
        let role: JSONValue = ["metadata": ["name": "op"], "rules": rules]
        #expect(cluster.send("POST", Self.rbac + "namespaces/demo/roles", role).status == 201)
        let binding: JSONValue = [
            "metadata": ["name": "op"], "roleRef": ["kind": "Role", "name": "op"],
            "subjects": [["kind": "ServiceAccount", "name": "op", "namespace": "demo"]],
        ]
        #expect(cluster.send("POST", Self.rbac + "namespaces/demo/rolebindings", binding).status == 201)
        return cluster
    }

    private func rule(_ resources: JSONValue, _ verbs: JSONValue, names: JSONValue? = nil) -> JSONValue {
        var rule: JSONValue = ["apiGroups": ["future.ideas.protosam"], "resources": resources, "verbs": verbs]
        rule["resourceNames"] = names
        return rule
    }

    @Test func whatNoRuleAllowsIsForbiddenInTheWordsOfARealServer() {
        var cluster = world([rule(["task-owners"], ["list"])])
        #expect(cluster.send("GET", TaskOwners.path, as: Self.robot).status == 200)
        let named = cluster.send("GET", TaskOwners.path + "/t1", as: Self.robot)
        #expect(named.status == 403)
        #expect(
            named.message == """
                task-owners.future.ideas.protosam "t1" is forbidden: User "system:serviceaccount:demo:op" cannot get resource \
                "task-owners" in API group "future.ideas.protosam" in the namespace "demo"
                """
        )
        let everywhere = cluster.send("GET", TaskOwners.all, as: Self.robot)
        #expect(everywhere.message.hasSuffix("at the cluster scope"), "\(everywhere.message)")
        let path = cluster.send("GET", "/api/v1/nodes", as: Self.robot)
        #expect(path.status == 403)
    }

    @Test func rightsAreByNameSubresourceAndWildcard() {
        var cluster = world([
            rule(["task-owners/status"], ["patch"]), rule(["task-owners"], ["get"], names: ["t1"]),
            ["apiGroups": [""], "resources": ["*"], "verbs": ["*"]],
        ])
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        let status: JSONValue = ["status": ["phase": "Running"]]
        let type = TaskOwners.mergePatch
        #expect(cluster.send("PATCH", TaskOwners.path + "/t1/status", status, type: type, as: Self.robot).status == 200)
        #expect(cluster.send("PATCH", TaskOwners.path + "/t1", status, type: type, as: Self.robot).status == 403)
        #expect(cluster.send("GET", TaskOwners.path + "/t1", as: Self.robot).status == 200)
        #expect(cluster.send("GET", TaskOwners.path + "/t2", as: Self.robot).status == 403)
        #expect(cluster.send("GET", "/api/v1/namespaces/demo/configmaps", as: Self.robot).status == 200)
        #expect(cluster.send("GET", "/api/v1/namespaces/default/configmaps", as: Self.robot).status == 403)
    }

    /// As a real server: who may see one object may list and watch it, by its name.
    @Test func aRightToOneNameIsEnoughToListAndWatchIt() {
        var cluster = world([rule(["task-owners"], ["list", "watch"], names: ["t1"])])
        let selected = TaskOwners.path + "?fieldSelector=metadata.name%3D"
        #expect(cluster.send("GET", selected + "t1", as: Self.robot).status == 200)
        #expect(cluster.send("GET", selected + "t2", as: Self.robot).status == 403)
        #expect(cluster.send("GET", TaskOwners.path, as: Self.robot).status == 403)
        let watch = cluster.start("GET", selected + "t1&watch=true", as: Self.robot)
        #expect(cluster.streams[watch]?.isOpen == true)
    }

    @Test func patchThatCreatesNeedsTheRightToCreate() {
        var cluster = world([rule(["task-owners"], ["patch"])])
        let target = TaskOwners.path + "/t1?fieldManager=op"
        let apply = "application/apply-patch+yaml"
        let refused = cluster.send("PATCH", target, TaskOwners.task("t1"), type: apply, as: Self.robot)
        #expect(refused.status == 403)
        #expect(refused.message.contains("cannot create resource"), "\(refused.message)")
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(cluster.send("PATCH", target, TaskOwners.task("t1"), type: apply, as: Self.robot).status == 200)
    }

    @Test func everybodyMayDiscoverAndAskAboutHimself() {
        var cluster = world([rule(["task-owners"], ["list"])])
        #expect(cluster.send("GET", "/apis", as: Self.robot).status == 200)
        let reviews = "/apis/authorization.k8s.io/v1/"
        func ask(_ verb: String, _ target: String, _ user: Identity, _ more: JSONValue = [:]) -> JSONValue? {
            var spec: JSONValue = more
            spec["resourceAttributes"] = [
                "namespace": "demo", "verb": .string(verb), "group": "future.ideas.protosam", "resource": "task-owners",
            ]
            return cluster.send("POST", reviews + target, ["spec": spec], as: user)["status", "allowed"]
        }
        #expect(ask("list", "selfsubjectaccessreviews", Self.robot) == true)
        #expect(ask("delete", "selfsubjectaccessreviews", Self.robot) == false)
        #expect(ask("delete", "subjectaccessreviews", Self.robot) == nil, "about others: forbidden")
        let about: JSONValue = ["user": .string(Self.robot.user), "groups": ["system:authenticated"]]
        #expect(ask("list", "subjectaccessreviews", TestCluster.admin, about) == true)
        let rules = cluster.send(
            "POST",
            reviews + "selfsubjectrulesreviews",
            ["spec": ["namespace": "demo"]],
            as: Self.robot
        )
        #expect(rules["status", "resourceRules"]?.arrayValue?.contains(rule(["task-owners"], ["list"])) ?? false)
    }

    @Test func accountThatIsGoneIsUnauthorized() {
        var cluster = world([rule(["task-owners"], ["*"])])
        #expect(cluster.send("GET", TaskOwners.path, as: Self.robot).status == 200)
        cluster.send("DELETE", "/api/v1/namespaces/demo/serviceaccounts/op")
        #expect(cluster.send("GET", TaskOwners.path, as: Self.robot).status == 401)
    }

    @Test func tokenIsGrantedForAnAccountAndBoundToAPod() {
        var cluster = world([])
        let path = "/api/v1/namespaces/demo/serviceaccounts/op/token"
        let granted = cluster.send("POST", path, ["spec": ["expirationSeconds": 600]])
        #expect(granted.status == 201)
        #expect(granted["kind"] == "TokenRequest")
        #expect(granted["status", "expirationTimestamp"] == "2026-11-22T16:48:00Z")
        #expect(cluster.send("POST", path.replacing("/op/", with: "/nobody/"), [:]).status == 404)
        #expect(cluster.send("POST", path, ["spec": ["expirationSeconds": 10]]).status == 422)
        let bound: JSONValue = ["spec": ["boundObjectRef": ["kind": "Pod", "name": "p"]]]
        #expect(cluster.send("POST", path, bound).status == 404, "no such pod")
        #expect(cluster.send("POST", path, [:], as: Self.robot).status == 403)
    }

    /// What an operator does, and what a stolen token of one could not do.
    @Test func operatorsRoleOfTheManifestsIsEnoughForItsWorkAndNoMore() throws {
        var cluster = TaskOwners.cluster(authorization: .rbac)
        for file in ["namespace.yaml", "rbac.yaml"] { try ProjectManifests.apply(file, to: &cluster) }
        let account = Identity(
            user: "system:serviceaccount:workclaim:leaderless-operator",
            groups: ["system:serviceaccounts", "system:serviceaccounts:workclaim", "system:authenticated"]
        )
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        let leases = "/apis/coordination.k8s.io/v1/namespaces/workclaim/leases"
        let merge = TaskOwners.mergePatch
        func status(_ method: String, _ path: String, _ body: JSONValue? = nil) -> Int {
            cluster.send(method, path, body, type: method == "PATCH" ? merge : "application/json", as: account).status
        }
        #expect(status("POST", leases, ["metadata": ["name": "op-1"]]) == 201)
        #expect(status("PATCH", leases + "/op-1", ["spec": ["holderIdentity": "op-1"]]) == 200)
        #expect(status("GET", leases) == 200)
        #expect(status("GET", TaskOwners.all) == 200)
        #expect(status("PATCH", TaskOwners.path + "/t1", ["metadata": ["labels": ["a": "b"]]]) == 200)
        #expect(status("PATCH", TaskOwners.path + "/t1/status", ["status": ["phase": "Running"]]) == 200)
        #expect(status("GET", "/api/v1/namespaces/workclaim/pods") == 200)
        #expect(status("DELETE", TaskOwners.path + "/t1") == 200)
        #expect(status("POST", TaskOwners.path, TaskOwners.task("t2")) == 403)
        #expect(status("GET", "/api/v1/namespaces/workclaim/secrets") == 403)
        #expect(status("DELETE", "/api/v1/namespaces/workclaim/pods/p") == 403)
        let elsewhere = leases.replacing("/workclaim/", with: "/demo/")
        #expect(status("POST", elsewhere, ["metadata": ["name": "op-1"]]) == 403)
        #expect(status("GET", "/api/v1/namespaces/default/pods") == 403)
    }

    /// Its own certificate, and nobody else's secrets.
    @Test func webhooksRoleOfTheManifestsIsEnoughForItsCertificateAndNoMore() throws {
        var cluster = TaskOwners.cluster(authorization: .rbac)
        for file in ["namespace.yaml", "rbac.yaml"] { try ProjectManifests.apply(file, to: &cluster) }
        let account = Identity(
            user: "system:serviceaccount:workclaim:workclaim-webhook",
            groups: ["system:serviceaccounts", "system:serviceaccounts:workclaim", "system:authenticated"]
        )
        let secrets = "/api/v1/namespaces/workclaim/secrets"
        let hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
        for name in ["workclaim-webhook-tls", "other"] {
            cluster.send("POST", secrets, ["metadata": ["name": .string(name)]])
        }
        for name in ["workclaim", "other"] {
            cluster.send("POST", hooks, ["metadata": ["name": .string(name)], "webhooks": []])
        }
        func status(_ method: String, _ path: String, _ body: JSONValue? = nil) -> Int {
            let type = method == "PATCH" ? TaskOwners.mergePatch : "application/json"
            return cluster.send(method, path, body, type: type, as: account).status
        }
        for (path, own) in [(secrets, "workclaim-webhook-tls"), (hooks, "workclaim")] {
            #expect(status("GET", "\(path)/\(own)") == 200)
            #expect(status("GET", "\(path)?fieldSelector=metadata.name%3D\(own)") == 200)
            #expect(status("GET", "\(path)/other") == 403)
            #expect(status("GET", "\(path)?fieldSelector=metadata.name%3Dother") == 403)
            #expect(status("GET", "\(path)?fieldSelector=metadata.name!%3Dother") == 403)
            #expect(status("GET", path) == 403)
            #expect(status("DELETE", "\(path)/\(own)") == 403)
        }
        #expect(
            status("PUT", "\(secrets)/workclaim-webhook-tls", ["metadata": ["name": "workclaim-webhook-tls"]]) == 200
        )
        #expect(status("PUT", "\(secrets)/other", ["metadata": ["name": "other"]]) == 403)
        #expect(status("POST", secrets, ["metadata": ["name": "another"]]) == 403)
        #expect(status("PATCH", "\(hooks)/workclaim", ["metadata": ["labels": ["a": "b"]]]) == 200)
        #expect(status("PATCH", "\(hooks)/other", ["metadata": ["labels": ["a": "b"]]]) == 403)
        #expect(status("GET", TaskOwners.path) == 403)
    }

    /// RBAC lets it patch the configuration; the policy, nothing of it but the caBundle.
    @Test func theWebhookChangesNothingOfItsConfigurationButTheBundle() throws {
        var cluster = TaskOwners.cluster(authorization: .rbac)
        for file in ["namespace.yaml", "rbac.yaml", "admission-policies.yaml"] {
            try ProjectManifests.apply(file, to: &cluster)
        }
        let hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
        for object in try ProjectManifests.documents("webhook-configuration.yaml")
        where object["kind"] == "MutatingWebhookConfiguration" {
            #expect(cluster.send("POST", hooks, object).status == 201)
        }
        let account = Identity(
            user: "system:serviceaccount:workclaim:workclaim-webhook",
            groups: ["system:serviceaccounts", "system:serviceaccounts:workclaim", "system:authenticated"]
        )
        func patch(_ operations: [JSONValue], as identity: Identity? = nil) -> Int {
            let type = "application/json-patch+json"
            return cluster.send("PATCH", hooks + "/workclaim", .array(operations), type: type, as: identity ?? account)
                .status
        }
        let pods: JSONValue = ["operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]]
        let changes: [(String, JSONValue)] = [
            ("rules/0/resources", ["secrets"]), ("rules/-", pods),
            ("clientConfig/service/name", "other"), ("clientConfig/service/path", "/other"), ("matchConditions", []),
            ("failurePolicy", "Fail"), ("timeoutSeconds", 30), ("namespaceSelector", ["matchLabels": ["a": "b"]]),
            ("name", "another.workclaim.test"), ("reinvocationPolicy", "IfNeeded"),
        ]
        for (place, value) in changes {
            let change: JSONValue = ["op": "add", "path": .string("/webhooks/0/" + place), "value": value]
            #expect(patch([change]) == 403, "\(place)")
        }
        #expect(patch([["op": "remove", "path": "/webhooks/0"]]) == 403)
        #expect(patch([["op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "Y2E="]]) == 200)
        // Whom the policy is not about.
        let admin = Identity(user: "admin", groups: ["system:masters"])
        #expect(patch([["op": "add", "path": "/webhooks/0/timeoutSeconds", "value": 3]], as: admin) == 200)
    }

    @Test func bindingOfTheClusterHoldsEverywhere() {
        var cluster = world([])
        let role: JSONValue = ["metadata": ["name": "r"], "rules": [rule(["task-owners"], ["list"])]]
        cluster.send("POST", Self.rbac + "clusterroles", role)
        let binding: JSONValue = [
            "metadata": ["name": "b"], "roleRef": ["kind": "ClusterRole", "name": "r"],
            "subjects": [["kind": "Group", "name": "system:serviceaccounts:demo"]],
        ]
        cluster.send("POST", Self.rbac + "clusterrolebindings", binding)
        #expect(cluster.send("GET", TaskOwners.all, as: Self.robot).status == 200)
    }
}
