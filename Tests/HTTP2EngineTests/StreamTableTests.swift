import Testing

@testable import HTTP2Engine

@Suite struct StreamTableTests {
    private final class Entry {
        let number: Int32
        init(_ number: Int32) { self.number = number }
    }

    /// Against a Dictionary, with numbers that meet in the table, removed in every order.
    @Test(arguments: [Int32(2), 16, 32, 64, 512]) func itHoldsWhatADictionaryHolds(step: Int32) {
        var table = StreamTable<Entry>()
        var expected: [Int32: Entry] = [:]
        var random: UInt64 = 7
        for _ in 0..<20_000 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let number = 1 + Int32(random >> 33 & 63) * step
            if random >> 60 < 8 {
                let entry = Entry(number)
                table[number] = entry
                expected[number] = entry
            } else {
                #expect(table.removeValue(forKey: number) === expected.removeValue(forKey: number))
            }
            let other = 1 + Int32(random >> 43 & 63) * step
            #expect(table[other] === expected[other])
            #expect(table.count == expected.count)
        }
        for number in expected.keys { #expect(table[number]?.number == number) }
    }

    @Test func anEmptyTableHasNothing() {
        var table = StreamTable<Entry>()
        #expect(table[1] == nil && table.count == 0)
        #expect(table.removeValue(forKey: 1) == nil)
    }
}
