import ClusterCore
import Testing
import Wire

/// Members that nobody knows, that stand twice or cannot be read: in metadata as anywhere, as fieldValidation asks.
@Suite struct StrictDecodingTests {
    private func text(_ metadata: String, _ spec: String = "{}") -> [UInt8] {
        Array(
            #"{"apiVersion":"future.ideas.protosam/v1beta1","kind":"TaskOwner","metadata":{"name":"a",\#(metadata)},"spec":\#(spec)}"#
                .utf8
        )
    }

    static let cannot = #"TaskOwner in version "v1beta1" cannot be handled as a TaskOwner: "#

    @Test(arguments: [
        (#""bogus":1"#, "{}", [#"unknown field "metadata.bogus""#]),
        (
            #""ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u","bogus":1}]"#, "{}",
            [#"unknown field "metadata.ownerReferences[0].bogus""#]
        ),
        (#""uid":"x""#, #"{"owner":"p1","owner":"p2"}"#, [#"duplicate field "spec.owner""#]),
        (
            #""bogus":1"#, #"{"payload":{"list":[{"a":1,"a":2,"a":3}]},"foo":1}"#,
            [
                #"duplicate field "spec.payload.list[0].a""#, #"unknown field "metadata.bogus""#,
                #"unknown field "spec.foo""#,
            ]
        ),
    ])
    func allIsToldAtOnce(metadata: String, spec: String, told: [String]) {
        var cluster = TaskOwners.cluster()
        let body = text(metadata, spec)
        let strict = cluster.send("POST", TaskOwners.path + "?fieldValidation=Strict", raw: body)
        #expect(strict.status == 400)
        #expect(strict.message == Self.cannot + "strict decoding error: " + told.joined(separator: ", "))
        #expect(cluster.send("GET", TaskOwners.path).names.isEmpty)
        let ignored = cluster.send("POST", TaskOwners.path + "?fieldValidation=Ignore&dryRun=All", raw: body)
        #expect(ignored.status == 201 && ignored.warnings.isEmpty)
        let warned = cluster.send("POST", TaskOwners.path, raw: body)
        #expect(warned.status == 201)
        #expect(warned.warnings == told.map { #"299 - "\#($0.replacingQuotes)""# })
        #expect(warned["metadata", "bogus"] == nil)
    }

    @Test func aPatchIsReadAsStrictly() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("a"))
        let path = TaskOwners.path + "/a?fieldValidation=Strict"
        let merge = #"{"metadata":{"bogus":1},"spec":{"payload":{"a":1,"a":2}}}"#
        let merged = cluster.send("PATCH", path, type: TaskOwners.mergePatch, raw: Array(merge.utf8))
        #expect(merged.status == 422)
        #expect(
            merged["details", "causes", "0", "message"]?.stringValue?.hasSuffix(
                #"strict decoding error: duplicate field "spec.payload.a", unknown field "metadata.bogus""#
            ) == true,
            "\(merged.message)"
        )
        let operations = #"[{"op":"add","op":"add","path":"/spec/payload","value":{}}]"#
        let patched = cluster.send("PATCH", path, type: TaskOwners.jsonPatch, raw: Array(operations.utf8))
        #expect(patched.status == 422)
        #expect(
            patched.message.hasSuffix(#"strict decoding error: json patch duplicate field "[0].op""#),
            "\(patched.message)"
        )
    }

    @Test(arguments: [
        (
            #""creationTimestamp":"nonsense""#,
            #"parsing time "nonsense" as "2006-01-02T15:04:05Z07:00": cannot parse "nonsense" as "2006""#
        ),
        (#""labels":{"a":1}"#, "json: cannot unmarshal object into Go struct field ObjectMeta.metadata.labels"),
        (
            #""ownerReferences":[{"uid":1}]"#,
            "json: cannot unmarshal integer into Go struct field ObjectMeta.metadata.ownerReferences.uid"
        ),
    ])
    func metadataThatCannotBeReadIsABadRequest(metadata: String, why: String) {
        var cluster = TaskOwners.cluster()
        let answer = cluster.send("POST", TaskOwners.path, raw: text(metadata))
        #expect(answer.status == 400 && answer.message == Self.cannot + why)
    }

    @Test func anOwnerReferenceNamesAllThatItMust() {
        var cluster = TaskOwners.cluster()
        let none = cluster.send("POST", TaskOwners.path, raw: text(#""ownerReferences":[{}]"#))
        #expect(none.status == 422)
        #expect(
            none["details", "causes"] == [
                cause("apiVersion", "version must not be empty"), cause("kind", "must not be empty"),
                cause("name", "must not be empty"), cause("uid", "must not be empty"),
            ]
        )
        let reference = #"{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u","controller":true}"#
        let two = cluster.send("POST", TaskOwners.path, raw: text(#""ownerReferences":[\#(reference),\#(reference)]"#))
        #expect(two.status == 422)
        #expect(two.message.hasSuffix("Found \"true\" in references for Pod/p and Pod/p"), "\(two.message)")
        let one = cluster.send("POST", TaskOwners.path, raw: text(#""ownerReferences":[\#(reference)]"#))
        #expect(one.status == 201)
    }

    private func cause(_ name: String, _ text: String) -> JSONValue {
        [
            "reason": "FieldValueInvalid", "message": .string(#"Invalid value: "": \#(text)"#),
            "field": .string("metadata.ownerReferences.\(name)"),
        ]
    }

    @Test func whatADeleteSaysIsNoObjectOfTheResource() {
        var cluster = TaskOwners.cluster()
        let uid = cluster.send("POST", TaskOwners.path, TaskOwners.task("a"))["metadata", "uid"] ?? ""
        let answer = cluster.send("DELETE", TaskOwners.path + "/a")
        #expect(
            answer.json == [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
                "details": ["name": "a", "group": "future.ideas.protosam", "kind": "task-owners", "uid": uid],
            ]
        )
        let events = "/apis/events.k8s.io/v1/namespaces/demo/events"
        let event: JSONValue = [
            "metadata": ["name": "e"], "regarding": ["namespace": "demo"], "eventTime": "2026-11-22T16:38:00.000000Z",
            "reportingController": "example.com/c", "reportingInstance": "i", "action": "Try", "reason": "Tried",
            "type": "Normal",
        ]
        #expect(cluster.send("POST", events, event).status == 201)
        #expect(cluster.send("DELETE", events + "/e").json.objectValue?.names == answer.json.objectValue?.names)
    }
}

extension String {
    fileprivate var replacingQuotes: String {
        split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
    }
}
