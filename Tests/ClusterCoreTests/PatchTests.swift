import ClusterCore
import Testing
import Wire

/// The three patches as functions of two documents.
@Suite struct PatchTests {
    /// The examples of RFC 6902, appendix A, that concern what we do.
    @Test(arguments: [
        (#"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"baz":"qux","foo":"bar"}"#),
        (#"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#, #"{"foo":["bar","qux","baz"]}"#),
        (#"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
        (#"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#, #"{"foo":["bar","baz"]}"#),
        (#"{"baz":"qux"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#, #"{"baz":"boo"}"#),
        (
            #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
            #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
            #"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#
        ),
        (
            #"{"foo":["all","grass","cows","eat"]}"#, #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
            #"{"foo":["all","cows","eat","grass"]}"#
        ),
        (
            #"{"foo":"bar"}"#, #"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
            #"{"child":{"grandchild":{}},"foo":"bar"}"#
        ),
        (#"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#, #"{"/":9,"~1":10}"#),
        (
            #"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
            #"{"foo":["bar",["abc","def"]]}"#
        ),
        (#"{"a":{"b":1}}"#, #"[{"op":"copy","from":"/a","path":"/c"}]"#, #"{"a":{"b":1},"c":{"b":1}}"#),
        (#"{"a":1}"#, #"[{"op":"test","path":"/a","value":1.0}]"#, #"{"a":1}"#),
    ])
    func jsonPatch(document: String, patch: String, result: String) throws {
        let patched = try JSONPatch(try JSONValue.parse(patch)).applied(to: try JSONValue.parse(document))
        #expect(String(decoding: patched.serialized(), as: UTF8.self) == result)
    }

    @Test(arguments: [
        (#"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz/bat","value":"qux"}]"#),
        (#"{"baz":"qux"}"#, #"[{"op":"test","path":"/baz","value":"bar"}]"#),
        (#"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":"10"}]"#),
        (#"{"a":[1]}"#, #"[{"op":"add","path":"/a/2","value":1}]"#),
        (#"{"a":[1]}"#, #"[{"op":"remove","path":"/a/1"}]"#),
        (#"{"a":[1]}"#, #"[{"op":"replace","path":"/a/01","value":1}]"#),
        (#"{"a":1}"#, #"[{"op":"add","path":"b","value":1}]"#),
        (#"{"a":1}"#, #"[{"op":"add","path":"/b"}]"#),
        (#"{"a":{"b":1}}"#, #"[{"op":"move","from":"/a","path":"/a/c"}]"#),
        (#"{"a":1}"#, #"[{"op":"copy","from":"/b","path":"/c"}]"#), (#"{"a":1}"#, #"[{"path":"/a"}]"#),
    ])
    func jsonPatchThatDoesNotApply(document: String, patch: String) throws {
        let patch = try JSONPatch(try JSONValue.parse(patch))
        let document = try JSONValue.parse(document)
        #expect(throws: JSONPatchError.self) { try patch.applied(to: document) }
    }

    /// Copies into itself could make eight levels hundreds of thousands, and whoever writes those runs out of stack.
    @Test(arguments: [
        #"{"op":"copy","from":"","path":"/a/a/a/a/a/a/a/a"}"#,
        #"{"op":"add","path":"/a/a/a/a/a/a/a","value":\#(nested(250))}"#,
    ])
    func aPatchMakesNoDocumentDeeperThanItMayBe(operation: String) throws {
        let document = try JSONValue.parse(Self.nested(8))
        let patch = "[" + Array(repeating: operation, count: 40).joined(separator: ",") + "]"
        let error = #expect(throws: JSONPatchError.self) {
            try JSONPatch(try JSONValue.parse(patch)).applied(to: document)
        }
        #expect(error?.text == "the patched document is nested deeper than \(JSONLimits.depthMax)")
    }

    /// Depth is what a document has, not what its patch might have made of it.
    @Test func manyMovesMakeNothingDeeper() throws {
        let moves: [JSONValue] = (0..<1_000).flatMap { _ -> [JSONValue] in
            [
                ["op": "move", "from": "/a", "path": "/b/c"], ["op": "move", "from": "/b/c", "path": "/a"],
            ]
        }
        let document: JSONValue = ["a": try JSONValue.parse(Self.nested(200)), "b": [:]]
        #expect(try JSONPatch(.array(moves)).applied(to: document) == document)
    }

    private static func nested(_ depth: Int) -> String {
        String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    }

    @Test(arguments: ["{}", "7", "[1]", #"["add"]"#])
    func whatIsNoListOfOperationsIsMalformed(text: String) throws {
        let document = try JSONValue.parse(text)
        #expect(throws: JSONPatchError.self) { try JSONPatch(document) }
    }

    @Test func copiesThatDoubleTheDocumentEachTimeAreStopped() throws {
        var operations: [JSONValue] = [["op": "add", "path": "/a", "value": [1, 2, 3, 4]]]
        for _ in 0..<40 { operations.append(["op": "copy", "from": "/a", "path": "/a/-"]) }
        let patch = try JSONPatch(.array(operations))
        #expect(throws: JSONPatchError.self) { try patch.applied(to: [:]) }
    }

    /// The table of RFC 7396, appendix A.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
        (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"a":1,"e":null}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func mergePatch(document: String, patch: String, result: String) throws {
        let merged = MergePatch.apply(try JSONValue.parse(patch), to: try JSONValue.parse(document))
        #expect(String(decoding: merged.serialized(), as: UTF8.self) == result)
    }

    @Test(arguments: [
        (
            #"{"containers":[{"name":"a","image":"1"},{"name":"b","image":"1"}]}"#,
            #"{"containers":[{"name":"b","image":"2"}]}"#,
            #"{"containers":[{"image":"1","name":"a"},{"image":"2","name":"b"}]}"#
        ),
        (
            #"{"containers":[{"name":"a"},{"name":"b"}]}"#, #"{"containers":[{"name":"a","$patch":"delete"}]}"#,
            #"{"containers":[{"name":"b"}]}"#
        ),
        (
            #"{"containers":[{"name":"a"},{"name":"b"}]}"#,
            #"{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"a","image":"2"}]}"#,
            #"{"containers":[{"name":"b"},{"image":"2","name":"a"}]}"#
        ),
        (#"{"args":["a","b"]}"#, #"{"args":["c"]}"#, #"{"args":["c"]}"#),
        (#"{"finalizers":["a"]}"#, #"{"finalizers":["b"]}"#, #"{"finalizers":["a","b"]}"#),
        (#"{"finalizers":["a","b"]}"#, #"{"$deleteFromPrimitiveList/finalizers":["a"]}"#, #"{"finalizers":["b"]}"#),
        (#"{"m":{"a":1,"b":2}}"#, #"{"m":{"$patch":"replace","c":3}}"#, #"{"m":{"c":3}}"#),
        (#"{"m":{"a":1,"b":2}}"#, #"{"m":{"$retainKeys":["b"],"b":3}}"#, #"{"m":{"b":3}}"#),
        (#"{"labels":{"a":"1"}}"#, #"{"labels":{"a":null,"b":"2"}}"#, #"{"labels":{"b":"2"}}"#),
        (
            #"{"ports":[{"port":80,"name":"x"}]}"#, #"{"ports":[{"port":81}]}"#,
            #"{"ports":[{"name":"x","port":80},{"port":81}]}"#
        ),
    ])
    func strategicMergePatch(document: String, patch: String, result: String) throws {
        let merged = StrategicMergePatch.apply(try JSONValue.parse(patch), to: try JSONValue.parse(document))
        #expect(String(decoding: merged.serialized(), as: UTF8.self) == result)
    }
}
