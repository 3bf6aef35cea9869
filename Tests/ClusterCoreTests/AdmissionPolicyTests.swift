import ClusterCore
import Testing
import Wire

/// Admission policies of any author: what is evaluated when, what a denial says, and what is refused at creation.
@Suite struct AdmissionPolicyTests {
    private static let group = "/apis/admissionregistration.k8s.io/v1/"
    private static let maps = "/api/v1/namespaces/demo/configmaps"

    private func spec(_ members: [(String, JSONValue)]) -> JSONValue {
        var spec: JSONValue = [
            "matchConstraints": [
                "resourceRules": [
                    ["apiGroups": [""], "apiVersions": ["*"], "operations": ["*"], "resources": ["configmaps"]]
                ]
            ]
        ]
        for (name, value) in members { spec[name] = value }
        return spec
    }

    @discardableResult
    private func add(_ spec: JSONValue, _ kind: String, _ cluster: inout TestCluster, actions: JSONValue = ["Deny"])
        -> Answer
    {
        let body: JSONValue = ["metadata": ["name": "p"], "spec": spec]
        let answer = cluster.send("POST", Self.group + "\(kind)admissionpolicies", body)
        var binding: JSONValue = ["metadata": ["name": "b"], "spec": ["policyName": "p"]]
        if kind == "validating" { binding["spec"]?["validationActions"] = actions }
        if answer.status == 201 {
            #expect(cluster.send("POST", Self.group + "\(kind)admissionpolicybindings", binding).status == 201)
        }
        return answer
    }

    private func validating(_ validations: JSONValue, _ more: [(String, JSONValue)] = []) -> JSONValue {
        spec([("validations", validations)] + more)
    }

    private func map(_ name: String, _ data: JSONValue = [:]) -> JSONValue {
        ["metadata": ["name": .string(name)], "data": data]
    }

    private func mutation(_ expression: String) -> JSONValue {
        ["patchType": "JSONPatch", "jsonPatch": ["expression": .string(expression)]]
    }

    @Test(
        arguments: [
            (nil, 422, "Invalid"), ("Forbidden", 403, "Forbidden"), ("Unauthorized", 401, "Unauthorized"),
            ("RequestEntityTooLarge", 413, "RequestEntityTooLarge"),
        ] as [(String?, Int, String)]
    )
    func denialHasTheCodeOfItsReason(given: String?, code: Int, reason: String) {
        var cluster = TaskOwners.cluster()
        var validation: JSONValue = ["expression": "object.metadata.name != 'bad'", "message": "no bad names"]
        validation["reason"] = given.map { .string($0) }
        add(validating([validation]), "validating", &cluster)
        let answer = cluster.send("POST", Self.maps, map("bad"))
        #expect(answer.status == code)
        #expect(answer.reason == reason)
        #expect(
            answer.message == """
                configmaps "bad" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no bad names
                """
        )
        #expect(cluster.send("POST", Self.maps, map("good")).status == 201)
    }

    @Test func messageIsComputedWrittenOrTheExpression() {
        for (members, message) in [
            ([("messageExpression", "'not ' + object.metadata.name"), ("message", "m")], "not a"),
            ([("message", "m")], "m"), ([], "failed expression: false"),
        ] as [([(String, JSONValue)], String)] {
            var cluster = TaskOwners.cluster()
            var validation: JSONValue = ["expression": "false"]
            for (name, value) in members { validation[name] = value }
            add(validating([validation]), "validating", &cluster)
            #expect(cluster.send("POST", Self.maps, map("a")).message.hasSuffix("denied request: " + message))
        }
    }

    @Test func warnOnlyWarns() {
        var cluster = TaskOwners.cluster()
        add(
            validating([["expression": "false", "message": "hm"]]),
            "validating",
            &cluster,
            actions: ["Warn", "Audit"]
        )
        let answer = cluster.send("POST", Self.maps, map("a"))
        #expect(answer.status == 201)
        let text = "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': hm"
        #expect(answer.warnings == ["299 - \"\(text)\""])
    }

    @Test func conditionsVariablesAndTheNamespaceAreSeen() {
        var cluster = TaskOwners.cluster()
        add(
            validating(
                [["expression": "variables.second == 'a'", "message": "team"]],
                [
                    ("matchConditions", [["name": "c", "expression": "request.name != 'free'"]]),
                    (
                        "variables",
                        [
                            ["name": "team", "expression": "namespaceObject.metadata.labels.team"],
                            ["name": "second", "expression": "variables.team"],
                        ]
                    ),
                ]
            ),
            "validating",
            &cluster
        )
        #expect(cluster.send("POST", Self.maps, map("ok")).status == 201)
        let elsewhere = Self.maps.replacing("/demo/", with: "/default/")
        #expect(cluster.send("POST", elsewhere, map("free")).status == 201)
        let failed = cluster.send("POST", elsewhere, map("x"))
        #expect(failed.status == 422, "default has no label team: an error, and failurePolicy is Fail")
        #expect(failed.message.contains("resulted in error: no such key"), "\(failed.message)")
    }

    @Test(arguments: [("Fail", 422), ("Ignore", 201)])
    func errorIsLeftToTheFailurePolicy(policy: String, status: Int) {
        for kind in ["validating", "mutating"] {
            var cluster = TaskOwners.cluster()
            let broken: JSONValue = .string("[JSONPatch{op: 'test', path: '/data/no', value: 'x'}]")
            let content: (String, JSONValue) =
                kind == "validating"
                ? ("validations", [["expression": "object.nope == 1"]])
                : ("mutations", [["patchType": "JSONPatch", "jsonPatch": ["expression": broken]]])
            let members = [content, ("failurePolicy", .string(policy)), ("reinvocationPolicy", "Never")]
            #expect(add(spec(members), kind, &cluster).status == 201)
            let answer = cluster.send("POST", Self.maps, map("a"))
            #expect(answer.status == status, "\(kind): \(answer.message)")
        }
    }

    @Test func mutatingPoliciesComeBeforeWebhooksAndValidatingOnesAfter() throws {
        var cluster = TaskOwners.cluster()
        let patch = "[JSONPatch{op: 'add', path: '/data', value: {'by': 'policy'}}]"
        add(spec([("mutations", [mutation(patch)]), ("reinvocationPolicy", "Never")]), "mutating", &cluster)
        add(validating([["expression": "object.data.by == 'webhook'"]]), "validating", &cluster)
        let hook = Hooks.configuration {
            $0["rules"] = [["apiGroups": [""], "apiVersions": ["*"], "operations": ["*"], "resources": ["configmaps"]]]
        }
        cluster.send("POST", Hooks.path, hook)
        cluster.webhook = { Hooks.allow($0, patch: [["op": "replace", "path": "/data/by", "value": "webhook"]]) }
        let created = cluster.send("POST", Self.maps, map("a"))
        #expect(created.status == 201, "\(created.message)")
        #expect(Hooks.request(try #require(cluster.calls.first)).value(at: ["object", "data", "by"]) == "policy")
    }

    @Test func policyIsReinvokedIfAWebhookChangedTheObject() {
        var cluster = TaskOwners.cluster()
        let count = "[JSONPatch{op: 'add', path: '/data/n', value: string(int(object.data.n) + 1)}]"
        add(spec([("mutations", [mutation(count)]), ("reinvocationPolicy", "IfNeeded")]), "mutating", &cluster)
        let hook = Hooks.configuration {
            $0["rules"] = [["apiGroups": [""], "apiVersions": ["*"], "operations": ["*"], "resources": ["configmaps"]]]
        }
        cluster.send("POST", Hooks.path, hook)
        cluster.webhook = { Hooks.allow($0, patch: [["op": "add", "path": "/data/hook", "value": "was here"]]) }
        let created = cluster.send("POST", Self.maps, map("a", ["n": "0"]))
        #expect(created["data", "n"] == "2")
        #expect(cluster.calls.count == 1, "the webhook's policy is Never")
    }

    @Test func bindingNarrowsWhereThePolicyHolds() {
        var cluster = TaskOwners.cluster()
        add(validating([["expression": "false"]]), "validating", &cluster)
        let narrower: JSONValue = ["spec": ["matchResources": ["namespaceSelector": ["matchLabels": ["team": "a"]]]]]
        let path = Self.group + "validatingadmissionpolicybindings/b"
        #expect(cluster.send("PATCH", path, narrower, type: TaskOwners.mergePatch).status == 200)
        #expect(cluster.send("POST", Self.maps, map("a")).status == 422)
        #expect(cluster.send("POST", Self.maps.replacing("/demo/", with: "/default/"), map("a")).status == 201)
        cluster.send("DELETE", path)
        #expect(cluster.send("POST", Self.maps, map("a")).status == 201, "without a binding a policy does nothing")
    }

    @Test(
        arguments: [
            ([("validations", [["expression": "object.frobnicate()"]])], "frobnicate"),
            ([("validations", [["expression": "variables.nope"]])], "undefined field 'nope' of variables"),
            ([("validations", [["expression": "params.x == 1"]])], "undeclared reference to 'params'"),
            (
                [("validations", [["expression": "Object{spec: 1} == 2"]])],
                "struct literal 'Object{…}' is not supported"
            ),
            ([("validations", [])], "spec.validations: Required value"),
            ([("validations", [["expression": "true"]]), ("paramKind", ["kind": "X"])], "spec.paramKind: Forbidden"),
            ([("validations", [["expression": "true", "reason": "Odd"]])], "Unsupported value: \"Odd\""),
            (
                [
                    ("validations", [["expression": "true"]]),
                    ("matchConditions", [["name": "c", "expression": "variables.x"]]),
                ],
                "undeclared reference to 'variables'"
            ),
        ] as [([(String, JSONValue)], String)]
    )
    func whatCannotBeEvaluatedIsRefusedByNameAtCreation(members: [(String, JSONValue)], message: String) {
        var cluster = TaskOwners.cluster()
        let answer = add(spec(members), "validating", &cluster)
        #expect(answer.status == 422)
        #expect(answer.message.contains(message), "\(answer.message)")
    }

    @Test(
        arguments: [
            (
                ["patchType": "ApplyConfiguration", "applyConfiguration": ["expression": "Object{}"]],
                "ApplyConfiguration"
            ),
            (
                ["patchType": "JSONPatch", "jsonPatch": ["expression": "[JSONPatch{op: 'add', where: '/x'}]"]],
                "undefined field 'where' of 'JSONPatch'"
            ),
        ] as [(JSONValue, String)]
    )
    func mutationThatCannotBeMadeIsRefusedByNameAtCreation(mutation: JSONValue, message: String) {
        var cluster = TaskOwners.cluster()
        let answer = add(spec([("mutations", [mutation]), ("reinvocationPolicy", "Never")]), "mutating", &cluster)
        #expect(answer.status == 422)
        #expect(answer.message.contains(message), "\(answer.message)")
    }
}
