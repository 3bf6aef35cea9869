import LinuxIO
import Serving
import Synchronization
import TLSEngine
import TestSupport
import Testing
import Wire

/// Reviews almost as large as may be, on the real program, and who asks beside them.
@Suite(.timeLimit(.minutes(5))) struct LargeReviewTests {
    private let thread: ReactorThread

    init() throws { thread = try ReactorThread(name: "small") }

    /// A client as an API server is one, and whose answers have all to name an owner.
    private struct Asker {
        let client: HTTPClient

        init(_ webhook: WebhookOnLoopback, on thread: ReactorThread) throws {
            let tls = try TLSContext.client(trust: .insecure, alpn: ["http/1.1"])
            client = HTTPClient(.webhook(host: "127.0.0.1", port: webhook.port, tls: tls), on: thread)
        }

        /// How long the answer took.
        func ask(_ review: HTTPRequest) async throws -> Duration {
            let begin = BootClock.now()
            let answer = try await client.send(review, timeout: .seconds(60))
            let took = BootClock.now() - begin
            let text = String(decoding: answer.body, as: UTF8.self)
            #expect(answer.status == 200 && text.contains("\"patch\""), "\(answer.status): \(text.prefix(300))")
            return took
        }
    }

    private final class Tally: Sendable {
        private let counts: Mutex<[Int]>
        init(_ places: Int) { counts = Mutex(Array(repeating: 0, count: places)) }
        func add(_ place: Int) { counts.withLock { $0[place] += 1 } }
        var least: Int { counts.withLock { $0.min() ?? 0 } }
    }

    private func review(payload bytes: Int) -> HTTPRequest {
        let payload = #""spec":{"payload":{"a":""# + String(repeating: "x", count: bytes) + #""},"#
        let text = WebhookOnLoopback.review.replacing(#""spec":{"#, with: payload)
        let fields: HTTPFields = ["content-type": "application/json"]
        return HTTPRequest("POST", "/mutate/task-owners", fields: fields, body: Array(text.utf8))
    }

    /// One reactor: a review that is there is decided to its end, so whoever asks waits for those of the three that are there by
    /// then, and for what a turn reads of each. None of that is more than what one of them takes from first byte to answer.
    @Test func threeWhoSendThemWithoutEndDelayASmallOneByThreeOfThemAtMost() async throws {
        let webhook = try await WebhookOnLoopback.start(["--reactors", "1"], on: thread)
        // Threads of their own: the test's work on them must not delay what is measured.
        let threads = try (0..<3).map { try ReactorThread(name: "large-\($0)") }
        defer { for thread in threads { thread.stop() } }
        let large = review(payload: 37 << 20)
        let askers = try threads.map { try Asker(webhook, on: $0) }
        var one = Duration.zero
        for asker in askers { one = max(one, try await asker.ask(large)) }

        let tally = Tally(askers.count)
        let floods = askers.enumerated().map { index, asker in
            Task {
                while !Task.isCancelled {
                    _ = try await asker.ask(large)
                    tally.add(index)
                }
            }
        }
        let quiet = try Asker(webhook, on: thread)
        let small = review(payload: 0)
        var (asked, longest) = (0, Duration.zero)
        while asked < 200 || tally.least < 3 {
            longest = max(longest, try await quiet.ask(small))
            asked += 1
        }
        for flood in floods { flood.cancel() }
        // What a busy machine adds to a single wait.
        #expect(longest <= one * 3 + .seconds(2), "\(longest) of \(asked), one large review alone took \(one)")
        print("the longest of \(asked) small reviews took \(longest); a large one alone \(one)")
        for flood in floods { _ = await flood.result }
        for asker in askers + [quiet] { asker.client.close() }
        await webhook.stop()
    }
}
