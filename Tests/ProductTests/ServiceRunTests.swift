import LinuxIO
import Product
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServiceRunTests {
    private struct Failure: Error {}

    /// Runs a body that ends when its task is cancelled, and sends the signals once it runs.
    private func end(after signals: [SignalWatch.Signal]) async throws -> ServiceRun.End {
        let (stream, feed) = AsyncStream.makeStream(of: SignalWatch.Signal.self)
        return try await ServiceRun.run(until: stream) {
            for signal in signals { feed.yield(signal) }
            // Cancelled, and yet it cleans up.
            while !Task.isCancelled { await Task.yield() }
            try Task.checkCancellation()
        }
    }

    @Test func terminationEndsItInOrder() async throws { #expect(try await end(after: [.terminate]) == .finished) }

    @Test func ctrlCInterruptsIt() async throws { #expect(try await end(after: [.interrupt]) == .interrupted) }

    @Test func aBodyThatEndsByItselfHasFinished() async throws {
        let (stream, _) = AsyncStream.makeStream(of: SignalWatch.Signal.self)
        #expect(try await ServiceRun.run(until: stream) {} == .finished)
    }

    @Test func theErrorOfABodyIsThatOfTheProcess() async {
        let (stream, _) = AsyncStream.makeStream(of: SignalWatch.Signal.self)
        await #expect(throws: Failure.self) { try await ServiceRun.run(until: stream) { throw Failure() } }
    }
}
