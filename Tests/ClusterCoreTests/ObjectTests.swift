import ClusterCore
import Testing
import Wire

/// Objects of any type: what a create, a replace and a patch may say, and how a refusal reads.
@Suite struct ObjectTests {
    static let maps = "/api/v1/namespaces/default/configmaps"
    static let pods = "/api/v1/namespaces/default/pods"

    private func map(_ name: String, _ adjust: (inout JSONValue) -> Void = { _ in }) -> JSONValue {
        var map: JSONValue = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)]]
        adjust(&map)
        return map
    }

    @Test func createdObjectHasWhatTheServerAdds() {
        var cluster = TestCluster()
        let answer = cluster.send("POST", Self.maps, map("a"))
        #expect(answer.status == 201)
        #expect(answer["metadata", "namespace"] == "default")
        #expect(answer["metadata", "creationTimestamp"] == "2026-11-22T16:38:00Z")
        #expect(answer["metadata", "uid"]?.stringValue?.count == 36)
        #expect(Int64(answer.resourceVersion) != nil)
    }

    @Test func sameSeedAndEventsGiveTheSameBytes() {
        func story(_ seed: UInt64) -> [UInt8] {
            var cluster = TestCluster(seed: seed)
            cluster.send("POST", Self.maps, ["metadata": ["generateName": "a-"]])
            cluster.send(
                "POST",
                "/api/v1/namespaces/default/services",
                ["metadata": ["name": "s"], "spec": ["ports": [["port": 1]]]]
            )
            return cluster.send("GET", Self.maps).response.body
        }
        #expect(story(1) == story(1))
        #expect(story(1) != story(2))
    }

    @Test func notFoundReadsAsKubectlPrintsIt() {
        var cluster = TaskOwners.cluster()
        let answer = cluster.send("GET", TaskOwners.path + "/x")
        #expect(
            answer.json == [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "reason": "NotFound",
                "message": #"task-owners.future.ideas.protosam "x" not found"#, "code": 404,
                "details": ["name": "x", "group": "future.ideas.protosam", "kind": "task-owners"],
            ]
        )
    }

    @Test func secondCreateAlreadyExists() {
        var cluster = TestCluster()
        cluster.send("POST", Self.maps, map("a"))
        let again = cluster.send("POST", Self.maps, map("a"))
        #expect(again.status == 409)
        #expect(again.reason == "AlreadyExists")
        #expect(again.message == #"configmaps "a" already exists"#)
    }

    @Test func staleReplaceConflicts() {
        var cluster = TestCluster()
        let first = cluster.send("POST", Self.maps, map("a"))
        cluster.send("PATCH", Self.maps + "/a", ["data": ["a": "1"]], type: TaskOwners.mergePatch)
        let stale = cluster.send("PUT", Self.maps + "/a", first.json)
        #expect(stale.status == 409)
        #expect(stale.reason == "Conflict")
        #expect(
            stale.message == #"Operation cannot be fulfilled on configmaps "a": the object has been modified; "#
                + "please apply your changes to the latest version and try again"
        )
        let blind = cluster.send("PUT", Self.maps + "/a", map("a"))
        #expect(blind.status == 200, "without a resourceVersion it replaces whatever is there")
        #expect(blind["data"] == nil)
    }

    @Test func uidOfAnotherLifeConflicts() {
        var cluster = TestCluster()
        let first = cluster.send("POST", Self.maps, map("a"))
        cluster.send("DELETE", Self.maps + "/a")
        cluster.send("POST", Self.maps, map("a"))
        var ghost = first.json
        ghost["metadata"]?["resourceVersion"] = nil
        let answer = cluster.send("PUT", Self.maps + "/a", ghost)
        #expect(answer.status == 409)
        #expect(answer.message.contains("Precondition failed: UID in precondition"))
    }

    @Test(
        arguments: [
            ("POST", maps, ["metadata": [:]] as JSONValue, 422, "name or generateName is required"),
            ("POST", maps, ["metadata": ["name": "Upper"]], 422, "a lowercase RFC 1123 subdomain"),
            ("POST", maps, ["metadata": ["name": "a", "labels": ["k": "not valid"]]], 422, "a valid label must be"),
            ("POST", maps, ["metadata": ["name": "a", "labels": ["k": 7]]], 400, "ObjectMeta.metadata.labels"),
            (
                "POST", maps, ["metadata": ["name": "a", "namespace": "other"]], 400,
                "namespace of the provided object does not match"
            ),
            ("POST", maps, ["kind": "Secret", "metadata": ["name": "a"]], 400, "cannot be handled as a Secret"),
            (
                "POST", maps, ["metadata": ["name": "a", "resourceVersion": "5"]], 500,
                "resourceVersion should not be set"
            ),
            (
                "POST", maps, ["metadata": ["name": "a", "finalizers": ["no slash but ok?"]]], 422,
                "metadata.finalizers"
            ),
            ("PUT", maps + "/a", ["metadata": ["name": "b"]], 400, "does not match the name on the URL (a)"),
            ("PUT", maps + "/a", ["metadata": ["name": "a"]], 404, #"configmaps "a" not found"#),
            (
                "POST", "/api/v1/namespaces/nowhere/configmaps", ["metadata": ["name": "a"]], 404,
                #"namespaces "nowhere" not found"#
            ),
            ("POST", "/api/v1/configmaps", ["metadata": ["name": "a"]], 405, "does not allow this method"),
            ("POST", maps + "/a", ["metadata": ["name": "a"]], 405, "does not allow this method"),
            ("GET", "/api/v1/namespaces/default/gadgets", nil, 404, "could not find the requested resource"),
            ("GET", "/apis/none.example.com/v1/things", nil, 404, "could not find the requested resource"),
            ("GET", maps + "/a/status", nil, 404, "could not find the requested resource"),
            ("POST", "/api/v1/namespaces", ["metadata": ["name": "a.b"]], 422, "a lowercase RFC 1123 label"),
        ] as [(String, String, JSONValue?, Int, String)]
    )
    func refusals(method: String, path: String, body: JSONValue?, status: Int, text: String) {
        var cluster = TestCluster()
        let answer = cluster.send(method, path, body)
        #expect(answer.status == status, "\(answer.message)")
        #expect(answer.message.contains(text), "\(answer.message)")
        #expect(answer["kind"] == "Status")
    }

    @Test func identityOfAnObjectCannotBeChanged() {
        var cluster = TestCluster()
        cluster.send("POST", Self.maps, map("a"))
        for (member, value) in [("name", "b"), ("namespace", "other"), ("creationTimestamp", "2020-01-01T00:00:00Z")] {
            let answer = cluster.send(
                "PATCH",
                Self.maps + "/a",
                ["metadata": .object(JSONObject([(member, .string(value))]))],
                type: TaskOwners.mergePatch
            )
            #expect([400, 422].contains(answer.status), "\(member)")
        }
    }

    @Test func generatedNameIsDrawnAgainWithoutAskingTheWebhookAgain() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", Hooks.path, Hooks.configuration())
        cluster.webhook = { Hooks.allow($0) }
        let generated: JSONValue = [
            "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": ["generateName": "g-"],
        ]
        // A cluster is a value: what its copy draws, it draws itself.
        var copy = cluster
        copy.send("POST", TaskOwners.path, TaskOwners.task("first"))
        let name = copy.send("POST", TaskOwners.path, generated).name
        cluster.send("POST", TaskOwners.path, TaskOwners.task(name))
        let answer = cluster.send("POST", TaskOwners.path, generated)
        #expect(answer.status == 201)
        #expect(answer.name != name)
        #expect(answer.name.hasPrefix("g-"))
        #expect(cluster.calls.count == 2)
    }

    @Test func unknownFieldsAreWarnedOfRefusedOrIgnoredAsAsked() {
        var cluster = TaskOwners.cluster()
        let warned = cluster.send("POST", TaskOwners.path, TaskOwners.task("a", ["foo": 1]))
        #expect(warned.status == 201)
        #expect(warned.warnings == [#"299 - "unknown field \"spec.foo\"""#])
        let refused = cluster.send(
            "POST",
            TaskOwners.path + "?fieldValidation=Strict",
            TaskOwners.task("b", ["foo": 1])
        )
        #expect(refused.status == 400)
        #expect(refused.message.hasSuffix(#"strict decoding error: unknown field "spec.foo""#))
        let ignored = cluster.send(
            "POST",
            TaskOwners.path + "?fieldValidation=Ignore",
            TaskOwners.task("c", ["foo": 1])
        )
        #expect(ignored.warnings.isEmpty)
        #expect(ignored["spec", "foo"] == nil)
    }

    @Test(arguments: [
        ("application/strategic-merge-patch+json", "accepted media types include: application/json-patch+json"),
        ("text/plain", "accepted media types include"),
    ])
    func patchTypesThatAreNotRead(type: String, text: String) {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("a"))
        let answer = cluster.send("PATCH", TaskOwners.path + "/a", [:], type: type)
        #expect(answer.status == 415)
        #expect(answer.message.contains(text))
    }

    @Test func patchesAndBodiesHaveLimits() {
        var cluster = TestCluster()
        cluster.send("POST", Self.maps, map("a"))
        let operation: JSONValue = ["op": "test", "path": "/kind", "value": "ConfigMap"]
        let many = cluster.send(
            "PATCH",
            Self.maps + "/a",
            .array(Array(repeating: operation, count: 10_001)),
            type: TaskOwners.jsonPatch
        )
        #expect(many.status == 413)
        #expect(many.message.contains("The allowed maximum operations in a JSON patch is 10000, got 10001"))
        let large = cluster.send("POST", Self.maps, raw: [UInt8](repeating: 0x20, count: 3 * 1024 * 1024 + 1))
        #expect(large.status == 413)
    }

    @Test func dryRunAnswersAndKeepsNothing() {
        var cluster = TestCluster()
        #expect(cluster.send("POST", Self.maps + "?dryRun=All", map("a")).status == 201)
        #expect(cluster.send("GET", Self.maps + "/a").status == 404)
        let created = cluster.send("POST", Self.maps, map("a"))
        let patched = cluster.send(
            "PATCH",
            Self.maps + "/a?dryRun=All",
            ["data": ["x": "y"]],
            type: TaskOwners.mergePatch
        )
        #expect(patched["data", "x"] == "y")
        #expect(cluster.send("DELETE", Self.maps + "/a", ["dryRun": ["All"]]).status == 200)
        #expect(cluster.send("GET", Self.maps + "/a").resourceVersion == created.resourceVersion)
    }

    @Test func secretsServicesAndEventsAreFilledIn() {
        var cluster = TestCluster()
        let secret = cluster.send(
            "POST",
            "/api/v1/namespaces/default/secrets",
            ["metadata": ["name": "s"], "stringData": ["a": "b"]]
        )
        #expect(secret["data", "a"] == "Yg==")
        #expect(secret["stringData"] == nil)
        let services = "/api/v1/namespaces/default/services"
        let ports: JSONValue = [["port": 80]]
        let service = cluster.send("POST", services, ["metadata": ["name": "a"], "spec": ["ports": ports]])
        #expect(service["spec", "clusterIP"]?.stringValue?.hasPrefix("10.96.") == true)
        let headless = cluster.send(
            "POST",
            services,
            ["metadata": ["name": "b"], "spec": ["clusterIP": "None", "ports": ports]]
        )
        #expect(headless["spec", "clusterIP"] == "None")
        let event: JSONValue = [
            "metadata": ["name": "e"], "regarding": ["kind": "Pod", "name": "p"], "note": "hello", "reason": "R",
            "action": "A", "eventTime": "2026-11-22T16:38:00.000000Z", "type": "Normal",
            "reportingController": "tests", "reportingInstance": "tests-1",
        ]
        #expect(cluster.send("POST", "/apis/events.k8s.io/v1/namespaces/default/events", event).status == 201)
        let core = cluster.send("GET", "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dp")
        #expect(core["items", "0", "message"] == "hello")
        #expect(core["items", "0", "apiVersion"] == "v1")
    }

    @Test func impersonationAndReviewsOfRights() {
        var cluster = TestCluster()
        let review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        #expect(cluster.send("POST", review, ["spec": [:]])["status", "allowed"] == true)
        #expect(cluster.send("GET", review).status == 405)
    }

    @Test func theOldestEventsMakeRoom() {
        var cluster = TestCluster()
        let events = "/api/v1/namespaces/default/events"
        for index in 0...ClusterLimits.eventsMax {
            cluster.send("POST", events, ["metadata": ["name": .string("e\(index)")]])
        }
        #expect(cluster.send("GET", events + "/e0").status == 404)
        #expect(cluster.send("GET", events + "/e\(ClusterLimits.eventsMax)").status == 200)
    }
}
