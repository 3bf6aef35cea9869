import Wire

/// What is to happen, by time, and at one time in the order in which it was asked for: two runs of one seed never differ.
/// A heap of small entries; the elements lie beside it, so that sinking moves no payload.
struct EventQueue<Element> {
    private struct Entry: HeapElement {
        var at: MonotonicInstant
        var order: UInt64
        var slot: Int

        func isBefore(_ other: Entry) -> Bool { at != other.at ? at < other.at : order < other.order }
    }

    private var heap = Heap<Entry>()
    private var elements: [Element?] = []
    private var free: [Int] = []
    private var order: UInt64 = 0

    var count: Int { heap.count }

    mutating func add(_ element: Element, at: MonotonicInstant) {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            elements[slot] = element
        } else {
            slot = elements.count
            elements.append(element)
        }
        heap.insert(Entry(at: at, order: order, slot: slot))
        order += 1
    }

    mutating func next() -> (at: MonotonicInstant, element: Element)? {
        guard let first = heap.popFirst(), let element = elements[first.slot].take() else { return nil }
        free.append(first.slot)
        return (first.at, element)
    }
}
