import Ownership
import Testing

@Suite struct MemberTableTests {
    @Test func membersStandInByteOrderAndTheFirstOfANameCounts() {
        let table = MemberTable([Member("b"), Member("a", weight: 3), Member("B"), Member("a", weight: 9)])
        #expect(table.members.map(\.name) == ["B", "a", "b"])
        #expect(table.weights == [1, 3, 1])
        #expect(table.totalWeight == 5)
        #expect(!table.isUniform)
    }

    @Test func everyMemberIsFoundByName() {
        let table = MemberTable((0..<100).map { Member("op-\($0)") })
        for (index, member) in table.members.enumerated() { #expect(table.index(of: member.name) == index) }
        for name in ["", "op-", "op-100", "zz"] { #expect(table.index(of: name) == nil) }
        #expect(MemberTable.empty.index(of: "a") == nil)
    }

    /// What is taken over from the table before must be what would have been reckoned.
    @Test func aTableThatFollowsAnotherHasTheSameHashes() {
        let before = MemberTable(["b", "d", "f", "h"].map { Member($0) })
        for names in [[], ["a"], ["b", "d", "f", "h"], ["a", "b", "c", "h", "i"], ["d", "e"], ["h"], ["x", "y"]] {
            let members = names.map { Member($0) }
            #expect(MemberTable(members, following: before) == MemberTable(members), "\(names)")
            #expect(MemberTable(members, following: .empty) == MemberTable(members), "\(names)")
        }
    }

    @Test func weightsAreBounded() {
        #expect(Member("a", weight: 0).weight == 1)
        #expect(Member("a", weight: .max).weight == PlacementLimits.weightMax)
    }

    @Test func tooManyMembersAreCutInNameOrder() {
        let names = (0...PlacementLimits.membersMax).map { String($0 + 100_000) }
        #expect(
            MemberTable(names.reversed().map { Member($0) }).members.last?.name == names[PlacementLimits.membersMax - 1]
        )
    }

    @Test func loadsAreNoDifferenceInMembers() {
        let table = MemberTable([Member("a", load: 1), Member("b")])
        #expect(table.hasSameMembers(as: MemberTable([Member("a", load: 2), Member("b")])))
        #expect(!table.hasSameMembers(as: MemberTable([Member("a", weight: 2), Member("b")])))
        #expect(!table.hasSameMembers(as: MemberTable([Member("a")])))
    }
}
