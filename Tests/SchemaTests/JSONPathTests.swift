import Schema
import Testing
import Wire

@Suite struct JSONPathTests {
    static let object: JSONValue = [
        "metadata": ["annotations": ["a.b/c": "x"], "labels": ["p.q": "y"]],
        "status": ["conditions": [["type": "Ready", "status": "True"], ["type": "Other", "status": "False"]]],
    ]

    @Test(
        arguments: [
            (".metadata.annotations['a.b/c']", "x"), (".metadata.labels.p\\.q", "y"),
            (".status.conditions[1].type", "Other"),
            (".status.conditions[?(@.type==\"Ready\")].status", "True"),
            (".status.conditions[?(@.type == 'Other')].status", "False"),
            (".status.conditions[?(@.type=='None')].status", nil), (".status.nope.deeper", nil),
            (".status.conditions[7].type", nil),
        ] as [(String, String?)]
    )
    func findsOneValue(path: String, expected: String?) throws {
        #expect(try JSONPath(path).value(in: Self.object)?.stringValue == expected)
    }

    @Test(arguments: [
        ("", "a path starts with '.'"), ("spec", "'.' or '[' is expected at character 1"),
        (".a..b", "a member name is expected at character 4"), (".a[0", "'[' is not closed"),
        (".a[*]", "[*] is not supported: a name in quotes, an index or [?(@.member==\"text\")] is"),
        (".*", "a member name is expected at character 3"),
    ])
    func refusesWhatIsNotSimple(path: String, reason: String) {
        let error = #expect(throws: JSONPathError.self) { try JSONPath(path) }
        #expect(error?.reason == reason)
    }
}
