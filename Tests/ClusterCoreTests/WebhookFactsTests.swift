import ClusterCore
import Testing
import Wire

/// What was measured about how a real API server calls webhooks and takes their answers, held here to ours.
@Suite struct WebhookFactsTests {
    private func cluster(_ adjust: (inout JSONValue) -> Void = { _ in }) -> TestCluster {
        var cluster = TaskOwners.cluster()
        let answer = cluster.send("POST", Hooks.path, Hooks.configuration(adjust))
        #expect(answer.status == 201, "\(answer.message)")
        cluster.webhook = { Hooks.allow($0) }
        return cluster
    }

    private static func fails(_ webhook: inout JSONValue) { webhook["failurePolicy"] = "Fail" }

    // MARK: - The call

    @Test func callIsMadeAsARealServerMakesIt() throws {
        var cluster = cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        let call = try #require(cluster.calls.first)
        #expect(call.request.method == "POST")
        #expect(call.request.target == "/mutate/task-owners?timeout=2s")
        #expect(call.request.fields["user-agent"] == "kube-apiserver-admission")
        #expect(call.request.fields["accept"] == "application/json, */*")
        #expect(call.request.fields["content-type"] == "application/json")
        #expect(call.request.fields["accept-encoding"] == "gzip")
        #expect(call.request.body.last == 0x0A, "the body ends in a newline")
        #expect(call.timeout == .seconds(2))
        #expect(call.caBundle == Array("ca".utf8))
        #expect(call.serverName == "127.0.0.1")
    }

    @Test func timeoutIsTheSmallerOfTheWebhooksAndTheClients() {
        var cluster = cluster { $0["timeoutSeconds"] = 10 }
        cluster.send("POST", TaskOwners.path + "?timeout=3s", TaskOwners.task("t1"))
        cluster.send("POST", TaskOwners.path + "?timeout=1m", TaskOwners.task("t2"))
        #expect(cluster.calls.map(\.timeout) == [.seconds(3), .seconds(10)])
        #expect(cluster.calls.first?.request.target.hasSuffix("?timeout=3s") == true)
    }

    @Test func angleBracketsAndAmpersandsAreEscaped() throws {
        var cluster = cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1", ["payload": ["x": "<&>"]]))
        let text = String(decoding: try #require(cluster.calls.first).request.body, as: UTF8.self)
        #expect(text.contains("\\u003c\\u0026\\u003e"))
        #expect(cluster.send("GET", TaskOwners.path + "/t1")["spec", "payload", "x"] == "<&>")
    }

    // MARK: - The review

    @Test func reviewHasTheMembersOfARealOneInItsOrder() throws {
        var cluster = cluster()
        cluster.send(
            "POST",
            TaskOwners.path + "?fieldManager=kubectl-create&fieldValidation=Strict",
            TaskOwners.task("t1", ["owner": "alice"])
        )
        let text = String(decoding: try #require(cluster.calls.first).request.body, as: UTF8.self)
        let uid = Hooks.request(cluster.calls[0])["uid"]?.stringValue ?? ""
        let kind = #"{"group":"future.ideas.protosam","version":"v1beta1","kind":"TaskOwner"}"#
        let resource = #"{"group":"future.ideas.protosam","version":"v1beta1","resource":"task-owners"}"#
        let expected =
            #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"\#(uid)","kind":\#(kind),"#
            + #""resource":\#(resource),"requestKind":\#(kind),"requestResource":\#(resource),"name":"t1","#
            + #""namespace":"demo","operation":"CREATE","userInfo":{"username":"rig-admin","groups":["system:masters","#
            + #""system:authenticated"]},"object":{"apiVersion":"future.ideas.protosam/v1beta1","kind":"TaskOwner","#
            + #""metadata":{"managedFields":[{"apiVersion":"future.ideas.protosam/v1beta1","fieldsType":"FieldsV1","#
            + #""fieldsV1":{"f:spec":{".":{},"f:owner":{},"f:ownership":{".":{},"f:epoch":{}}}},"#
            + #""manager":"kubectl-create","operation":"Update","time":"2026-11-22T16:38:00Z"}],"#
            + #""name":"t1","namespace":"demo"},"spec":{"owner":"alice","ownership":{"epoch":0}},"#
            + #""status":{"fence":""}},"oldObject":null,"dryRun":false,"options":{"kind":"CreateOptions","#
            + #""apiVersion":"meta.k8s.io/v1","fieldManager":"kubectl-create","fieldValidation":"Strict"}}}"# + "\n"
        #expect(text == expected)
    }

    @Test func createWithANameHasNoServerFieldsYet() throws {
        var cluster = cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        let request = Hooks.request(try #require(cluster.calls.first))
        #expect(request["name"] == "t1")
        for name in ["uid", "creationTimestamp", "generation", "resourceVersion"] {
            #expect(request.value(at: ["object", "metadata", name]) == nil)
        }
        #expect(request["oldObject"] == .null)
    }

    @Test func createWithGenerateNameHasNoName() throws {
        var cluster = cluster()
        let task: JSONValue = [
            "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": ["generateName": "gen-"],
        ]
        let created = cluster.send("POST", TaskOwners.path, task)
        let request = Hooks.request(try #require(cluster.calls.first))
        #expect(request["name"] == nil)
        #expect(request.value(at: ["object", "metadata", "name"]) == nil)
        #expect(created.name.hasPrefix("gen-"))
        #expect(created.name.count == 9)
    }

    @Test func putHoldsWhatTheClientSentAndOldObjectTheRest() throws {
        var cluster = cluster()
        let created = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        var task = TaskOwners.task("t1", ["owner": "", "payload": ["a": 1]])
        task["metadata"]?["resourceVersion"] = .string(created.resourceVersion)
        #expect(cluster.send("PUT", TaskOwners.path + "/t1", task).status == 200)
        let request = Hooks.request(try #require(cluster.calls.last))
        #expect(request.value(at: ["object", "metadata", "uid"]) == nil)
        #expect(request.value(at: ["oldObject", "metadata", "uid"]) == created["metadata", "uid"])
        #expect(request.value(at: ["options", "kind"]) == "UpdateOptions")
    }

    @Test func patchHasUidAndTheOldGeneration() throws {
        var cluster = cluster()
        let created = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        cluster.send("PATCH", TaskOwners.path + "/t1", ["spec": ["payload": ["a": 1]]], type: TaskOwners.mergePatch)
        let request = Hooks.request(try #require(cluster.calls.last))
        #expect(request.value(at: ["object", "metadata", "uid"]) == created["metadata", "uid"])
        #expect(request.value(at: ["object", "metadata", "generation"]) == 1)
        #expect(request.value(at: ["options", "kind"]) == "UpdateOptions")
    }

    @Test func noopPatchStillCallsTheWebhook() {
        var cluster = cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        cluster.send("PATCH", TaskOwners.path + "/t1", [:], type: TaskOwners.mergePatch)
        #expect(cluster.calls.count == 2)
    }

    @Test func dryRunIsSaidAndNothingIsKept() throws {
        var cluster = cluster()
        let answer = cluster.send("POST", TaskOwners.path + "?dryRun=All", TaskOwners.task("t1"))
        #expect(answer.status == 201)
        let request = Hooks.request(try #require(cluster.calls.first))
        #expect(request["dryRun"] == true)
        #expect(request.value(at: ["options", "dryRun"]) == ["All"])
        #expect(cluster.send("GET", TaskOwners.path + "/t1").status == 404)
    }

    @Test(arguments: [("None", 201), ("NoneOnDryRun", 201), ("Some", 422), ("Unknown", 422)])
    func sideEffectsOtherThanNoneAreNotAccepted(sideEffects: String, status: Int) {
        var cluster = TaskOwners.cluster()
        let answer = cluster.send("POST", Hooks.path, Hooks.configuration { $0["sideEffects"] = .string(sideEffects) })
        #expect(answer.status == status)
    }

    @Test func ruleForTheResourceDoesNotFireForStatus() {
        var cluster = cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        cluster.send("PATCH", TaskOwners.path + "/t1/status", ["status": ["phase": "A"]], type: TaskOwners.mergePatch)
        #expect(cluster.calls.count == 1)
    }

    @Test func ruleForStatusSeesSpecChangesThatAreDiscardedLater() throws {
        var cluster = cluster { $0["rules"] = [rule("UPDATE", "task-owners/status")] }
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        let patch: JSONValue = ["status": ["phase": "A"], "spec": ["payload": ["x": 1]]]
        let answer = cluster.send("PATCH", TaskOwners.path + "/t1/status", patch, type: TaskOwners.mergePatch)
        let request = Hooks.request(try #require(cluster.calls.first))
        #expect(request["subResource"] == "status")
        #expect(request.value(at: ["object", "spec", "payload", "x"]) == 1)
        #expect(answer["spec", "payload"] == nil)
    }

    @Test func deleteHasOnlyTheOldObjectAndCollectionsNoName() throws {
        var cluster = cluster { $0["rules"] = [rule("DELETE", "task-owners")] }
        for name in ["a", "b", "c"] { cluster.send("POST", TaskOwners.path, TaskOwners.task(name)) }
        cluster.send("DELETE", TaskOwners.path + "/a", ["propagationPolicy": "Background"])
        let single = Hooks.request(try #require(cluster.calls.last))
        #expect(single["name"] == "a")
        #expect(single["object"] == .null)
        #expect(single.value(at: ["oldObject", "metadata", "name"]) == "a")
        #expect(
            single["options"] == [
                "kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1", "propagationPolicy": "Background",
            ]
        )
        cluster.send("DELETE", TaskOwners.path)
        #expect(cluster.calls.count == 3)
        #expect(Hooks.request(cluster.calls[2])["name"] == nil)
    }

    @Test func namespaceDeletionAsksWithoutAName() throws {
        var cluster = cluster { $0["rules"] = [rule("DELETE", "task-owners")] }
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        cluster.send("DELETE", "/api/v1/namespaces/demo")
        let request = Hooks.request(try #require(cluster.calls.first))
        #expect(request["operation"] == "DELETE")
        #expect(request["name"] == nil)
        let user = try #require(request["userInfo"])
        #expect(user["username"] == "system:serviceaccount:kube-system:namespace-controller")
        #expect(user["uid"]?.stringValue?.count == 36)
        #expect(user.at("extra", "authentication.kubernetes.io/credential-id")?.arrayValue?.count == 1)
        #expect(cluster.send("GET", "/api/v1/namespaces/demo").status == 404)
    }

    @Test func removingAFinalizerIsAnUpdateWithDeletionTimestamp() throws {
        var cluster = cluster()
        var task = TaskOwners.task("t1")
        task["metadata"]?["finalizers"] = ["rig.example.com/f"]
        cluster.send("POST", TaskOwners.path, task)
        cluster.send("DELETE", TaskOwners.path + "/t1")
        #expect(cluster.send("GET", TaskOwners.path + "/t1")["metadata", "deletionTimestamp"] != nil)
        cluster.send("PATCH", TaskOwners.path + "/t1", ["metadata": ["finalizers": .null]], type: TaskOwners.mergePatch)
        let request = Hooks.request(try #require(cluster.calls.last))
        #expect(request["operation"] == "UPDATE")
        #expect(request.value(at: ["object", "metadata", "deletionTimestamp"]) != nil)
        #expect(request.value(at: ["object", "metadata", "deletionGracePeriodSeconds"]) == 0)
        #expect(request.value(at: ["object", "metadata", "generation"]) == 2, "the mark of deletion counted")
        #expect(cluster.send("GET", TaskOwners.path + "/t1").status == 404)
    }

    @Test func userInfoHasUidForServiceAccountsAndNoneForCertificates() throws {
        var cluster = cluster()
        let made = cluster.send("POST", "/api/v1/namespaces/demo/serviceaccounts", ["metadata": ["name": "op"]])
        let account = Identity(user: "system:serviceaccount:demo:op", groups: ["g"], extra: [("k", ["v"])])
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"), as: account)
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t2"))
        #expect(Hooks.request(cluster.calls[0]).value(at: ["userInfo", "uid"]) == made["metadata", "uid"])
        #expect(Hooks.request(cluster.calls[0]).value(at: ["userInfo", "extra", "k"]) == ["v"])
        #expect(Hooks.request(cluster.calls[1]).value(at: ["userInfo", "uid"]) == nil)
    }

    // MARK: - The answer

    @Test(arguments: ["Fail", "Ignore"])
    func denialIs403WhateverTheFailurePolicy(policy: String) {
        var cluster = cluster { $0["failurePolicy"] = .string(policy) }
        cluster.webhook = {
            Hooks.allow($0) {
                $0["allowed"] = false; $0["status"] = ["code": 403, "message": "not today"]
            }
        }
        let answer = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(answer.status == 403)
        #expect(answer.message == #"admission webhook "owner.workclaim.test" denied the request: not today"#)
    }

    @Test func warningsAreSentAndOneWithANewlineIsDropped() {
        var cluster = cluster()
        cluster.webhook = { Hooks.allow($0) { $0["warnings"] = ["no live \"pod\"", "two\nlines"] } }
        let answer = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(answer.status == 201)
        #expect(answer.warnings == [#"299 - "no live \"pod\"""#])
    }

    @Test(
        arguments: [
            [["op": "add", "path": "/spec/missing/deep", "value": 1]],
            [["op": "test", "path": "/spec/owner", "value": "x"]],
        ] as [JSONValue]
    )
    func patchThatDoesNotApplyIs500EvenWithIgnoreAndDoesNotNameTheWebhook(patch: JSONValue) {
        var cluster = cluster()
        cluster.webhook = { Hooks.allow($0, patch: patch) }
        let answer = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(answer.status == 500)
        #expect(answer.message.hasPrefix("Internal error occurred: "))
        #expect(!answer.message.contains("owner.workclaim.test"))
    }

    @Test(
        arguments: [
            ("patch without patchType", ["patch": "W10="]), ("patchType without patch", ["patchType": "JSONPatch"]),
            ("null patch", ["patch": .null, "patchType": "JSONPatch"]), ("wrong uid", ["uid": "other"]),
            ("no uid", ["uid": .null]), ("unknown patchType", ["patch": "W10=", "patchType": "Merge"]),
        ] as [(String, JSONValue)]
    )
    func unlawfulAnswerFailsTheCall(what: String, members: JSONValue) {
        for (policy, status) in [("Fail", 500), ("Ignore", 201)] {
            var cluster = cluster { $0["failurePolicy"] = .string(policy) }
            cluster.webhook = { call in
                Hooks.allow(call) { answer in
                    for (name, value) in members.objectValue?.members ?? [] { answer[name] = value }
                }
            }
            let answer = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
            #expect(answer.status == status, "\(what), \(policy): \(answer.message)")
            if status == 500 { #expect(answer.message.contains(#"failed calling webhook "owner.workclaim.test""#)) }
        }
    }

    @Test(arguments: [("kind", "Other"), ("apiVersion", "admission.k8s.io/v1beta1")])
    func wrongKindOrVersionFailsTheCall(member: String, value: String) {
        var cluster = cluster(Self.fails)
        cluster.webhook = { call in
            guard case .success(let response) = Hooks.allow(call), var review = try? JSONValue.parse(response.body)
            else {
                return .failure(WebhookFailure("the test is broken"))
            }
            review[member] = .string(value)
            return .success(.json(200, review))
        }
        let answer = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(answer.status == 500)
        #expect(answer.message.contains("expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview"))
    }

    @Test func emptyPatchIsAccepted() {
        var cluster = cluster(Self.fails)
        cluster.webhook = { Hooks.allow($0, patch: []) }
        #expect(cluster.send("POST", TaskOwners.path, TaskOwners.task("t1")).status == 201)
    }

    @Test func patchOfTheWrongTypeIsASchemaErrorAndAnUnknownFieldIsPruned() {
        var cluster = cluster()
        cluster.webhook = { Hooks.allow($0, patch: [["op": "add", "path": "/spec/owner", "value": 7]]) }
        let refused = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(refused.status == 422)
        cluster.webhook = { Hooks.allow($0, patch: [["op": "add", "path": "/spec/colour", "value": "red"]]) }
        let pruned = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(pruned.status == 201)
        #expect(pruned["spec", "colour"] == nil)
    }

    @Test(arguments: [("Fail", 500), ("Ignore", 201)])
    func failedCallIsLeftToTheFailurePolicy(policy: String, status: Int) {
        var cluster = cluster { $0["failurePolicy"] = .string(policy) }
        cluster.webhook = { _ in .failure(WebhookFailure("Post \"https://x\": dial tcp: connection refused")) }
        let answer = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(answer.status == status)
        if status == 500 {
            #expect(
                answer.message == #"Internal error occurred: failed calling webhook "owner.workclaim.test": "#
                    + #"failed to call webhook: Post "https://x": dial tcp: connection refused"#
            )
        }
    }

    @Test func updateIsTriedAgainWithTheNewObjectWhenItChangedDuringTheCall() {
        var cluster = cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        cluster.webhook = nil
        let patch = cluster.start(
            "PATCH",
            TaskOwners.path + "/t1",
            ["spec": ["payload": ["a": 1]]],
            type: TaskOwners.mergePatch
        )
        cluster.send("PATCH", TaskOwners.path + "/t1/status", ["status": ["phase": "B"]], type: TaskOwners.mergePatch)
        let first = cluster.waiting[0]
        cluster.answer(first.id, Hooks.allow(first.call))
        #expect(cluster.answers[patch] == nil)
        #expect(cluster.waiting.count == 1, "the webhook is called again")
        let second = cluster.waiting[0]
        #expect(Hooks.request(second.call).value(at: ["oldObject", "status", "phase"]) == "B")
        cluster.answer(second.id, Hooks.allow(second.call))
        let answer = cluster.answers[patch].map(Answer.init)
        #expect(answer?.status == 200)
        #expect(answer?["status", "phase"] == "B")
        #expect(answer?["spec", "payload", "a"] == 1)
    }

    @Test func writeOfAClientThatWentAwayIsNotDone() {
        var cluster = cluster()
        cluster.webhook = nil
        let id = cluster.start("POST", TaskOwners.path, TaskOwners.task("t1"))
        cluster.cancel(id)
        let call = cluster.waiting[0]
        cluster.answer(call.id, Hooks.allow(call.call))
        #expect(cluster.send("GET", TaskOwners.path + "/t1").status == 404)
    }

    // MARK: - Validating webhooks

    @Test func validatingWebhookSeesTheCompletedObjectAndMayDeny() throws {
        var cluster = cluster()
        let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
        cluster.send("POST", path, Hooks.configuration { $0["name"] = "judge.workclaim.test" })
        cluster.webhook = { Hooks.allow($0, patch: [["op": "add", "path": "/spec/owner", "value": "p1"]]) }
        let created = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(created["spec", "owner"] == "p1", "the patch of the validating one is not taken")
        #expect(cluster.calls.map(\.webhook) == ["owner.workclaim.test", "judge.workclaim.test"])
        let seen = Hooks.request(cluster.calls[1])
        #expect(seen.value(at: ["object", "metadata", "uid"]) == created["metadata", "uid"])
        #expect(seen.value(at: ["object", "spec", "owner"]) == "p1")
        cluster.webhook = { call in
            Hooks.allow(call) { if call.webhook == "judge.workclaim.test" { $0["allowed"] = false } }
        }
        #expect(cluster.send("POST", TaskOwners.path, TaskOwners.task("t2")).status == 403)
        #expect(cluster.send("GET", TaskOwners.path + "/t2").status == 404)
    }

    // MARK: - Selection

    @Test(arguments: [("a", 1), ("b", 0)])
    func namespaceSelectorChoosesByTheNamespacesLabels(team: String, calls: Int) {
        var cluster = cluster { $0["namespaceSelector"] = ["matchLabels": ["team": .string(team)]] }
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(cluster.calls.count == calls)
    }

    @Test func objectSelectorTakesTheNewOrTheOldLabels() {
        var cluster = cluster { $0["objectSelector"] = ["matchLabels": ["hook": "yes"]] }
        cluster.send("POST", TaskOwners.path, TaskOwners.task("plain"))
        #expect(cluster.calls.isEmpty)
        var task = TaskOwners.task("marked")
        task["metadata"]?["labels"] = ["hook": "yes"]
        cluster.send("POST", TaskOwners.path, task)
        #expect(cluster.calls.count == 1)
        cluster.send("PATCH", TaskOwners.path + "/marked", ["metadata": ["labels": .null]], type: TaskOwners.mergePatch)
        #expect(cluster.calls.count == 2, "the old labels count too")
    }

    @Test func matchConditionsDecide() {
        let expression = """
            request.operation == 'CREATE' || object.spec.owner == '' || object.spec.owner != oldObject.spec.owner
            """
        var cluster = cluster {
            $0["matchConditions"] = [["name": "ownership", "expression": .string(expression)]]
        }
        cluster.webhook = Hooks.assign("p1")
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(cluster.calls.count == 1)
        let label: JSONValue = ["metadata": ["labels": ["a": "b"]]]
        #expect(cluster.send("PATCH", TaskOwners.path + "/t1", label, type: TaskOwners.mergePatch).status == 200)
        #expect(cluster.calls.count == 1, "an owned task that keeps its owner is not asked about")
    }

    @Test func conditionThatDoesNotCompileIsRefused() {
        var cluster = TaskOwners.cluster()
        let answer = cluster.send(
            "POST",
            Hooks.path,
            Hooks.configuration { $0["matchConditions"] = [["name": "c", "expression": "object.frobnicate()"]] }
        )
        #expect(answer.status == 422)
        #expect(answer.message.contains("frobnicate"), "\(answer.message)")
    }

    @Test func serviceIsResolvedToReadyEndpoints() throws {
        var cluster = cluster {
            $0["clientConfig"] = ["service": ["namespace": "demo", "name": "hook", "path": "/m"], "caBundle": "Y2E="]
        }
        cluster.send("POST", TaskOwners.path, TaskOwners.task("before"))
        #expect(cluster.calls.last?.endpoints == .failure(WebhookFailure("service \"hook\" not found")))
        let port: JSONValue = ["name": "https", "port": 443, "targetPort": 8443]
        cluster.send(
            "POST",
            "/api/v1/namespaces/demo/services",
            ["metadata": ["name": "hook"], "spec": ["ports": [port]]]
        )
        let slice: JSONValue = [
            "metadata": ["name": "hook-1", "labels": ["kubernetes.io/service-name": "hook"]], "addressType": "IPv4",
            "ports": [["name": "https", "port": 9443]],
            "endpoints": [
                ["addresses": ["10.0.0.1"], "conditions": ["ready": true]],
                ["addresses": ["10.0.0.2"], "conditions": ["ready": false, "serving": true, "terminating": true]],
                ["addresses": ["10.0.0.3"]],
            ],
        ]
        cluster.send("POST", "/apis/discovery.k8s.io/v1/namespaces/demo/endpointslices", slice)
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        let call = try #require(cluster.calls.last)
        #expect(call.serverName == "hook.demo.svc")
        #expect(call.url == "https://hook.demo.svc:443/m?timeout=2s")
        #expect(call.isService)
        let endpoints = try #require(call.endpoints).get()
        #expect(endpoints.map(\.host) == ["10.0.0.1", "10.0.0.3"])
        #expect(endpoints.allSatisfy { $0.port == 9443 })
    }
}

private func rule(_ operation: String, _ resource: String) -> JSONValue {
    [
        "apiGroups": ["future.ideas.protosam"], "apiVersions": ["*"], "operations": [.string(operation)],
        "resources": [.string(resource)],
    ]
}
