import Testing
import Wire
import YAMLText

@Suite struct YAMLWriterTests {
    @Test(
        arguments: [
            [:], [], .null, true, 5, .number(1.5), "x", "", "yes", "null", "12", "1.5", "a: b", "- a", "# c",
            "two\nlines",
            "é", "'q'", "~", ["a": []], ["a": [:]], [[1, [2, ["x": [3]]]]],
            ["a": ["b": [["c": 1, "d": ["e"]], "f"]], "no": "on", "10": "0x1", "k: k": "\t"],
        ] as [JSONValue]
    )
    func readsBackAsItWas(value: JSONValue) throws {
        #expect(try YAMLText.parse("--- \n" + YAMLText.text(of: value)) == (value.isNull ? [] : [value]))
    }

    /// What JSON may hold as it is, YAML readers refuse or fold: these texts were written and could not be read.
    @Test(arguments: ["\u{7F}", "a\u{85}b", "\u{2028}", "x\u{2029}y", "x\u{FEFF}a", "\u{FFFE}\u{FFFF}", "\u{80}\u{9F}"])
    func charactersThatYAMLHasNotAreEscaped(text: String) throws {
        let value: JSONValue = [text: .string(text)]
        #expect(try YAMLText.parse(YAMLText.text(of: value)) == [value])
    }

    @Test(arguments: [999, 1_001, 1_024, 5_000])
    func longNamesAreKeys(count: Int) throws {
        let name = String(repeating: "k", count: count)
        let value: JSONValue = ["m": [name: ["x": 1], name + "2": [1], name + "3": "y"], "n": [[name: 5]]]
        #expect(try YAMLText.parse(YAMLText.text(of: value)) == [value])
    }

    @Test func looksAsKubectlWritesIt() {
        let value: JSONValue = ["metadata": ["name": "a-b.c/d"], "list": [["x": 1, "y": "no"], "z"], "empty": [:]]
        #expect(
            YAMLText.text(of: value) == """
                empty: {}
                list:
                - x: 1
                  "y": "no"
                - z
                metadata:
                  name: a-b.c/d

                """
        )
    }
}
