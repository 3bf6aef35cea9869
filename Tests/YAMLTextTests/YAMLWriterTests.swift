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
