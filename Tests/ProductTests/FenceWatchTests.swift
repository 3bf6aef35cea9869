import LinuxIO
import Synchronization
import Testing
import Wire

@testable import Product

/// What sees to it that no work goes on under a seat that is lost.
@Suite(.timeLimit(.minutes(1))) struct FenceWatchTests {
    private final class Aborts: Sendable {
        let said = Mutex<[String]>([])
    }

    /// Beyond the patience of every fence begun so far, on the thread that checks them.
    private static func checksHavePassed(_ thread: ReactorThread, _ patience: Duration) async {
        await withCheckedContinuation { continuation in
            thread.mailbox.post { reactor in
                _ = reactor.schedule(after: patience + .milliseconds(1)) { continuation.resume() }
            }
        }
    }

    private static func watched(
        _ body: (FenceWatch, _ settle: () async -> Void) async throws -> Void
    ) async throws -> [String] {
        let thread = try ReactorThread(name: "fences")
        defer { thread.stop() }
        let (aborts, patience) = (Aborts(), Duration.milliseconds(30))
        let watch = FenceWatch(thread.mailbox, patience) { why in aborts.said.withLock { $0.append(why) } }
        try await body(watch) { await checksHavePassed(thread, patience) }
        return aborts.said.withLock { $0 }
    }

    @Test func workThatEndsInTimeIsLeftAlone() async throws {
        let aborts = try await Self.watched { watch, settle in
            for _ in 0..<3 {
                watch.begin("op-1")
                watch.end("op-1")
            }
            await settle()
        }
        #expect(aborts.isEmpty)
    }

    @Test func workThatGoesOnEndsTheProcessAndSaysWhose() async throws {
        let aborts = try await Self.watched { watch, settle in
            watch.begin("op-1")
            watch.begin("op-2")
            watch.end("op-1")
            await settle()
        }
        #expect(aborts == ["seat op-2 is lost, but work on its tasks still runs after 30 ms: this process ends"])
    }

    /// A seat that is lost again while the first loss is still watched is two losses.
    @Test func theEndOfAnEarlierLossIsNotThatOfALaterOne() async throws {
        let aborts = try await Self.watched { watch, settle in
            watch.begin("op-1")
            watch.end("op-1")
            watch.begin("op-1")
            await settle()
        }
        #expect(aborts.count == 1)
    }

    @Test func seatsThatAreOverAreForgotten() async throws {
        let aborts = try await Self.watched { watch, settle in
            for round in 0..<2 {
                for number in 0..<100 {
                    watch.begin("op-\(number)")
                    watch.end("op-\(number)")
                }
                await settle()
                #expect(watch.count == 0, "after round \(round)")
            }
        }
        #expect(aborts.isEmpty)
    }
}
