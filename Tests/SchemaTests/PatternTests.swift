import Schema
import Testing

@Suite struct PatternTests {
    @Test(arguments: [
        ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "task-owner", true),
        ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "task-", false),
        ("b+", "aabbcc", true),
        ("^b+$", "aabbcc", false),
        ("^(foo|bar|)$", "", true),
        ("^(foo|bar)$", "foobar", false),
        ("^a{2,3}$", "aa", true),
        ("^a{2,3}$", "aaaa", false),
        ("^a{2}$", "aa", true),
        ("^a{2,}$", "a", false),
        ("^a{x}$", "a{x}", true),
        ("^\\d{4}-\\d\\d$", "2026-11", true),
        ("^[^/]+$", "a/b", false),
        ("^[\\w.-]+$", "a_b.c-d", true),
        ("^[]a]$", "]", true),
        ("^[a-]$", "-", true),
        ("^[[:alpha:]]+$", "abc1", false),
        ("^.$", "\n", false),
        ("^.$", "é", true),
        ("\\bcat\\b", "a cat sat", true),
        ("\\bcat\\b", "concat", false),
        ("^(?:ab)*$", "abab", true),
        ("^(?P<name>x)y$", "xy", true),
        ("^\\x41\\x{1F600}$", "A😀", true),
        ("^\\.$", ".", true),
        ("", "anything", true),
        ("a**?b".replacing("**", with: "*"), "aab", true),
    ])
    func matchesLikeRE2(pattern: String, text: String, expected: Bool) throws {
        #expect(try Pattern(pattern).matches(text) == expected)
    }

    @Test(arguments: [
        ("a(?=b)", "look-around is not supported"),
        ("(?<!a)b", "look-around is not supported"),
        ("(a)\\1", "back-references are not supported"),
        ("\\pL", "Unicode classes (\\p) are not supported"),
        ("(?i)a", "flags in a group are not supported"),
        ("(", "missing closing )"),
        (")", "unexpected )"),
        ("[a", "missing closing ]"),
        ("*a", "missing argument to repetition operator"),
        ("a**", "invalid nested repetition operator"),
        ("a{3,2}", "invalid repeat count"),
        ("[z-a]", "invalid character class range"),
        ("a\\", "trailing backslash at end of expression"),
        ("((a{1000}){1000}){1000}", "expression needs more than 10000 states"),
        ("((){1000}){1000}", "expression needs more than 10000 states"),
    ])
    func refusesByName(pattern: String, reason: String) {
        let error = #expect(throws: PatternError.self) { try Pattern(pattern) }
        #expect(error?.reason == reason)
    }

    /// A backtracking matcher would need 2^40 steps here.
    @Test func takesLinearTime() throws {
        let pattern = try Pattern("^(a|a)*(a|a)*(a|a)*b$")
        #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
    }
}
