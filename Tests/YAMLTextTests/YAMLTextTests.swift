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
            ("NULL", .null), ("nUll", "nUll"), ("Off", false), ("oN", "oN"), ("y", "y"), ("+7", 7), ("0b101", 5),
            ("0o17", 15), ("08", .number(8)), ("+", "+"), (".", "."), ("._", "._"), ("0x", "0x"),
            ("_1", "_1"),
            ("1.", .number(1)), (".5", .number(0.5)), ("-1.5e-3", .number(-0.0015)), ("1e", "1e"), ("e5", "e5"),
            ("1_000.5", .number(1000.5)), (".nan", ".nan"), ("1:30.5", "1:30.5"), ("! 12", "12"), ("!!int '12'", 12),
            ("!!bool 'yes'", true), ("!!null x", .null), ("!!float 3", .number(3)), ("!!int x", "x"), ("!mine 5", "5"),
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
            Issue.record("an error is expected, not \(try YAMLText.parse(text))")
        } catch {
            #expect(error.description.contains(part), "\(error)")
        }
    }

    @Test(arguments: [
        (
            "a: [1,\n  2",
            "line 3, column 1: did not find expected ',' or ']', while parsing a flow sequence at line 1, column 4"
        ),
        ("a:\n  b: c: d", "line 2, column 7: mapping values are not allowed in this context"),
        ("x: 1\na: *nowhere", "line 2, column 4: the alias '*nowhere' has no anchor '&nowhere' before it"),
        ("a: &a [*a]", "line 1, column 8: the alias '*a' has no anchor '&a' before it"),
        ("b: 0\na: 1\na: 2", "line 3, column 1: the key 'a' is duplicated"),
        ("a: {<<: {b: 1}}", "line 1, column 5: a key is no plain name"),
        ("? [x]\n: 1", "line 1, column 3: a key is no plain name"),
        (
            "a: 1\n\tb: 2",
            "line 2, column 1: found a tab character that violates indentation, "
                + "while scanning a plain scalar at line 1, column 4"
        ),
    ])
    func mistakesAreSaidWithTheirPlace(text: String, said: String) {
        do {
            Issue.record("an error is expected, not \(try YAMLText.parse(text))")
        } catch {
            #expect(error.description == said)
        }
    }

    @Test func anAnchorIsOfItsOwnDocument() throws {
        #expect(throws: YAMLText.Malformed.self) { try YAMLText.parse("a: &x 1\n---\nb: *x\n") }
    }

    @Test func anAliasCanBeAKey() throws {
        #expect(try YAMLText.parse("[&n 80, {*n : x}]") == [[80, ["80": "x"]]])
    }

    @Test func textOfAnyFormIsKept() throws {
        let text = "a: |\n  one\n  two\nb: >-\n  one\n  two\nc: \"\\u00e9\\0\\n\"\nd: 'it''s'\n"
        #expect(try YAMLText.parse(text) == [["a": "one\ntwo\n", "b": "one two", "c": "é\0\n", "d": "it's"]])
    }

    @Test(arguments: ["a: 1\nb: 2\n", "{\"a\": 1, \"b\": 2}", "---\na: 1\nb: 2\n"])
    func aByteOrderMarkBeforeTheTextIsPassedOver(text: String) throws {
        #expect(try YAMLText.parse("\u{FEFF}" + text) == [["a": 1, "b": 2]])
        #expect(try YAMLText.parse(Array(("\u{FEFF}" + text).utf8)) == [["a": 1, "b": 2]])
    }

    /// As docs/limits.md says it.
    @Test func surrogatesAndControlsAreRefusedAndAnEscapedZeroIsNot() throws {
        for text in ["\"\\ud83d\"", "\"\\ud83d\\ude00\"", "a\0b", "a: \u{7}"] {
            #expect(throws: YAMLText.Malformed.self) { try YAMLText.parse(text) }
        }
        #expect(try YAMLText.parse("\"\\0\"") == ["\0"])
        #expect(try YAMLText.parse("\"\\U0001F600\"") == ["😀"])
    }

    @Test func numbersThatJSONCannotSayStayText() throws {
        #expect(try YAMLText.parse("[1e999, .inf, .nan]") == [["1e999", ".inf", ".nan"]])
        #expect(try YAMLText.parse("-0") == [0])
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

    @Test func depthIsBounded() throws {
        let text = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        #expect(throws: YAMLText.Malformed.self) { try YAMLText.parse(text) }
        let allowed = JSONLimits.depthMax - 1
        let deep = String(repeating: "[", count: allowed) + String(repeating: "]", count: allowed)
        #expect(try YAMLText.parse(deep).count == 1)
        // A copy brings its depth along.
        let half = String(repeating: "[", count: allowed - 2) + String(repeating: "]", count: allowed - 2)
        #expect(try YAMLText.parse("a: &a \(half)\nb: *a").count == 1)
        #expect(throws: YAMLText.Malformed.self) { try YAMLText.parse("a: &a \(half)\nb: [[[[*a]]]]") }
    }
}
