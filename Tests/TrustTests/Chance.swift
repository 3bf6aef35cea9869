import Wire

/// Reproducible numbers (SplitMix64).
struct Chance {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Int(Digest64.mix(state) % UInt64(bound))
    }

    mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }
}

/// What is to happen, by time and then in the order in which it was added: a binary heap.
struct Happenings {
    typealias Happening = (inout RotationWorld) -> Void
    private var heap: [(time: MonotonicInstant, number: Int, happening: Happening)] = []
    private var count = 0

    mutating func add(_ time: MonotonicInstant, _ happening: @escaping Happening) {
        count += 1
        heap.append((time, count, happening))
        var index = heap.count - 1
        while index > 0, isBefore(index, (index - 1) / 2) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func next() -> (MonotonicInstant, Happening)? {
        guard let first = heap.first else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == index { return (first.time, first.happening) }
            heap.swapAt(index, least)
            index = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].time, heap[left].number) < (heap[right].time, heap[right].number)
    }
}
