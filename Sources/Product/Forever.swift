/// Waiting for nothing but the end.
enum Forever {
    /// Returns when the task is cancelled.
    static func untilCancelled() async {
        // An empty stream that never finishes; cancelling the task ends the iteration.
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
    }
}
