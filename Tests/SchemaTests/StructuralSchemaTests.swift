import Schema
import Testing
import Wire

/// If these fail, a write that a real API server takes is refused here, or the other way round, or said in other words.
@Suite struct StructuralSchemaTests {
    private static func schema(_ specification: String) throws -> StructuralSchema {
        try StructuralSchema.read(
            ["type": "object", "properties": ["spec": try JSONValue.parse(specification)]],
            field: "schema"
        )
    }

    // MARK: - Validation

    @Test(arguments: [
        (
            #"{"type":"string"}"#, "5",
            #"FieldValueTypeInvalid spec: Invalid value: "integer": spec in body must be of type string: "integer""#
        ),
        (
            #"{"type":"string"}"#, "null",
            #"FieldValueTypeInvalid spec: Invalid value: "null": spec in body must be of type string: "null""#
        ),
        (
            #"{"type":"integer"}"#, "1.5",
            #"FieldValueTypeInvalid spec: Invalid value: "number": spec in body must be of type integer: "number""#
        ),
        (
            #"{"type":"boolean"}"#, #""x""#,
            #"FieldValueTypeInvalid spec: Invalid value: "string": spec in body must be of type boolean: "string""#
        ),
        (
            #"{"type":"array","items":{"type":"integer"}}"#, #"[1,"a"]"#,
            #"FieldValueTypeInvalid spec[1]: Invalid value: "string": spec[1] in body must be of type integer: "string""#
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}}}}}"#,
            #"{"a":{"b":1}}"#,
            #"FieldValueTypeInvalid spec.a.b: Invalid value: "integer": spec.a.b in body must be of type string: "integer""#
        ),
        (
            #"{"type":"object","additionalProperties":{"type":"string"}}"#, #"{"k":1}"#,
            #"FieldValueTypeInvalid spec.k: Invalid value: "integer": spec.k in body must be of type string: "integer""#
        ),
        (
            #"{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}"#, "{}",
            "FieldValueRequired spec.a: Required value"
        ),
        (
            #"{"type":"string","enum":["a","b"]}"#, #""c""#,
            #"FieldValueNotSupported spec: Unsupported value: "c": supported values: "a", "b""#
        ),
        (
            #"{"type":"integer","minimum":0}"#, "-1",
            "FieldValueInvalid spec: Invalid value: -1: spec in body should be greater than or equal to 0"
        ),
        (
            #"{"type":"number","minimum":0,"exclusiveMinimum":true}"#, "0",
            "FieldValueInvalid spec: Invalid value: 0: spec in body should be greater than 0"
        ),
        (
            #"{"type":"integer","maximum":3}"#, "4",
            "FieldValueInvalid spec: Invalid value: 4: spec in body should be less than or equal to 3"
        ),
        (
            #"{"type":"integer","multipleOf":5}"#, "7",
            "FieldValueInvalid spec: Invalid value: 7: spec in body should be a multiple of 5"
        ),
        (
            #"{"type":"integer","format":"int32"}"#, "3000000000",
            "FieldValueInvalid spec: Invalid value: 3000000000: Checked value must be of type integer with format int32 in spec"
        ),
        (
            #"{"type":"string","minLength":1}"#, #""""#,
            #"FieldValueInvalid spec: Invalid value: "": spec in body should be at least 1 chars long"#
        ),
        (
            #"{"type":"string","maxLength":1}"#, #""ab""#,
            "FieldValueTooLong spec: Too long: may not be more than 1 bytes"
        ),
        (
            #"{"type":"string","pattern":"^a$"}"#, #""b""#,
            #"FieldValueInvalid spec: Invalid value: "b": spec in body should match '^a$'"#
        ),
        (
            #"{"type":"string","format":"date-time"}"#, #""soon""#,
            #"FieldValueTypeInvalid spec: Invalid value: "soon": spec in body must be of type date-time: "soon""#
        ),
        (
            #"{"type":"array","maxItems":1,"items":{"type":"integer"}}"#, "[1,2]",
            "FieldValueTooMany spec: Too many: 2: must have at most 1 item"
        ),
        (
            #"{"type":"array","minItems":1,"items":{"type":"integer"}}"#, "[]",
            "FieldValueInvalid spec: Invalid value: 0: spec in body should have at least 1 items"
        ),
        (
            #"{"type":"object","maxProperties":1,"additionalProperties":{"type":"integer"}}"#, #"{"a":1,"b":2}"#,
            "FieldValueTooMany spec: Too many: 2: must have at most 1 item"
        ),
        (
            #"{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}"#, #"["a","a"]"#,
            #"FieldValueDuplicate spec[1]: Duplicate value: "a""#
        ),
        (
            #"{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{"type":"object","properties":{"k":{"type":"string"},"v":{"type":"integer"}}}}"#,
            #"[{"k":"a","v":1},{"k":"a","v":2}]"#,
            #"FieldValueDuplicate spec[1]: Duplicate value: {"k":"a"}"#
        ),
        (
            #"{"x-kubernetes-int-or-string":true}"#, "true",
            #"FieldValueTypeInvalid spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean""#
        ),
        (
            #"{"type":"integer","anyOf":[{"minimum":10},{"maximum":0}]}"#, "5",
            "FieldValueInvalid spec: Invalid value: 5: spec in body must validate at least one schema (anyOf)"
        ),
        (
            #"{"type":"integer","not":{"minimum":10}}"#, "11",
            "FieldValueInvalid spec: Invalid value: 11: spec in body must not validate the schema (not)"
        ),
        (
            #"{"type":"object","x-kubernetes-embedded-resource":true,"x-kubernetes-preserve-unknown-fields":true}"#,
            #"{"kind":"A"}"#, "FieldValueRequired spec.apiVersion: Required value: must not be empty"
        ),
        (
            #"{"type":"object","x-kubernetes-validations":[{"rule":"self.a > 1","message":"more"}],"properties":{"a":{"type":"integer"}}}"#,
            #"{"a":1}"#, #"FieldValueInvalid spec: Invalid value: "object": more"#
        ),
        (
            #"{"type":"integer","x-kubernetes-validations":[{"rule":"self > 1"}]}"#, "1",
            #"FieldValueInvalid spec: Invalid value: "integer": failed rule: self > 1"#
        ),
        (
            #"{"type":"integer","x-kubernetes-validations":[{"rule":"self > 1","messageExpression":"'not ' + string(self)","reason":"FieldValueForbidden"}]}"#,
            "1", "FieldValueForbidden spec: Forbidden: not 1"
        ),
        (
            #"{"type":"object","x-kubernetes-validations":[{"rule":"self.a > 1"}],"properties":{"a":{"type":"integer"}}}"#,
            "{}", #"FieldValueInvalid spec: Invalid value: "object": no such key: a evaluating rule: self.a > 1"#
        ),
        (
            #"{"type":"object","x-kubernetes-validations":[{"rule":"self.a","fieldPath":".a"}],"properties":{"a":{"type":"boolean"}}}"#,
            #"{"a":false}"#, #"FieldValueInvalid spec.a: Invalid value: "object": failed rule: self.a"#
        ),
    ])
    func refusesInTheServersWords(specification: String, value: String, expected: String) throws {
        let schema = try Self.schema(specification)
        let causes = schema.validate(["spec": try JSONValue.parse(value)], isResourceRoot: true)
        #expect(causes.map { "\($0.reason.rawValue) \($0)" } == [expected])
    }

    @Test(arguments: [
        (#"{"type":"string","nullable":true}"#, "null"), (#"{"type":"integer"}"#, "2.0"), (#"{"type":"number"}"#, "1"),
        (#"{"type":"string","maxLength":2}"#, #""😀😀""#), (#"{"type":"string","pattern":"b"}"#, #""abc""#),
        (#"{"type":"string","format":"date-time"}"#, #""2026-11-22T16:38:00Z""#),
        (#"{"type":"string","format":"other"}"#, #""x""#),
        (#"{"type":"string","format":"duration"}"#, #""1h15m30.5s""#),
        (#"{"type":"string","format":"ipv6"}"#, #""::1""#),
        (#"{"type":"string","format":"byte"}"#, #""aGk=""#),
        (#"{"type":"string","format":"uuid"}"#, #""123e4567-e89b-12d3-a456-426614174000""#),
        (#"{"x-kubernetes-int-or-string":true}"#, #""5%""#), (#"{"x-kubernetes-int-or-string":true}"#, "5"),
        (#"{"type":"object","x-kubernetes-preserve-unknown-fields":true}"#, #"{"a":[{}]}"#),
        (#"{"type":"integer","oneOf":[{"minimum":10},{"maximum":0}]}"#, "11"),
        (#"{"type":"number","x-kubernetes-validations":[{"rule":"self + 0.5 == 1.5"}]}"#, "1"),
        (
            #"{"type":"object","properties":{"a-b":{"type":"integer"}},"x-kubernetes-validations":[{"rule":"self.a__dash__b == 1"}]}"#,
            #"{"a-b":1}"#
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"string"}},"x-kubernetes-validations":[{"rule":"has(self.a)"}]}"#,
            #"{"a":""}"#
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"boolean"}}},"x-kubernetes-validations":[{"rule":"self.a[0]"}]}"#,
            #"{"a":[true]}"#
        ),
        (
            #"{"type":"object","properties":{"a":{"x-kubernetes-int-or-string":true}},"x-kubernetes-validations":[{"rule":"type(self.a) == int ? self.a > 1 : self.a.endsWith('%')"}]}"#,
            #"{"a":"5%"}"#
        ),
    ])
    func accepts(specification: String, value: String) throws {
        let schema = try Self.schema(specification)
        #expect(schema.validate(["spec": try JSONValue.parse(value)], isResourceRoot: true) == [])
    }

    /// A schema may be tightened under existing objects: what was wrong and is unchanged passes.
    @Test func whatIsUnchangedIsNotBlamed() throws {
        let schema = try Self.schema(
            #"{"type":"object","properties":{"a":{"type":"string","maxLength":1},"b":{"type":"string"}}}"#
        )
        let old: JSONValue = ["spec": ["a": "long", "b": "x"]]
        #expect(schema.validate(["spec": ["a": "long", "b": "y"]], old: old) == [])
        #expect(schema.validate(["spec": ["a": "longer", "b": "x"]], old: old) == [.tooLong("spec.a", 1)])
    }

    @Test func transitionRulesRunOnUpdateOnlyAndFollowListMaps() throws {
        let schema = try Self.schema(
            #"""
            {"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{"type":"object",
             "properties":{"k":{"type":"string"},"v":{"type":"integer"}},
             "x-kubernetes-validations":[{"rule":"self.v >= oldSelf.v","message":"never less"}]}}
            """#
        )
        let old: JSONValue = ["spec": [["k": "a", "v": 1], ["k": "b", "v": 5]]]
        #expect(schema.validate(["spec": [["k": "b", "v": 4]]]) == [])
        #expect(
            schema.validate(["spec": [["k": "b", "v": 4]]], old: old) == [.invalid("spec[0]", "object", "never less")]
        )
        #expect(schema.validate(["spec": [["k": "c", "v": 0], ["k": "a", "v": 2]]], old: old) == [])
    }

    @Test func optionalOldSelfRunsOnCreate() throws {
        let schema = try Self.schema(
            #"{"type":"string","x-kubernetes-validations":[{"rule":"oldSelf.hasValue() || self == 'new'","optionalOldSelf":true}]}"#
        )
        #expect(schema.validate(["spec": "new"]) == [])
        #expect(schema.validate(["spec": "x"]).count == 1)
        #expect(schema.validate(["spec": "x"], old: ["spec": "y"]) == [])
    }

    @Test func rulesWaitUntilTypesAreRight() throws {
        let schema = try Self.schema(
            #"{"type":"object","properties":{"a":{"type":"integer"}},"x-kubernetes-validations":[{"rule":"self.a > 1"}]}"#
        )
        let fields = schema.validate(["spec": ["a": "x"]]).map(\.field)
        #expect(fields == ["spec.a", "<nil>"])
    }

    @Test(arguments: [
        (#"{"m":"z","l":["a","a","a"]}"#, ["spec.m", "spec.l[1]", "<nil>"]),
        (#"{"m":"a","l":["a","b","a","b"]}"#, ["spec.l[2]", "spec.l[3]", "spec"]),
        (#"{"m":"z"}"#, ["spec.m", "<nil>"]), (#"{"m":"a","l":["a"]}"#, ["spec"]),
    ])
    func valuesComeFirstThenListsAndRulesAreHeldBackByAnEnum(value: String, fields: [String]) throws {
        let schema = try Self.schema(
            #"{"type":"object","properties":{"l":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},"m":{"type":"string","enum":["a"]}},"x-kubernetes-validations":[{"rule":"false"}]}"#
        )
        let causes = schema.validate(["spec": try JSONValue.parse(value)])
        #expect(causes.map(\.field) == fields)
        #expect(
            causes.allSatisfy {
                $0.field != "<nil>"
                    || $0.description
                        == "<nil>: Invalid value: \"null\": some validation rules were not checked because the object was "
                        + "invalid; correct the existing errors to complete validation"
            }
        )
        // What was found elsewhere stands first and counts as well.
        let elsewhere = schema.validate(["spec": ["m": "a"]], after: [.required("metadata.name")])
        #expect(elsewhere.map(\.field) == ["metadata.name", "<nil>"])
    }

    @Test func ofListsThatWereWrongNothingMoreIsAsked() throws {
        let list = #"{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}"#
        let schema = try Self.schema(#"{"type":"object","properties":{"a":\#(list),"b":\#(list)}}"#)
        let wrong: JSONValue = ["spec": ["a": ["x", "x"], "b": ["y"]]]
        let worse: JSONValue = ["spec": ["a": ["x", "x"], "b": ["y", "y"]]]
        #expect(schema.validate(worse, old: wrong).isEmpty)
        #expect(schema.validate(worse, old: ["spec": ["a": ["x"]]]).map(\.field) == ["spec.a[1]", "spec.b[1]"])
    }

    // MARK: - Defaults

    @Test(arguments: [
        (#"{"type":"object","properties":{"a":{"type":"integer","default":1}}}"#, "{}", #"{"a":1}"#),
        (#"{"type":"object","properties":{"a":{"type":"integer","default":1}}}"#, #"{"a":null}"#, #"{"a":1}"#),
        (
            #"{"type":"object","properties":{"a":{"type":"integer","nullable":true,"default":1}}}"#, #"{"a":null}"#,
            #"{"a":null}"#
        ),
        (#"{"type":"object","properties":{"a":{"type":"integer"}}}"#, #"{"a":null}"#, "{}"),
        (
            #"{"type":"object","properties":{"a":{"type":"object","default":{},"properties":{"b":{"type":"integer","default":2}}}}}"#,
            "{}", #"{"a":{"b":2}}"#
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"integer","default":2}}}}}"#,
            "{}", "{}"
        ),
        (
            #"{"type":"array","items":{"type":"object","properties":{"b":{"type":"integer","default":2}}}}"#,
            "[{},{\"b\":3}]", #"[{"b":2},{"b":3}]"#
        ),
        (
            #"{"type":"object","additionalProperties":{"type":"object","properties":{"b":{"type":"integer","default":2}}}}"#,
            #"{"k":{}}"#, #"{"k":{"b":2}}"#
        ),
    ])
    func defaultsFillWhatIsMissing(specification: String, value: String, expected: String) throws {
        var object: JSONValue = ["spec": try JSONValue.parse(value)]
        try Self.schema(specification).applyDefaults(to: &object)
        #expect(object["spec"] == (try JSONValue.parse(expected)))
    }

    // MARK: - Pruning

    @Test(arguments: [
        (#"{"type":"object","properties":{"a":{"type":"integer"}}}"#, #"{"a":1,"b":2}"#, #"{"a":1}"#, ["spec.b"]),
        (#"{"type":"object"}"#, #"{"a":1}"#, "{}", ["spec.a"]),
        (#"{"type":"object","additionalProperties":true}"#, #"{"a":{"b":1}}"#, #"{"a":{"b":1}}"#, []),
        (
            #"{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"a":{"type":"object"}}}"#,
            #"{"a":{"x":1},"b":{"y":1}}"#, #"{"a":{},"b":{"y":1}}"#, ["spec.a.x"]
        ),
        (
            #"{"type":"array","items":{"type":"object","properties":{"a":{"type":"integer"}}}}"#, #"[{"a":1,"b":2}]"#,
            #"[{"a":1}]"#, ["spec[0].b"]
        ),
        (
            #"{"type":"object","x-kubernetes-embedded-resource":true}"#,
            #"{"apiVersion":"v1","kind":"A","metadata":{"name":"x"},"z":1}"#,
            #"{"apiVersion":"v1","kind":"A","metadata":{"name":"x"}}"#, ["spec.z"]
        ),
    ])
    func pruningDropsWhatIsNotNamed(specification: String, value: String, expected: String, dropped: [String]) throws {
        var object: JSONValue = ["spec": try JSONValue.parse(value)]
        #expect(try Self.schema(specification).prune(&object, isResourceRoot: true) == dropped)
        #expect(object["spec"] == (try JSONValue.parse(expected)))
    }
}
