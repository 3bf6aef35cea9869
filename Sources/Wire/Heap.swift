/// What a heap is ordered by. Of two elements one must be before the other, or two runs of one story could differ.
public protocol HeapElement {
    /// Whether this one is to come out earlier.
    func isBefore(_ other: Self) -> Bool
}

/// A binary heap: the first of all is at hand, and one goes in or out in O(log n) comparisons (Williams 1964).
/// Public and inlinable, or it would not be compiled anew for each kind of element.
public struct Heap<Element: HeapElement> {
    @usableFromInline var elements: [Element] = []

    /// An empty one.
    @inlinable public init() {}

    /// How many are in it.
    @inlinable public var count: Int { elements.count }
    /// The one that would come out next.
    @inlinable public var first: Element? { elements.first }

    /// O(log n).
    @inlinable public mutating func insert(_ element: Element) {
        elements.append(element)
        var index = elements.count - 1
        while index > 0, elements[index].isBefore(elements[(index - 1) / 2]) {
            elements.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Takes the first out, in O(log n); nil if there is none.
    @inlinable public mutating func popFirst() -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return first }
        elements[0] = last
        sink()
        return first
    }

    /// Leaves the others out, in O(n log n).
    @inlinable public mutating func keep(where isWanted: (Element) -> Bool) {
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
