import Schema
import Testing
import Wire

/// If these fail, a definition that no real API server takes is served, and fails its users later.
@Suite struct SchemaReaderTests {
    @Test(arguments: [
        (
            #"{"type":"array","items":{"type":"string"}}"#,
            #"s.type: Invalid value: "array": must be object at the root"#
        ),
        (#"{}"#, "s.type: Required value: must not be empty at the root"),
        (
            #"{"type":"object","properties":{"a":{}}}"#,
            "s.properties[a].type: Required value: must not be empty for specified object fields"
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"array"}}}"#,
            "s.properties[a].items: Required value: must be specified"
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"text"}}}"#,
            #"s.properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string""#
        ),
        (
            #"{"type":"object","properties":{"a":{"$ref":"x","type":"string"}}}"#,
            "s.properties[a].$ref: Forbidden: $ref is not supported"
        ),
        (
            #"{"type":"object","additionalProperties":false}"#,
            "s.additionalProperties: Forbidden: additionalProperties cannot be set to false"
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":true}"#,
            "s.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"
        ),
        (
            #"{"type":"object","properties":{"metadata":{"type":"object","properties":{"labels":{"type":"object"}}}}}"#,
            "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified"
        ),
        (
            #"{"type":"object","x-kubernetes-preserve-unknown-fields":false}"#,
            "s.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined"
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"array","x-kubernetes-list-type":"map","items":{"type":"object"}}}}"#,
            "s.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"string","pattern":"(?=a)"}}}"#,
            #"s.properties[a].pattern: Invalid value: "(?=a)": must be a valid regular expression, but isn't: error parsing regexp: look-around is not supported at character 3"#
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"string","maxLength":-1}}}"#,
            "s.properties[a].maxLength: Invalid value: -1: must be an integer, 0 or more"
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"integer","default":"x"}}}"#,
            #"s.properties[a].default: Invalid value: "string": s.properties[a].default in body must be of type integer: "string""#
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"object","default":{"b":1}}}}"#,
            #"s.properties[a].default: Invalid value: {"b":1}: must not have unknown fields"#
        ),
        (#"{"type":"object","default":{}}"#, "s.default: Forbidden: must not be set at the root"),
        (
            #"{"type":"object","x-kubernetes-validations":[{"rule":"self.nope == 1"}]}"#,
            #"s.x-kubernetes-validations[0].rule: Invalid value: "self.nope == 1": compilation failed: ERROR: <input>:1:5: undefined field 'nope'"#
        ),
        (
            #"{"type":"object","x-kubernetes-validations":[{"rule":"1 ==\n quantity('1')"}]}"#,
            #"s.x-kubernetes-validations[0].rule: Invalid value: "1 ==\n quantity('1')": compilation failed: ERROR: <input>:2:2: undeclared reference to 'quantity': function 'quantity' is not supported"#
        ),
        (
            #"{"type":"object","x-kubernetes-validations":[{"message":"x"}]}"#,
            "s.x-kubernetes-validations[0].rule: Required value: rule is not specified"
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"string"}}}}},"x-kubernetes-validations":[{"rule":"self.a.all(x, x.c == '')"}]}"#,
            #"s.x-kubernetes-validations[0].rule: Invalid value: "self.a.all(x, x.c == '')": compilation failed: ERROR: <input>:1:16: undefined field 'c'"#
        ),
        (
            #"{"type":"object","properties":{"t":{"type":"string","format":"date-time"}},"x-kubernetes-validations":[{"rule":"self.t < 'x'"}]}"#,
            #"s.x-kubernetes-validations[0].rule: Invalid value: "self.t < 'x'": compilation failed: ERROR: <input>:1:5: field 't' has format 'date-time', which is not supported in rules"#
        ),
        (
            #"{"type":"object","x-kubernetes-validations":[{"rule":"size(self.metadata.name) + 1"}]}"#,
            #"s.x-kubernetes-validations[0].rule: Invalid value: "size(self.metadata.name) + 1": compilation failed: ERROR: <input>:1:26: cel expression must evaluate to a bool"#
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"string","x-kubernetes-validations":[{"rule":"self"}]}}}"#,
            #"s.properties[a].x-kubernetes-validations[0].rule: Invalid value: "self": compilation failed: ERROR: <input>:1:1: cel expression must evaluate to a bool"#
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"object","x-kubernetes-validations":[{"rule":"self.metadata == {}"}]}}}"#,
            #"s.properties[a].x-kubernetes-validations[0].rule: Invalid value: "self.metadata == {}": compilation failed: ERROR: <input>:1:5: undefined field 'metadata'"#
        ),
    ])
    func refusesAndSaysWhere(text: String, expected: String) throws {
        let json = try JSONValue.parse(text)
        let error = try #require(throws: SchemaError.self) { try StructuralSchema.read(json, field: "s") }
        #expect(error.causes.map(\.description) == [expected])
    }

    @Test func depthIsBounded() throws {
        var json: JSONValue = ["type": "string"]
        for _ in 0..<100 { json = ["type": "object", "properties": ["a": json]] }
        let error = try #require(throws: SchemaError.self) { try StructuralSchema.read(json) }
        #expect(error.description.contains("a schema may have at most 64 levels"))
    }
}
