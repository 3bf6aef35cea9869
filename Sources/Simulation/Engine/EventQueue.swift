import Wire

/// What is to happen, by time, and at one time in the order in which it was asked for: two runs of one seed never differ.
/// A binary heap of small entries; the elements lie beside it, so that sinking moves no payload.
struct EventQueue<Element> {
    private struct Entry {
        var at: MonotonicInstant
        var order: UInt64
        var slot: Int

        func isBefore(_ other: Entry) -> Bool { at != other.at ? at < other.at : order < other.order }
    }

    private var heap: [Entry] = []
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
        heap.append(Entry(at: at, order: order, slot: slot))
        order += 1
        rise(heap.count - 1)
    }

    mutating func next() -> (at: MonotonicInstant, element: Element)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink(0)
        }
        guard let element = elements[first.slot].take() else { return nil }
        free.append(first.slot)
        return (first.at, element)
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0, heap[index].isBefore(heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            let (left, right) = (2 * index + 1, 2 * index + 2)
            if left < heap.count, heap[left].isBefore(heap[least]) { least = left }
            if right < heap.count, heap[right].isBefore(heap[least]) { least = right }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
