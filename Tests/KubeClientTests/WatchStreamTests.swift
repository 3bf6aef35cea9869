import KubeClient
import KubeModel
import Serving
import Synchronization
import Testing
import Wire

@Suite struct WatchStreamTests {
    private static let line = #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}"# + "\n"
    private static let mark = WatchEvent.bookmark(ResourceVersion("7"), initialEventsEnd: false)

    private func stream(_ chunks: [String], lineBytesMax: Int = 1_000) -> WatchStream {
        let left = Mutex(chunks[...])
        return WatchStream(lineBytesMax: lineBytesMax) { () async throws(KubeError) in
            left.withLock { $0.popFirst() }.map { Array($0.utf8) }
        }
    }

    @Test func eventsComeOutOneByOneHoweverTheyArrive() async throws {
        var bytewise = stream((Self.line + Self.line).map { String($0) })
        #expect(try await bytewise.next() == Self.mark)
        #expect(try await bytewise.next() == Self.mark)
        #expect(try await bytewise.next() == nil)
        var together = stream([Self.line + Self.line + "\n", "\n" + Self.line])
        for _ in 0..<3 { #expect(try await together.next() == Self.mark) }
        #expect(try await together.next() == nil)
    }

    @Test func aStreamCutWithinALineIsAnError() async throws {
        var cut = stream([Self.line, #"{"type":"ADD"#])
        #expect(try await cut.next() == Self.mark)
        await #expect(throws: KubeError.malformed("the stream ends within a line")) { try await cut.next() }
    }

    @Test func garbageIsAnErrorAfterTheEventsBeforeIt() async throws {
        var garbage = stream([Self.line + "<html>\n" + Self.line])
        #expect(try await garbage.next() == Self.mark)
        do {
            Issue.record("an error is expected, not \(String(describing: try await garbage.next()))")
        } catch {
            #expect(error.description.contains("a value cannot start with '<'"), "\(error)")
            #expect(error.description.contains("\"<html>\""), "\(error)")
        }
    }

    /// A byte a second, or an empty line: never silent, and never an event.
    @Test(arguments: ["x", "\n"])
    func aStreamThatDripsIsGivenUpAsIfItWereSilent(drop: String) async throws {
        let time = Mutex(MonotonicInstant(nanoseconds: 0))
        var dripping = WatchStream(idle: .seconds(150), now: { time.withLock { $0 } }) { () async throws(KubeError) in
            time.withLock { $0 = $0 + .seconds(1) }
            return Array(drop.utf8)
        }
        do {
            Issue.record("an error is expected, not \(String(describing: try await dripping.next()))")
        } catch {
            guard case .transport(let failure) = error else {
                Issue.record("silence is expected, not \(error)")
                return
            }
            #expect(failure.reason.kind == .idle)
        }
        #expect(time.withLock { $0 } <= MonotonicInstant(nanoseconds: 0) + .seconds(302))
    }

    @Test func aLineWithoutAnEndIsGivenUp() async {
        var long = stream(Array(repeating: "xxxxxxxxxx", count: 20), lineBytesMax: 100)
        await #expect(throws: KubeError.malformed("a line of a watch is longer than 100 bytes")) {
            try await long.next()
        }
    }
}
