import ClusterCore
import Testing
import Wire

/// Options beside the object: what is not understood refuses the request, in a real server's words, before anything happens.
@Suite struct RequestOptionsTests {
    static let maps = "/api/v1/namespaces/default/configmaps"
    static let map: JSONValue = ["metadata": ["name": "a"]]

    private func invalid(_ kind: String, _ field: String, _ reason: String, _ message: String) -> JSONValue {
        [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "reason": "Invalid",
            "code": 422,
            "message": .string("\(kind).meta.k8s.io \"\" is invalid: \(field): \(message)"),
            "details": [
                "kind": .string(kind), "group": "meta.k8s.io",
                "causes": [["reason": .string(reason), "message": .string(message), "field": .string(field)]],
            ],
        ]
    }

    static let dryRun = (
        "dryRun=x", "dryRun", "FieldValueNotSupported", #"Unsupported value: ["x"]: supported values: "All""#
    )
    static let longName = String(repeating: "m", count: 129)

    @Test(arguments: [
        dryRun,
        (
            "dryRun=All&dryRun=x", "dryRun", "FieldValueNotSupported",
            #"Unsupported value: ["All","x"]: supported values: "All""#
        ),
        (
            "fieldValidation=Foo", "fieldValidation", "FieldValueNotSupported",
            #"Unsupported value: "Foo": supported values: "", "Ignore", "Strict", "Warn""#
        ),
        (
            "fieldManager=\(longName)", "fieldManager", "FieldValueTooLong",
            "Too long: may not be more than 128 bytes"
        ),
        (
            "fieldManager=%C3%A9%07", "fieldManager", "FieldValueInvalid",
            "Invalid value: \"\u{E9}\\u0007\": invalid character U+0007 (at position 2)"
        ),
    ])
    func aWriteWithAnOptionThatNobodyKnowsStoresNothing(query: String, field: String, reason: String, message: String) {
        var cluster = TestCluster()
        let created = cluster.send("POST", Self.maps + "?" + query, Self.map)
        #expect(created.json == invalid("CreateOptions", field, reason, message))
        #expect(cluster.send("GET", Self.maps).names.isEmpty)
        let stored = cluster.send("POST", Self.maps, Self.map)
        let changed: JSONValue = ["metadata": ["name": "a"], "data": ["a": "b"]]
        let replaced = cluster.send("PUT", Self.maps + "/a?" + query, changed)
        #expect(replaced.json == invalid("UpdateOptions", field, reason, message))
        let patched = cluster.send("PATCH", Self.maps + "/a?" + query, changed, type: TaskOwners.mergePatch)
        #expect(patched.json == invalid("PatchOptions", field, reason, message))
        #expect(cluster.send("GET", Self.maps + "/a").resourceVersion == stored.resourceVersion)
    }

    @Test func onlyAnApplyMayForceAndItMustSayWhoApplies() {
        var cluster = TestCluster()
        cluster.send("POST", Self.maps, Self.map)
        let forced = cluster.send("PATCH", Self.maps + "/a?force=true", [:], type: TaskOwners.mergePatch)
        let why = "Forbidden: may not be specified for non-apply patch"
        #expect(forced.json == invalid("PatchOptions", "force", "FieldValueForbidden", why))
        let nameless = cluster.send("PATCH", Self.maps + "/a", Self.map, type: "application/apply-patch+yaml")
        let required = "Required value: is required for apply patch"
        #expect(nameless.json == invalid("PatchOptions", "fieldManager", "FieldValueRequired", required))
    }

    static let policies = #"supported values: "Foreground", "Background", "Orphan", "nil""#

    @Test(
        arguments: [
            ("dryRun=x", .null, "dryRun", "FieldValueNotSupported", dryRun.3),
            ("", ["dryRun": ["x"]], "dryRun", "FieldValueNotSupported", dryRun.3),
            (
                "propagationPolicy=Sideways", .null, "propagationPolicy", "FieldValueNotSupported",
                #"Unsupported value: "Sideways": \#(policies)"#
            ),
            (
                "", ["propagationPolicy": "Sideways"], "propagationPolicy", "FieldValueNotSupported",
                #"Unsupported value: "Sideways": \#(policies)"#
            ),
            (
                "", ["propagationPolicy": "Orphan", "orphanDependents": true], "propagationPolicy", "FieldValueInvalid",
                #"Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set"#
            ),
            (
                "propagationPolicy=Orphan&orphanDependents=false", .null, "propagationPolicy", "FieldValueInvalid",
                #"Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set"#
            ),
        ] as [(String, JSONValue, String, String, String)]
    )
    func aDeleteWithAnOptionThatNobodyKnowsDeletesNothing(
        query: String,
        body: JSONValue,
        field: String,
        reason: String,
        message: String
    ) {
        var cluster = TestCluster()
        cluster.send("POST", Self.maps, Self.map)
        for path in [Self.maps + "/a", Self.maps] {
            let answer = cluster.send("DELETE", path + "?" + query, body.isNull ? nil : body)
            #expect(answer.json == invalid("DeleteOptions", field, reason, message), "\(path)")
        }
        #expect(cluster.send("GET", Self.maps).names == ["a"])
    }

    @Test(
        arguments: [
            (["gracePeriodSeconds": "5"], "string into Go struct field DeleteOptions.gracePeriodSeconds of type int64"),
            (["dryRun": "All"], "string into Go struct field DeleteOptions.dryRun of type []string"),
            (["orphanDependents": 1], "integer into Go struct field DeleteOptions.orphanDependents of type bool"),
            (
                ["preconditions": "x"],
                "string into Go struct field DeleteOptions.preconditions of type v1.Preconditions"
            ),
            (
                ["preconditions": ["uid": 1]],
                "integer into Go struct field Preconditions.preconditions.uid of type types.UID"
            ),
        ] as [(JSONValue, String)]
    )
    func deleteOptionsOfAnotherTypeAreNotRead(body: JSONValue, text: String) {
        var cluster = TestCluster()
        cluster.send("POST", Self.maps, Self.map)
        let answer = cluster.send("DELETE", Self.maps + "/a", body)
        #expect(answer.status == 400 && answer.message == "json: cannot unmarshal \(text)")
        #expect(cluster.send("GET", Self.maps).names == ["a"])
    }

    @Test(arguments: ["dryRun=All", "dryRun=x", "gracePeriodSeconds=x", "propagationPolicy=Sideways", "uid=other"])
    func whereADeleteHasABodyNothingIsReadFromItsQuery(query: String) {
        var cluster = TestCluster()
        for body in [[:], ["kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"]]
            as [JSONValue]
        {
            for path in [Self.maps + "/a", Self.maps] {
                cluster.send("POST", Self.maps, Self.map)
                let answer = cluster.send("DELETE", path + "?" + query, body)
                #expect(answer.status == 200, "\(path), \(body): \(answer.message)")
                #expect(cluster.send("GET", Self.maps).names.isEmpty, "\(path), \(body)")
            }
        }
    }

    @Test(arguments: [
        ("uid=other", 409), ("resourceVersion=1", 409), ("dryRun=All", 200), ("dryRun=All&uid=other", 409),
    ])
    func withoutABodyTheQueryIsTheOptionsOfADelete(query: String, status: Int) {
        var cluster = TestCluster()
        let stored = cluster.send("POST", Self.maps, Self.map)
        #expect(cluster.send("DELETE", Self.maps + "/a?" + query).status == status)
        #expect(cluster.send("GET", Self.maps).names == ["a"])
        let right = "uid=\(stored["metadata", "uid"]?.stringValue ?? "")&resourceVersion=\(stored.resourceVersion)"
        #expect(cluster.send("DELETE", Self.maps + "/a?" + right).status == 200)
        #expect(cluster.send("GET", Self.maps).names.isEmpty)
    }

    @Test(arguments: ["timeoutSeconds", "limit"]) func aNumberThatIsNoneIsABadRequest(name: String) {
        var cluster = TestCluster()
        for query in ["", "watch=1&"] {
            let answer = cluster.send("GET", Self.maps + "?\(query)\(name)=abc")
            #expect(answer.status == 400 && answer.reason == "BadRequest")
            #expect(answer.message.hasPrefix(#"strconv.ParseInt: parsing "abc": invalid syntax"#), "\(answer.message)")
        }
    }

    @Test(
        arguments: [
            ("-5", .null, 1), ("5", .null, 5), ("5", [:], 30), ("5", ["gracePeriodSeconds": 7], 7),
            ("5", ["gracePeriodSeconds": -7], 1),
        ] as [(String, JSONValue, Int64)]
    )
    func aNegativeGraceCountsAsOneSecondAndThatOfTheQueryOnlyWithoutABody(query: String, body: JSONValue, grace: Int64)
    {
        var cluster = TestCluster()
        cluster.send("POST", "/api/v1/nodes", ["metadata": ["name": "n1"]])
        cluster.send(
            "POST",
            DeletionTests.pods,
            ["metadata": ["name": "p"], "spec": ["nodeName": "n1", "containers": [["name": "c", "image": "i"]]]]
        )
        let path = DeletionTests.pods + "/p?gracePeriodSeconds=" + query
        let answer = cluster.send("DELETE", path, body.isNull ? nil : body)
        #expect(answer["metadata", "deletionGracePeriodSeconds"] == .integer(grace))
    }

    @Test func whatAPodSaysAndDoesIsAskedOfAKubelet() {
        var cluster = TestCluster()
        cluster.send("POST", DeletionTests.pods, ["metadata": ["name": "p"]])
        for (method, name) in [("GET", "log"), ("POST", "exec"), ("GET", "attach"), ("POST", "portforward")] {
            let answer = cluster.send(method, DeletionTests.pods + "/p/\(name)")
            #expect(answer.status == 501 && answer.reason == "NotImplemented")
            #expect(answer.message == "pods/\(name) is not served: it needs a kubelet, and this API server has none")
        }
    }
}
