import LinuxIO
import Testing
import Wire

@Suite struct ClocksTests {
    @Test func theBootClockGoesForward() {
        let first = BootClock.now()
        let second = BootClock.now()
        #expect(first <= second)
        #expect(first.nanoseconds > 0)
    }

    @Test func theWallClockIsOfThisCentury() {
        #expect(WallClock.now() > Timestamp(seconds: 1_700_000_000))
        #expect(WallClock.now() < Timestamp(seconds: 4_102_444_800))
    }

    @Test func randomBytesDiffer() {
        #expect(RandomBytes.make(0).isEmpty)
        #expect(RandomBytes.make(33).count == 33)
        #expect(RandomBytes.make(32) != RandomBytes.make(32))
        #expect(RandomBytes.word() != RandomBytes.word())
    }
}
