import Logging

/// Failed calls about seats on their way to the log. They are told on the keepers' thread, which renews and fences: were it to
/// write lines itself, a reader of standard error who stands still would hold up the end of work.
final class SeatTroubles: Sendable {
    private let lines: AsyncStream<(seat: String, why: String)>
    private let writer: AsyncStream<(seat: String, why: String)>.Continuation
    /// Of more than so many that wait the oldest go.
    static let waitingMax = 64

    init() {
        (lines, writer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.waitingMax))
    }

    /// Never blocks.
    func add(_ seat: String, _ why: String) { writer.yield((seat, why)) }

    /// Until the task is cancelled; once.
    func log(to log: Logger) async {
        for await line in lines {
            log.warning("a call about a seat failed", metadata: ["seat": "\(line.seat)", "why": "\(line.why)"])
        }
    }
}
