import Logging
import Synchronization
import TestSupport
import Testing

@testable import Product

/// If this fails, a reader of the log who stands still keeps an operator from stopping its work when it must.
@Suite struct SeatTroublesTests {
    private final class Gate: Sendable {
        let lines = Mutex(0)
        let isOpen = Atomic<Bool>(false)
    }

    /// Stands still in its first line until the gate opens.
    private struct Stuck: LogHandler {
        let gate: Gate
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            while !gate.isOpen.load(ordering: .acquiring) {}
            gate.lines.withLock { $0 += 1 }
        }
    }

    @Test func whoeverTellsThemDoesNotWaitForTheLog() async {
        let gate = Gate()
        let troubles = SeatTroubles()
        let log = Logger(label: "test") { _ in Stuck(gate: gate) }
        let writing = Task { await troubles.log(to: log) }
        // More than any log would take at once.
        for number in 0..<10_000 { troubles.add("op-1", "try \(number)") }
        #expect(gate.lines.withLock { $0 } == 0)
        gate.isOpen.store(true, ordering: .releasing)
        #expect(await eventually { gate.lines.withLock { $0 } >= SeatTroubles.waitingMax })
        writing.cancel()
        await writing.value
        #expect(gate.lines.withLock { $0 } <= SeatTroubles.waitingMax + 1)
    }
}
