import Wire

/// Keys that become due, each once: a heap by (time, order of arrival). An entry whose key was removed or has got
/// an earlier time stays in the heap as a leftover until it surfaces; once they outnumber the keys by 64 they all go.
struct DelayedKeys<Key: Hashable & Sendable>: Sendable {
    private struct Entry: HeapElement, Sendable {
        var due: MonotonicInstant
        var order: UInt64
        var key: Key

        func isBefore(_ other: Entry) -> Bool { due != other.due ? due < other.due : order < other.order }
    }

    private var heap = Heap<Entry>()
    /// The entry that counts for each key.
    private var current: [Key: Entry] = [:]
    private var nextOrder: UInt64 = 0

    var count: Int { current.count }
    /// The first in the heap always counts.
    var earliest: MonotonicInstant? { heap.first?.due }

    mutating func insert(_ key: Key, at due: MonotonicInstant) {
        if let known = current[key], known.due <= due { return }
        let entry = Entry(due: due, order: nextOrder, key: key)
        current[key] = entry
        heap.insert(entry)
        nextOrder += 1
        tidy()
    }

    mutating func remove(_ key: Key) {
        if current.removeValue(forKey: key) != nil { tidy() }
    }

    mutating func popDue(_ now: MonotonicInstant) -> Key? {
        guard let earliest, earliest <= now, let first = heap.popFirst() else { return nil }
        current[first.key] = nil
        tidy()
        return first.key
    }

    /// Drops leftovers from the top, and all of them once they are many.
    private mutating func tidy() {
        while let first = heap.first, current[first.key]?.order != first.order { _ = heap.popFirst() }
        guard heap.count > 2 * current.count + 64 else { return }
        heap.keep { current[$0.key]?.order == $0.order }
    }
}
