import Glibc
import LinuxIO
import Testing

@Suite struct SignalWatchTests {
    @Test func signalsArriveAsValues() async throws {
        let signals = try SignalWatch.start([.hangup])
        kill(getpid(), SIGHUP)
        var iterator = signals.makeAsyncIterator()
        #expect(await iterator.next() == .hangup)
    }
}
