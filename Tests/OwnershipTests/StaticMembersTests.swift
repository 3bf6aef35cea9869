import Ownership
import Testing

@Suite struct StaticMembersTests {
    @Test func aListIsNamesWithPerhapsWeights() throws {
        let table = try StaticMembers.parse(list: "op-b, op-a=2,op.c")
        #expect(table.members == [Member("op-a", weight: 2), Member("op-b"), Member("op.c")])
        #expect(!table.hasLoads)
    }

    @Test func aFileMayHaveCommentsAndEmptyLines() throws {
        let table = try StaticMembers.parse(file: "# members\nop-a\r\n\n  op-b=3  # big\n")
        #expect(table.members == [Member("op-a"), Member("op-b", weight: 3)])
    }

    @Test(arguments: [
        ("", "member 1: \"\" is no pod name"), ("a,,b", "member 2: \"\" is no pod name"),
        ("a,b,a", "member 3: \"a\" is also member 1"), ("a,B", "member 2: \"B\" is no pod name"),
        ("-a", "member 1"), ("a_b", "member 1"), ("a=0", "\"0\" is no weight; 1 to 1000 is expected"),
        ("a=x", "\"x\" is no weight"), ("a=1001", "is no weight"), ("a=", "is no weight"),
        (String(repeating: "a", count: 254), "is no pod name"),
    ])
    func whatIsWrongIsNamed(list: String, part: String) {
        let error = #expect(throws: StaticMembers.Malformed.self) { try StaticMembers.parse(list: list) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    @Test func anErrorInAFileNamesTheLine() {
        let error = #expect(throws: StaticMembers.Malformed.self) { try StaticMembers.parse(file: "a\n\nb c\n") }
        #expect(error?.description.hasPrefix("line 3: \"b c\"") == true)
        #expect(throws: StaticMembers.Malformed.self) { try StaticMembers.parse(file: "\n# nobody\n") }
    }
}
