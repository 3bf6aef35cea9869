import KubeModel
import Ownership
import Wire

/// Slices and Leases as strangers may write them, one JSON object on each line; a number is so many milliseconds later.
func fuzzMembership(_ text: [UInt8]) throws(Finding) {
    var view = MembershipView()
    var now = MonotonicInstant(nanoseconds: 0)
    var last = MemberTable.empty
    if let table = view.step(.watching(true), now: now) { last = table }
    for line in text.split(separator: 0x0A).prefix(64) {
        guard let value = try? JSONValue.parse(Array(line)), let event = event(value, &now) else { continue }
        guard let table = view.step(event, now: now) else { continue }
        try hold(table != last, "the same snapshot was told twice")
        last = table
        let names = table.members.map(\.name)
        for (left, right) in zip(names, names.dropFirst()) {
            try hold(left.utf8.lexicographicallyPrecedes(right.utf8), "\(left) stands before \(right)")
        }
        try hold(table.weights.allSatisfy { (1...PlacementLimits.weightMax).contains($0) }, "weights \(table.weights)")
        var loads = PlacementLoads(table, reactors: 4)
        for key in 0..<4 {
            let owner = Placement.owner(of: UInt64(key) &* 0x9E37_79B9_7F4A_7C15, loads, excluding: nil)
            try hold((owner == nil) == table.isEmpty, "no owner among \(table.count)")
            if let owner { loads.count(owner) }
        }
    }
}

private func event(_ value: JSONValue, _ now: inout MonotonicInstant) -> MembershipView.Event? {
    switch value {
    case .integer(let milliseconds):
        now = now + .milliseconds(Int(min(max(milliseconds, 0), 100_000)))
        return .tick
    case .bool(let isUp): return .watching(isUp)
    case .array(let keys):
        return .leaseDeleted(ObjectKey(namespace: "demo", name: keys.first?.stringValue ?? ""))
    case .string(let name): return .sliceDeleted(ObjectKey(namespace: "demo", name: name))
    case .object where value["kind"] == "Lease": return (try? Lease(value)).map { .leaseUpserted($0) }
    case .object: return (try? EndpointSlice(value)).map { .sliceUpserted($0) }
    case .null, .number: return .tick
    }
}
