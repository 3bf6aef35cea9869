import Ownership
import Wire

/// How evenly webhook replicas place tasks that arrive all at once: pods publish their true counts once for every ten
/// tasks of each, as Leases that are seconds old would have them, and in between each replica knows only its own.
struct PlacementSpread {
    let members: Int
    let replicas: Int

    /// The most loaded member's tasks over the mean, after so many tasks for each member.
    func place(_ tasksEach: Int) -> Double {
        var counts = Array(repeating: 0, count: members)
        var loads = Array(repeating: PlacementLoads(published(counts, 0)), count: replicas)
        let names = loads[0].table.members.map(\.name)
        for task in 0..<(members * tasksEach) {
            if task % (members * 10) == 0 {
                let table = published(counts, UInt64(task))
                for replica in 0..<replicas { loads[replica].adopt(table) }
            }
            let key = Placement.key(namespace: "demo", name: "task-\(task)", requestUID: "")
            let replica = Int(Digest64.mix(key) % UInt64(replicas))
            guard let owner = Placement.owner(of: key, loads[replica]) else { return .infinity }
            loads[replica].count(owner)
            counts[owner] += 1
        }
        precondition(names == loads[0].table.members.map(\.name), "counts go by the table's order")
        return Double(counts.max() ?? 0) / Double(tasksEach)
    }

    /// In name order, so that an index means the same in every table.
    private func published(_ counts: [Int], _ publication: UInt64) -> MemberTable {
        MemberTable(
            counts.indices.map { Member("op-\(100_000 + $0)", load: counts[$0], publication: publication) },
            replicas: replicas
        )
    }
}
