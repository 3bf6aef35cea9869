import KubeModel
import Testing
import Wire

@Suite struct ObjectTextTests {
    private func parse(_ text: String) throws -> JSONValue { try ObjectText.parse(Array(text.utf8)) }

    private static let managed = #""managedFields":[{"manager":"kubectl","fieldsV1":{"f:spec":{}}}]"#

    @Test func managedFieldsAreLeftOutWhereverAnObjectStands() throws {
        let object = #"{"kind":"K","metadata":{"name":"a",\#(Self.managed),"uid":"u"},"spec":{"x":[1]}}"#
        let bare: JSONValue = ["kind": "K", "metadata": ["name": "a", "uid": "u"], "spec": ["x": [1]]]
        #expect(try parse(object) == bare)
        #expect(try parse(#"{"type":"ADDED","object":\#(object)}"#) == ["type": "ADDED", "object": bare])
        #expect(
            try parse(#"{"metadata":{"resourceVersion":"5"},"items":[\#(object),\#(object)]}"#)
                == ["metadata": ["resourceVersion": "5"], "items": [bare, bare]]
        )
        #expect(try WatchEvent(line: Array(#"{"type":"MODIFIED","object":\#(object)}"#.utf8)) == .modified(bare))
    }

    @Test func whatAUserCallsSoIsKept() throws {
        for text in [
            #"{"managedFields":1,"spec":{"managedFields":2,"metadata":{"managedFields":3}}}"#,
            #"{"items":[{"spec":{"metadata":{"managedFields":3}}}]}"#,
            #"{"object":{"object":{"metadata":{"managedFields":3}}}}"#,
        ] {
            #expect(try parse(text) == JSONValue.parse(text))
        }
    }

    /// 16 MB of text would be a tree of some hundreds of MB.
    @Test func aTextOfTooManyValuesHasNoRoom() {
        let zeros = Array(String(repeating: "[0,", count: KubeLimits.valuesMax).utf8)
        #expect(!ObjectText.hasRoom(for: zeros))
        #expect(ObjectText.hasRoom(for: Array(zeros.prefix(KubeLimits.valuesMax))))
        #expect(ObjectText.hasRoom(for: Array(repeating: UInt8(ascii: "x"), count: 20 << 20)))
    }

    @Test func whatIsNoObjectIsReadAsItIs() throws {
        for text in ["[1]", "null", #"{"metadata":null,"items":{},"object":[]}"#] {
            #expect(try parse(text) == JSONValue.parse(text))
        }
        #expect(throws: JSONError.self) { try parse("{} {}") }
        #expect(throws: JSONError.self) { try parse(#"{"metadata":{"managedFields":[}}"#) }
    }
}
