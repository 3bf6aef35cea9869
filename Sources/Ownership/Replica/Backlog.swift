import KubeModel

/// Tasks of whole seats that are still to be looked at: taken over in one step however many they are, and given out one by one. (A pod
/// that has just got a seat may begin at once, and not when ten thousand tasks have been put into a queue.)
struct Backlog: Sendable {
    private var parts: [(seat: String, keys: ArraySlice<ObjectKey>)] = []

    var count: Int { parts.reduce(0) { $0 + $1.keys.count } }

    /// Instead of what is left of the seat.
    mutating func add(_ keys: [ObjectKey], of seat: String) {
        remove(seat)
        if !keys.isEmpty { parts.append((seat, keys[...])) }
    }

    mutating func remove(_ seat: String) { parts.removeAll { $0.seat == seat } }

    mutating func next() -> TaskRef? {
        guard let key = parts.first?.keys.first else { return nil }
        let ref = TaskRef(seat: parts[0].seat, key: key)
        parts[0].keys.removeFirst()
        if parts[0].keys.isEmpty { parts.removeFirst() }
        return ref
    }
}
