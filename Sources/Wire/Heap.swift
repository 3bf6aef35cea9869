/// What a heap is ordered by. Of two elements one must be before the other, or two runs of one story could differ.
package protocol HeapElement {
    func isBefore(_ other: Self) -> Bool
}

/// A binary heap: the first of all is at hand, and one goes in or out in O(log n) comparisons (Williams 1964).
package struct Heap<Element: HeapElement> {
    @usableFromInline var elements: [Element] = []

    @inlinable package init() {}

    @inlinable package var count: Int { elements.count }
    @inlinable package var first: Element? { elements.first }

    @inlinable package mutating func insert(_ element: Element) {
        elements.append(element)
        var index = elements.count - 1
        while index > 0, elements[index].isBefore(elements[(index - 1) / 2]) {
            elements.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    @inlinable package mutating func popFirst() -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return first }
        elements[0] = last
        sink()
        return first
    }

    /// Leaves the others out.
    @inlinable package mutating func keep(where isWanted: (Element) -> Bool) {
        // What is sorted is a heap.
        elements = elements.filter(isWanted).sorted { $0.isBefore($1) }
    }

    @inlinable mutating func sink() {
        var index = 0
        while true {
            var least = index
            let (left, right) = (2 * index + 1, 2 * index + 2)
            if left < elements.count, elements[left].isBefore(elements[least]) { least = left }
            if right < elements.count, elements[right].isBefore(elements[least]) { least = right }
            if least == index { return }
            elements.swapAt(index, least)
            index = least
        }
    }
}

extension Heap: Sendable where Element: Sendable {}
