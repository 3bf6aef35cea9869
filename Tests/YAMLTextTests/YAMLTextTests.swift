import Testing
import Wire
import YAMLText

@Suite struct YAMLTextTests {
    @Test func everyDocumentIsReadAndEmptyOnesAreNot() throws {
        #expect(
            try YAMLText.parse("a: 1\n---\n# nothing\n---\nb: [x, {y: z}]\n") == [["a": 1], ["b": ["x", ["y": "z"]]]]
        )
        #expect(try YAMLText.parse("") == [])
    }

    @Test(
        arguments: [
            ("true", true), ("no", false), ("on", true), ("\"yes\"", "yes"), ("~", .null), ("null", .null),
            ("\"\"", ""),
            ("12", 12), ("-3", -3), ("0644", 420), ("0x1F", 31), ("1_000", 1000), ("1.5", .number(1.5)),
            ("1e3", .number(1000)),
            ("10:30", "10:30"), ("1.2.3", "1.2.3"), (".inf", ".inf"), ("2026-11-22T16:38:00Z", "2026-11-22T16:38:00Z"),
            ("99999999999999999999", .number(1e20)), ("x y", "x y"), ("'01'", "01"), ("!!str 12", "12"),
        ] as [(String, JSONValue)]
    )
    func scalarsAreReadAsKubernetesToolsReadThem(text: String, value: JSONValue) throws {
        #expect(try YAMLText.parse("a: " + text) == [["a": value]])
    }

    @Test func jsonIsYAML() throws {
        #expect(try YAMLText.parse(#"{"a": {"b": [1, true, null, "x"]}}"#) == [["a": ["b": [1, true, .null, "x"]]]])
    }

    @Test func keysThatLookLikeNumbersStayNames() throws {
        #expect(try YAMLText.parse("80: a\ntrue: b") == [["80": "a", "true": "b"]])
    }

    @Test func anchorsAreCopied() throws {
        #expect(try YAMLText.parse("a: &x {k: 1}\nb: *x") == [["a": ["k": 1], "b": ["k": 1]]])
    }

    @Test(arguments: [
        ("a: [1", "1"), ("a: b: c", "1"), ("a: *nowhere", "nowhere"), ("a: 1\na: 2", "duplicated"),
        ("a: {<<: {b: 1}}", "no plain name"),
        ("? [x]\n: 1", "no plain name"), ("\tx", "1"),
    ])
    func whatCannotBeReadSaysWhy(text: String, part: String) {
        do {
            Issue.record("an error is due, not \(try YAMLText.parse(text))")
        } catch {
            #expect(error.description.contains(part), "\(error)")
        }
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: YAMLText.Malformed.self) { try YAMLText.parse([0x61, 0xFF]) }
    }

    @Test func aBillionLaughsAreNotLaughed() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            text += "a\(level): &a\(level) [" + (0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", ") + "]\n"
        }
        #expect(throws: YAMLText.Malformed.self) { try YAMLText.parse(text) }
    }

    @Test func depthIsBounded() {
        let text = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        #expect(throws: YAMLText.Malformed.self) { try YAMLText.parse(text) }
    }
}
