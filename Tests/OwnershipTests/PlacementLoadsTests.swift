import Ownership
import Testing

@Suite struct PlacementLoadsTests {
    @Test func ownAssignmentsCountForAllAssigners() {
        var loads = PlacementLoads(table([("a", 10, 1), ("b", 20, 1)], replicas: 3), reactors: 2)
        loads.count(0)
        #expect(loads.loads == [16, 20])
        #expect(loads.total == 36)
    }

    @Test func aPublicationEndsWhatWasAssignedBefore() {
        var loads = PlacementLoads(table([("a", 10, 1), ("b", 20, 1)]))
        loads.count(0)
        loads.count(1)
        loads.adopt(table([("a", 11, 2), ("b", 20, 1)]))
        #expect(loads.loads == [11, 21])
    }

    @Test func assignmentsFollowAMemberWhoseIndexChanges() {
        var loads = PlacementLoads(table([("b", 5, 1), ("d", 5, 1)]))
        loads.count(1)
        loads.adopt(table([("a", 0, 1), ("c", 0, 1), ("d", 5, 1)]))
        #expect(loads.loads == [0, 0, 6])
        loads.adopt(table([("d", 5, 1)]))
        #expect(loads.loads == [6])
        loads.adopt(.empty)
        #expect(loads.loads.isEmpty && loads.total == 0)
    }

    @Test func withoutPublishedLoadsNothingIsCounted() {
        var loads = PlacementLoads(MemberTable([Member("a"), Member("b")]))
        loads.count(0)
        #expect(loads.total == 0)
    }

    @Test func countsOutOfRangeAreBounded() {
        var loads = PlacementLoads(
            MemberTable([Member("a", load: .max), Member("b", load: -5)], replicas: .max),
            reactors: .max
        )
        #expect(loads.loads == [PlacementLimits.loadMax, 0])
        for _ in 0..<2_000 { loads.count(1) }
        loads.count(7)
        loads.count(-1)
        #expect(loads.loads.allSatisfy { $0 <= PlacementLimits.loadMax })
        #expect(Placement.owner(of: 1, loads) != nil)
    }

    private func table(_ members: [(String, Int, UInt64)], replicas: Int = 1) -> MemberTable {
        MemberTable(members.map { Member($0.0, load: $0.1, publication: $0.2) }, replicas: replicas)
    }
}
