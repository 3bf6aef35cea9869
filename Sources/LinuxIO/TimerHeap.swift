internal import Wire

/// A timer to cancel by; stands for one `schedule`.
package struct TimerID {
    fileprivate let node: TimerNode
}

private final class TimerNode {
    let deadline: MonotonicInstant
    /// Timers of the same instant fire in the order they were set.
    let sequence: UInt64
    let body: () -> Void
    /// Place in the heap; -1 once fired or cancelled.
    var index = -1

    init(_ deadline: MonotonicInstant, _ sequence: UInt64, _ body: @escaping () -> Void) {
        self.deadline = deadline
        self.sequence = sequence
        self.body = body
    }

    func isBefore(_ other: TimerNode) -> Bool { (deadline, sequence) < (other.deadline, other.sequence) }
}

/// A binary heap that can remove from the middle, so that cancelled timers hold no memory.
struct TimerHeap {
    private var nodes: [TimerNode] = []
    private var sequence: UInt64 = 0

    var first: MonotonicInstant? { nodes.first?.deadline }
    var count: Int { nodes.count }

    mutating func insert(at deadline: MonotonicInstant, _ body: @escaping () -> Void) -> TimerID {
        sequence += 1
        let node = TimerNode(deadline, sequence, body)
        node.index = nodes.count
        nodes.append(node)
        siftUp(node.index)
        return TimerID(node: node)
    }

    mutating func popDue(_ now: MonotonicInstant) -> (() -> Void)? {
        guard let first = nodes.first, first.deadline <= now else { return nil }
        removeNode(at: 0)
        return first.body
    }

    mutating func remove(_ timer: TimerID) {
        guard timer.node.index >= 0, timer.node.index < nodes.count, nodes[timer.node.index] === timer.node else {
            return
        }
        removeNode(at: timer.node.index)
    }

    private mutating func removeNode(at index: Int) {
        let last = nodes.count - 1
        swap(index, last)
        nodes.removeLast().index = -1
        guard index < last else { return }
        siftDown(index)
        siftUp(index)
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        nodes.swapAt(left, right)
        nodes[left].index = left
        nodes[right].index = right
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0, nodes[index].isBefore(nodes[(index - 1) / 2]) {
            swap(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < nodes.count && nodes[child].isBefore(nodes[least])
            {
                least = child
            }
            guard least != index else { return }
            swap(index, least)
            index = least
        }
    }
}
