import Testing
import Wire

@Suite struct HeapTests {
    private struct Entry: HeapElement, Equatable {
        var at: Int
        var order: Int
        func isBefore(_ other: Entry) -> Bool { at != other.at ? at < other.at : order < other.order }
    }

    @Test(arguments: [UInt64(1), 2, 3]) func whatComesOutIsInOrderWhateverWentIn(seed: UInt64) {
        var drawn = seed
        func draw(below limit: UInt64) -> UInt64 {
            drawn = Digest64.mix(drawn &+ 1)
            return drawn % limit
        }
        var heap = Heap<Entry>()
        var expected: [Entry] = []
        for order in 0..<2_000 {
            let entry = Entry(at: Int(draw(below: 50)), order: order)
            heap.insert(entry)
            expected.append(entry)
            // Now and then the first goes, and later all of one kind.
            if draw(below: 4) == 0 {
                expected.sort { $0.isBefore($1) }
                #expect(heap.first == expected.first)
                #expect(heap.popFirst() == expected.removeFirst())
            }
            if order == 1_500 {
                heap.keep { $0.at % 7 != 0 }
                expected.removeAll { $0.at % 7 == 0 }
            }
            #expect(heap.count == expected.count)
        }
        expected.sort { $0.isBefore($1) }
        for entry in expected { #expect(heap.popFirst() == entry) }
        #expect(heap.popFirst() == nil && heap.first == nil)
    }
}
