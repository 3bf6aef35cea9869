/// What one reactor believes about each member's load: the count the pod published, plus what this reactor has assigned
/// to it since. Reactors and replicas do not tell each other, so each counts its own assignments for all of them;
/// without that term counts that are seconds old make every replica pile tasks on the same pod.
package struct PlacementLoads: Sendable {
    package private(set) var table: MemberTable
    /// How many assigners there are, all taken to assign as much as this one.
    private var assigners: Int
    private let reactors: Int
    /// Own assignments since the member's last publication, by the table's order.
    private var assigned: [Int]
    /// Published and assigned together, by the table's order.
    package private(set) var loads: [Int]
    package private(set) var total: Int

    package init(_ table: MemberTable = .empty, reactors: Int = 1) {
        self.reactors = min(max(reactors, 1), PlacementLimits.replicasMax)
        self.table = table
        assigners = self.reactors * table.replicas
        assigned = Array(repeating: 0, count: table.count)
        loads = table.members.map { $0.load ?? 0 }
        total = loads.reduce(0, +)
    }

    /// Takes the next snapshot. Own assignments are kept for members that have published nothing since.
    package mutating func adopt(_ next: MemberTable) {
        var kept = Array(repeating: 0, count: next.count)
        // Both are in order of name, so one walk over both finds who was there before: a request may be waiting.
        var before = 0
        for (index, member) in next.members.enumerated() {
            while before < table.count, table.members[before].precedes(member) { before += 1 }
            guard before < table.count, table.members[before].name == member.name else { continue }
            if table.members[before].publication == member.publication { kept[index] = assigned[before] }
        }
        table = next
        assigners = reactors * next.replicas
        assigned = kept
        loads = next.members.indices.map { index in
            min((next.members[index].load ?? 0) + kept[index] * assigners, PlacementLimits.loadMax)
        }
        total = loads.reduce(0, +)
    }

    /// Counts one assignment, once its answer is on the way; never for a dry run.
    package mutating func count(_ index: Int) {
        guard assigned.indices.contains(index), table.hasLoads, loads[index] + assigners <= PlacementLimits.loadMax
        else { return }
        assigned[index] += 1
        loads[index] += assigners
        total += assigners
    }
}
