import Wire

/// One operator pod that may own tasks; its name is the name of its seat.
package struct Member: Sendable, Equatable {
    package var name: String
    /// Its share of the tasks in proportion to the others', 1…`PlacementLimits.weightMax`.
    package var weight: Int
    /// The count of tasks it last published, if it has.
    package var load: Int?
    /// Changes with every publication, also of the same count: what was assigned before is part of it.
    package var publication: UInt64

    package init(_ name: String, weight: Int = 1, load: Int? = nil, publication: UInt64 = 0) {
        self.name = name
        self.weight = min(max(weight, 1), PlacementLimits.weightMax)
        self.load = load.map { min(max($0, 0), PlacementLimits.loadMax) }
        self.publication = publication
    }

    /// The order of a table.
    func precedes(_ other: Member) -> Bool { ByteOrder.precedes(name, other.name) }
}

/// The members at one moment: immutable, with everything that a lookup needs worked out beforehand. Each reactor is
/// handed its own copy by message; nobody locks.
package struct MemberTable: Sendable, Equatable {
    /// In byte order of their names, which no two share.
    package let members: [Member]
    /// `Digest64` of each name.
    package let hashes: [UInt64]
    package let weights: [Int]
    package let totalWeight: Int
    /// Plain rendezvous hashing decides when all weights are equal.
    package let isUniform: Bool
    /// False: no pod has published a count, so placement is by hash alone.
    package let hasLoads: Bool
    /// Webhook replicas that assign at the same time as this one, itself included.
    package let replicas: Int

    package static let empty = MemberTable([])

    /// Of several members with one name the first counts; above the limit the last in name order are left out. `previous`: whose
    /// hashes are taken over for the names that both have, which are nearly all.
    package init(_ unordered: [Member], replicas: Int = 1, following previous: MemberTable? = nil) {
        members = Self.ordered(unordered)
        hashes = Self.hashes(members, previous)
        let weights = members.map(\.weight)
        self.weights = weights
        totalWeight = weights.reduce(0, +)
        isUniform = weights.allSatisfy { $0 == weights[0] }
        hasLoads = members.contains { $0.load != nil }
        self.replicas = min(max(replicas, 1), PlacementLimits.replicasMax)
    }

    private static func hashes(_ members: [Member], _ previous: MemberTable?) -> [UInt64] {
        guard let previous, !previous.isEmpty else { return members.map { Digest64.of($0.name) } }
        var position = 0
        return members.map { member in
            // Nearly always the very same String, which is seen without a look at its bytes.
            while position < previous.count, previous.members[position].name != member.name {
                guard previous.members[position].precedes(member) else { return Digest64.of(member.name) }
                position += 1
            }
            guard position < previous.count else { return Digest64.of(member.name) }
            return previous.hashes[position]
        }
    }

    private static func ordered(_ unordered: [Member]) -> [Member] {
        // As endpoints come, they need no sorting.
        let isOrdered = zip(unordered, unordered.dropFirst()).allSatisfy { $0.precedes($1) }
        if isOrdered, unordered.count <= PlacementLimits.membersMax { return unordered }
        let ordered = unordered.enumerated().sorted { left, right in
            if left.element.name == right.element.name { return left.offset < right.offset }
            return left.element.precedes(right.element)
        }
        var members: [Member] = []
        for (_, member) in ordered
        where member.name != members.last?.name && members.count < PlacementLimits.membersMax {
            members.append(member)
        }
        return members
    }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    package func index(of name: String) -> Int? {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if ByteOrder.precedes(members[middle].name, name) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < members.count && members[low].name == name ? low : nil
    }

    /// Whether the same members with the same weights are here: a difference that owners would notice.
    package func hasSameMembers(as other: MemberTable) -> Bool {
        members.count == other.members.count
            && zip(members, other.members).allSatisfy { $0.name == $1.name && $0.weight == $1.weight }
    }
}
