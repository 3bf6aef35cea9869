import LinuxIO
import Ownership
import Serving
import Synchronization
import Telemetry
import Testing
import Wire

@testable import Product

/// If these fail, an operator that holds its seats and does nothing is never restarted, or one that works is.
@Suite struct PulseTests {
    private final class Clock: Sendable {
        private let seconds = Atomic<Int64>(1_000)
        var now: MonotonicInstant {
            MonotonicInstant(nanoseconds: seconds.load(ordering: .relaxed) * 1_000_000_000)
        }
        func advance(_ by: Int64) { seconds.wrappingAdd(by, ordering: .relaxed) }
    }

    @Test func whoseLoopStandsStillDoesNotLive() async throws {
        let clock = Clock()
        let status = OperatorStatus(seat: "op-1") { clock.now }
        let health = HealthService(status.board, MetricsRegistry(), lifeless: { status.pulse.problem })
        let server = HTTPServer(ServerConfiguration(listen: try SocketAddress(parsing: "127.0.0.1:0"))) { _ in health }
        let thread = try ReactorThread(name: "probe")
        let client = HTTPClient(ClientConfiguration(host: "127.0.0.1", port: try server.start().port), on: thread)
        defer {
            client.close()
            server.stop()
            thread.stop()
        }
        func live() async throws -> (Int, String) {
            let response = try await client.send(HTTPRequest("GET", "/livez"), timeout: .seconds(5))
            return (response.status, String(decoding: response.body, as: UTF8.self))
        }
        // Before the loop runs, however long the start takes.
        clock.advance(1_000)
        #expect(try await live().0 == 200)
        status.update(ReplicaSummary())
        clock.advance(60)
        #expect(try await live().0 == 200)
        clock.advance(1)
        _ = try await live()
        clock.advance(5)
        let (code, text) = try await live()
        #expect(code == 503)
        #expect(text.contains("[-]loop failed: the loop that works on tasks has not turned for 66 s"), "\(text)")
        status.update(ReplicaSummary())
        #expect(try await live().0 == 200)
    }

    /// CLOCK_BOOTTIME goes on while a process is stopped or its machine sleeps: it may be asked before its loop has its turn.
    @Test func whoWasStoppedAndGoesOnLives() {
        let clock = Clock()
        let pulse = Pulse { clock.now }
        for _ in 0..<3 {
            pulse.beat()
            clock.advance(3_600)
            #expect(pulse.problem == nil)
            clock.advance(1)
            #expect(pulse.problem == nil)
        }
    }

    @Test func whoHasEndedInOrderIsNotMissed() {
        let clock = Clock()
        let pulse = Pulse { clock.now }
        pulse.beat()
        pulse.rest()
        for _ in 0..<3 {
            clock.advance(100)
            #expect(pulse.problem == nil)
        }
    }
}
