import KubeModel
import Testing
import Wire

@Suite struct WatchEventTests {
    private func event(_ line: String) throws(ModelError) -> WatchEvent { try WatchEvent(line: Array(line.utf8)) }

    @Test func everyTypeIsRead() throws {
        let object: JSONValue = ["metadata": ["name": "a", "resourceVersion": "3"]]
        let text = String(decoding: object.serialized(), as: UTF8.self)
        #expect(try event(#"{"type":"ADDED","object":\#(text)}"#) == .added(object))
        #expect(try event(#"{"type":"MODIFIED","object":\#(text)}"#) == .modified(object))
        #expect(try event(#"{"type":"DELETED","object":\#(text)}"#) == .deleted(object))
        #expect(
            try event(#"{"type":"BOOKMARK","object":\#(text)}"#)
                == .bookmark(ResourceVersion("3"), initialEventsEnd: false)
        )
        let end = #"{"metadata":{"resourceVersion":"4","annotations":{"k8s.io/initial-events-end":"true"}}}"#
        #expect(
            try event(#"{"type":"BOOKMARK","object":\#(end)}"#)
                == .bookmark(ResourceVersion("4"), initialEventsEnd: true)
        )
    }

    /// An API server takes objects 10,000 levels deep. One of them must not end the watch of all the others.
    @Test func aDeeplyNestedObjectIsReadButForWhatIsTooDeep() throws {
        let deep = String(repeating: "[", count: 9_000) + String(repeating: "]", count: 9_000)
        let got = try event(
            #"{"type":"ADDED","object":{"metadata":{"name":"a"},"spec":{"owner":"x","payload":\#(deep)}}}"#
        )
        guard case .added(let object) = got else {
            Issue.record("an object is expected, not \(got)")
            return
        }
        #expect(object.at("spec", "owner") == "x")
        #expect(String(decoding: object.serialized(), as: UTF8.self).contains(JSONLimits.leftOut))
    }

    @Test func anErrorEventCarriesItsStatus() throws {
        let got = try event(
            #"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"#
        )
        guard case .error(let status) = got else {
            Issue.record("an error is expected, not \(got)")
            return
        }
        #expect(status.isExpired)
        #expect(status.message == "too old")
    }

    @Test(arguments: [
        ("", "a watch event is no JSON: a value is missing: the text ends here at byte 0"),
        (#"{"type":"ADDED","object":{"meta"#, "a watch event is no JSON"),
        ("[]", "type: a non-empty string is expected, but there is none"),
        (#"{"type":7}"#, "type: a string is expected, not integer"),
        (#"{"type":"ADDED"}"#, "object: an object is expected, but there is none"),
        (#"{"type":"ADDED","object":[]}"#, "object: an object is expected, not array"),
        (#"{"type":"BOOKMARK","object":{}}"#, "object.metadata: an object is expected, but there is none"),
        (
            #"{"type":"BOOKMARK","object":{"metadata":{}}}"#,
            "object.metadata.resourceVersion: a non-empty string is expected, but there is none"
        ),
        (
            #"{"type":"PATCHED","object":{}}"#,
            "type: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR is expected, not \"PATCHED\""
        ),
    ])
    func aLineThatIsNoEventSaysWhatIsWrong(line: String, text: String) {
        do {
            Issue.record("an error is expected, not \(try event(line))")
        } catch {
            #expect(error.description.hasPrefix(text), "\(error)")
        }
    }
}
