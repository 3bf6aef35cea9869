import Testing
import Wire

/// What is skipped must be judged as strictly as what is read, by whichever of the two ways it is skipped.
@Suite struct JSONSkipTests {
    private static let texts: [String] = [
        #"{}"#, #"[]"#, #""""#, "0", "-0", "12", "-1.5e+3", "1E9", "true", "false", "null",
        #" { "a" : [ 1 , { "b" : null } , [ ] , { } ] , "c" : "d" } "#,
        #"{"managedFields":[{"fieldsV1":{"f:spec":{".":{},"f:owner":{}}},"time":"2026-01-01T00:00:00Z"}]}"#,
        #"["plain text that is longer than eight bytes","\"","\\","\u00e9\ud83d\ude00","\b\f\n\r\t\/"]"#,
        #"["ä","€","😀","12345678ä","1234567ä","ä1234567€","no end of it: 0123456789012345678901234567890123456789"]"#,
        #"{"":"","a":[[[[[[[[[[1.25]]]]]]]]]]}"#,
        #"[-0.0,0.5,10,1e1,1e-1,1E+1,123456789012345678901234567890]"#,
    ]

    /// The end of the text's value, or where it is wrong.
    private func skipped(_ text: [UInt8]) -> Result<Int, JSONError> {
        var reader = JSONReader(text.span)
        do throws(JSONError) {
            let range = try reader.skipValue()
            try reader.expectEnd()
            return .success(range.upperBound)
        } catch {
            return .failure(error)
        }
    }

    private func agree(_ text: [UInt8]) {
        let shown = String(decoding: text, as: UTF8.self)
        do throws(JSONError) {
            _ = try JSONValue.parse(text, deeper: .leftOut)
            if case .failure(let error) = skipped(text) { Issue.record("\(shown) is read, but skipping says \(error)") }
        } catch {
            #expect(skipped(text) == .failure(error), "\(shown)")
        }
    }

    @Test(arguments: texts) func aWholeTextIsSkippedToItsEnd(text: String) throws {
        let trimmed = text.drop { $0 == " " }
        let end = text.utf8.count - (text.hasSuffix(" ") ? 1 : 0)
        #expect(skipped(Array(text.utf8)) == .success(end), "\(trimmed)")
    }

    @Test(arguments: texts) func aTextCutAnywhereIsJudgedAsWhenRead(text: String) {
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count { agree(Array(bytes[..<count])) }
    }

    @Test(arguments: texts) func aTextWithOneByteChangedIsJudgedAsWhenRead(text: String) {
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            for byte in [UInt8](arrayLiteral: 0x00, 0x1F, 0x20, 0x22, 0x2C, 0x2E, 0x30, 0x3A, 0x5B, 0x5C, 0x5D, 0x65)
                + [0x75, 0x7B, 0x7D, 0x7F, 0x80, 0xC0, 0xC3, 0xE2, 0xED, 0xF0, 0xF5, 0xFF]
            {
                var changed = bytes
                changed[index] = byte
                agree(changed)
                changed = bytes
                changed.insert(byte, at: index)
                agree(changed)
            }
        }
    }

    /// A string's special bytes at every place of the eight that are looked at together.
    @Test func aSpecialByteIsFoundAtEveryPlace() {
        for length in 0...24 {
            for place in 0..<max(1, length) {
                for special in [#"\n"#, #"\u0041"#, "é", "😀", "\u{1}"] {
                    let text = String(repeating: "x", count: place) + special + String(repeating: "y", count: length)
                    agree(Array(("\"" + text + "\"").utf8))
                    agree(Array(("[\"" + text + "\"]").utf8))
                }
            }
        }
    }

    @Test(arguments: [1, 63, 64, 65, 255, 256, 257, 300]) func depthIsBoundedAsWhenRead(depth: Int) {
        let open = String(repeating: "[", count: depth), close = String(repeating: "]", count: depth)
        agree(Array((open + close).utf8))
        agree(Array((open + "1.5x" + close).utf8))
        let objects = String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        agree(Array(objects.utf8))
        agree(Array((#"{"x":"# + objects + "}").utf8))
    }

    @Test func knownNamesAreFoundAndNoOthers() throws {
        let names = ["uid", "kind", "namespace", "deletionTimestamp", "", "a", "subResource", "name"]
        let table = JSONNameTable(names.map { JSONName(stringLiteral: $0) })
        for (index, name) in names.enumerated() {
            #expect(table.index(of: JSONName(stringLiteral: name)) == index)
            #expect(table.index(of: JSONName(stringLiteral: name + "s")) == nil)
        }
        #expect(table.index(of: JSONName(stringLiteral: String(repeating: "n", count: 25))) == nil)
        // A name at the very end of a text, where no eight bytes follow, is the same name.
        for name in names {
            let text = Array(#"{"\#(name)":1}"#.utf8)
            var reader = JSONReader(text.span)
            try reader.beginObject()
            let found = try #require(try reader.nextName())
            #expect(table.index(of: found) == names.firstIndex(of: name))
        }
    }
}
