import KubeModel

/// Tasks of whole seats that are still to be looked at: taken over in one step however many they are, and given out one by one. (A pod
/// that has just got a seat may begin at once, and not when ten thousand tasks have been put into a queue.)
struct Backlog: Sendable {
    private var parts: [(seat: String, keys: ArraySlice<ObjectKey>)] = []

    var count: Int { parts.reduce(0) { $0 + $1.keys.count } }

    /// All tasks of the seat, in order, beginning with the first that is left if some are: so that those at the end have their turn
    /// however often all are added.
    mutating func add(_ keys: [ObjectKey], of seat: String) {
        let next = parts.first { $0.seat == seat }?.keys.first
        remove(seat)
        guard !keys.isEmpty else { return }
        let cut = next.flatMap { next in keys.firstIndex { !($0 < next) } } ?? 0
        parts.append((seat, ArraySlice(keys[cut...] + keys[..<cut])))
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
