import ClusterCore
import Testing
import Wire

/// If these fail, an audit log of ours cannot be read by who reads those of a real server.
@Suite struct AuditRecordTests {
    private func record(_ method: String, _ target: String, _ body: JSONValue? = nil, _ fields: HTTPFields = [:])
        -> AuditRecord
    {
        let request = HTTPRequest(method, target, fields: fields, body: body?.serialized() ?? [])
        let identity = Identity(user: "alice", groups: ["system:authenticated"])
        return TaskOwners.cluster().core.auditRecord(
            of: APIRequest(request, as: identity),
            from: "10.0.0.1",
            at: Timestamp(seconds: 1_795_365_480, microseconds: 1)
        )
    }

    private func event(_ record: AuditRecord, _ code: Int, _ response: HTTPResponse? = nil) -> JSONValue {
        let end = Timestamp(seconds: 1_795_365_480, microseconds: 2_000)
        return record.event(.complete, id: "id", code: code, response: response, at: end)
    }

    @Test func theEventHasTheFieldsOfKubernetes() {
        let agent: HTTPFields = ["user-agent": "kubectl"]
        let target = "/apis/future.ideas.protosam/v1beta1/namespaces/demo/task-owners/t1/status?fieldManager=m"
        #expect(
            event(record("PATCH", target, [:], agent), 200) == [
                "apiVersion": "audit.k8s.io/v1", "kind": "Event", "level": "Metadata", "auditID": "id",
                "stage": "ResponseComplete", "requestURI": .string(target), "verb": "patch",
                "user": ["username": "alice", "groups": ["system:authenticated"]], "sourceIPs": ["10.0.0.1"],
                "userAgent": "kubectl",
                "objectRef": [
                    "apiGroup": "future.ideas.protosam", "apiVersion": "v1beta1", "resource": "task-owners",
                    "subresource": "status", "namespace": "demo", "name": "t1",
                ],
                "responseStatus": ["metadata": [:], "code": 200],
                "requestReceivedTimestamp": "2026-11-22T16:38:00.000001Z",
                "stageTimestamp": "2026-11-22T16:38:00.002000Z",
            ]
        )
    }

    @Test(
        arguments: [
            ("GET", "/api/v1/namespaces/demo/pods/p", "get", "p"), ("GET", "/api/v1/pods", "list", nil),
            ("GET", "/api/v1/pods?watch=1&fieldSelector=metadata.name%3Dp", "watch", "p"),
            ("POST", "/api/v1/namespaces/demo/configmaps", "create", "made"),
            ("POST", "/api/v1/namespaces/demo/serviceaccounts/op/token", "create", "op"),
            ("PUT", "/api/v1/namespaces/demo/configmaps/c", "update", "c"),
            ("DELETE", "/api/v1/namespaces/demo/configmaps/c", "delete", "c"),
            ("DELETE", "/api/v1/namespaces/demo/configmaps", "deletecollection", nil),
            ("GET", "/apis/none.such/v1/things/x", "get", "x"),
        ] as [(String, String, String, String?)]
    )
    func verbsAndNamesAreThoseThatRightsAreAbout(method: String, target: String, verb: String, name: String?) {
        let event = event(record(method, target, ["metadata": ["name": "made"]]), 200)
        #expect(event["verb"]?.stringValue == verb)
        #expect(event.at("objectRef", "name")?.stringValue == name)
    }

    @Test func pathsThatNameNoResourceHaveNoObjectAndTheMethodAsVerb() {
        let event = event(record("GET", "/readyz?verbose"), 200)
        #expect(event["verb"] == "get")
        #expect(event["requestURI"] == "/readyz?verbose")
        #expect(event["objectRef"] == nil)
    }

    @Test func aFailureSaysWhy() {
        let refusal = StatusError(code: 403, reason: "Forbidden", message: "no")
        let event = event(record("GET", "/api/v1/pods"), 403, refusal.response)
        let status: JSONValue = [
            "metadata": [:], "code": 403, "status": "Failure", "reason": "Forbidden", "message": "no",
        ]
        #expect(event["responseStatus"] == status)
    }

    @Test func whoIsImpersonatedIsSaid() {
        let event = event(record("GET", "/api/v1/pods", nil, ["impersonate-user": "bob"]), 200)
        #expect(event.at("user", "username") == "alice")
        #expect(event.at("impersonatedUser", "username") == "bob")
    }
}
