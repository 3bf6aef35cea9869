import Testing

@testable import Product

/// If these fail, a pod that is quick looks idle just after each renewal and is given everything.
@Suite struct SeatLoadTests {
    @Test func aFinishedTaskCountsUntilThePeriodHasPassed() {
        var load = SeatLoad()
        load.change(from: false, to: true)
        load.change(from: false, to: true)
        load.change(from: true, to: false)
        #expect(load.unfinished == 1)
        #expect(load.published == 2)
        for _ in 1..<SeatLoad.intervals { load.advance() }
        #expect(load.published == 2)
        load.advance()
        #expect(load.published == 1)
    }

    @Test func aTaskThatWasFinishedWhenItCameIsNoLoad() {
        var load = SeatLoad()
        load.change(from: false, to: false)
        #expect(load.published == 0)
    }
}
