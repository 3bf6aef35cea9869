import Schema
import Testing
import Wire

/// Every rule of the TaskOwner definition, both ways: lawful writes pass, unlawful ones fail with the rule's message.
@Suite struct TaskOwnerRulesTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var old: JSONValue?
        var new: JSONValue
        /// nil: lawful.
        var refusal: String?
        var testDescription: String { name }
    }

    private static func spec(_ owner: String, _ epoch: Int64, from: JSONValue? = nil) -> JSONValue {
        var ownership: JSONValue = ["epoch": .integer(epoch)]
        if let from { ownership["from"] = from }
        return ["owner": .string(owner), "ownership": ownership]
    }

    private static let stays = "spec.ownership.epoch may only stay or rise by one"
    private static let raises = "a change of spec.owner must raise spec.ownership.epoch by one"
    private static let names = "a task leaves its owner only with spec.ownership.from.seat naming that owner"
    private static let keeps = "a claim keeps spec.ownership.from"

    static let rows = [
        Row(name: "created unowned", old: nil, new: spec("", 0), refusal: nil),
        Row(name: "created with any epoch: transition rules wait", old: nil, new: spec("a", 7), refusal: nil),
        Row(name: "nothing changes", old: spec("a", 3), new: spec("a", 3), refusal: nil),
        Row(name: "re-claim", old: spec("a", 3), new: spec("a", 4), refusal: nil),
        Row(name: "epoch rises by two", old: spec("a", 3), new: spec("a", 5), refusal: stays),
        Row(name: "epoch falls", old: spec("a", 3), new: spec("a", 2), refusal: stays),
        Row(name: "claim", old: spec("", 0), new: spec("a", 1), refusal: nil),
        Row(name: "claim without raising the epoch", old: spec("", 0), new: spec("a", 0), refusal: raises),
        Row(name: "release", old: spec("a", 1), new: spec("", 2, from: ["seat": "a", "term": "t.1"]), refusal: nil),
        Row(name: "release that names nobody", old: spec("a", 1), new: spec("", 2), refusal: names),
        Row(
            name: "release that names another",
            old: spec("a", 1),
            new: spec("", 2, from: ["seat": "b"]),
            refusal: names
        ),
        Row(name: "release without a seat", old: spec("a", 1), new: spec("", 2, from: ["term": "t"]), refusal: names),
        Row(name: "move", old: spec("a", 1), new: spec("b", 2, from: ["seat": "a"]), refusal: nil),
        Row(
            name: "move under the same epoch",
            old: spec("a", 1),
            new: spec("b", 1, from: ["seat": "a"]),
            refusal: raises
        ),
        Row(
            name: "claim keeps from",
            old: spec("", 2, from: ["seat": "a", "term": "t"]),
            new: spec("b", 3, from: ["seat": "a", "term": "t"]),
            refusal: nil
        ),
        Row(name: "claim drops from", old: spec("", 2, from: ["seat": "a"]), new: spec("b", 3), refusal: keeps),
        Row(name: "claim invents from", old: spec("", 0), new: spec("b", 1, from: ["seat": "a"]), refusal: keeps),
        Row(
            name: "claim changes from",
            old: spec("", 2, from: ["seat": "a"]),
            new: spec("b", 3, from: ["seat": "c"]),
            refusal: keeps
        ),
    ]

    @Test(arguments: rows)
    func ownershipMovesLawfully(row: Row) throws {
        let schema = try Self.schema()
        let old = row.old.map { ["spec": $0] as JSONValue }
        let causes = schema.validate(["spec": row.new], old: old, isResourceRoot: true)
        guard let refusal = row.refusal else {
            #expect(causes == [])
            return
        }
        #expect(causes.contains(.invalid("spec", "object", refusal)), "\(causes)")
    }

    private static let nameRule =
        "spec.owner in body should match '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$'"

    @Test(arguments: ["", "a", "0", "a-b", "leaderless-operator-b6b6c8d54-pb68d", "web-0.rack-1.example", "a.0"])
    func anOwnerIsNobodyOrWhatALeaseCanBeCalled(owner: String) throws {
        #expect(try Self.schema().validate(["spec": Self.spec(owner, 0)], isResourceRoot: true) == [])
    }

    /// Such a task would be left behind: no pod can make a Lease of that name, which the seat would be.
    @Test(arguments: [
        "Mine", "a_b", "a b", "-a", "a-", ".", ".a", "a.", "a..b", "a.-b", "a/b", "ä", "a\n", "\na", "a\nb",
    ])
    func anOwnerThatNoLeaseCanBeCalledIsRefusedByName(owner: String) throws {
        let causes = try Self.schema().validate(["spec": Self.spec(owner, 0)], isResourceRoot: true)
        #expect(causes == [.invalid("spec.owner", .string(owner), Self.nameRule)])
    }

    /// Stored before the rule was: it may be edited, its status written, and its owner taken from it.
    @Test func aTaskWhoseOwnerIsOlderThanTheRuleStaysEditable() throws {
        let schema = try Self.schema()
        let old: JSONValue = ["spec": Self.spec("Mine", 3)]
        func causes(_ change: (inout JSONValue) -> Void) -> [FieldCause] {
            var new = old
            change(&new)
            return schema.validate(new, old: old, isResourceRoot: true)
        }
        #expect(causes { $0["spec"]?["payload"] = ["a": 1] } == [])
        #expect(causes { $0["status"] = ["fence": "t.1/3"] } == [])
        #expect(causes { $0["spec"] = Self.spec("Mine", 4) } == [])
        #expect(causes { $0["spec"] = Self.spec("", 4, from: ["seat": "Mine", "term": "t.1"]) } == [])
        #expect(causes { $0["spec"] = Self.spec("a", 4, from: ["seat": "Mine", "term": "t.1"]) } == [])
        let worse = causes { $0["spec"] = Self.spec("Yours", 4, from: ["seat": "Mine"]) }
        #expect(worse == [.invalid("spec.owner", "Yours", Self.nameRule)])
    }

    /// The seed's manifest is metadata only; everything that JSON Patches test must be there after defaulting.
    @Test(arguments: [#"{}"#, #"{"spec": null}"#, #"{"spec": {}, "status": {}}"#, #"{"spec": {"ownership": {}}}"#])
    func theBareManifestIsFilledIn(text: String) throws {
        var object = try JSONValue.parse(text)
        let schema = try Self.schema()
        schema.applyDefaults(to: &object)
        #expect(object == ["spec": ["owner": "", "ownership": ["epoch": 0]], "status": ["fence": ""]])
        #expect(schema.validate(object, isResourceRoot: true) == [])
    }

    @Test func thePayloadIsFreeAndTheRestIsNot() throws {
        var object: JSONValue = [
            "apiVersion": "x/v1", "kind": "TaskOwner", "metadata": ["name": "t", "anything": 1], "extra": 1,
            "spec": ["owner": "a", "nope": 1, "payload": ["x": ["y": [1]]]],
        ]
        let dropped = try Self.schema().prune(&object, isResourceRoot: true)
        #expect(dropped == ["extra", "spec.nope"])
        #expect(object.at("spec", "payload", "x", "y") == [1])
        #expect(object.at("metadata", "anything") == 1)
    }

    /// As a real API server refuses it: rules are tried on the bare default, against itself.
    @Test func anEmptyDefaultBesideRulesIsRefused() throws {
        var definition = try Manifests.documents("crd.yaml")[0]
        var versions = try #require(definition.at("spec", "versions")?.arrayValue)
        versions[0]["schema"]?["openAPIV3Schema"]?["properties"]?["spec"]?["default"] = .emptyObject
        definition["spec"]?["versions"] = .array(versions)
        CustomResource.applyDefaults(to: &definition)
        let error = try #require(throws: SchemaError.self) { try CustomResource(definition) }
        let first = try #require(error.causes.first)
        #expect(first.field == "spec.validation.openAPIV3Schema.properties[spec].default")
        #expect(first.message.hasPrefix("Invalid value: \"object\": no such key: ownership evaluating rule: "))
    }

    static func schema() throws -> StructuralSchema {
        var definition = try Manifests.documents("crd.yaml")[0]
        CustomResource.applyDefaults(to: &definition)
        return try CustomResource(definition).versions[0].schema
    }
}
