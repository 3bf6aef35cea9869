package import LinuxIO
package import Wire

/// One origin and a pool of connections to it on one reactor. Closing it (or letting it go) fails what is under way.
package final class HTTPClient: Sendable {
    private let pool: ReactorBound<ClientPool>

    package init(_ configuration: ClientConfiguration, on thread: ReactorThread) {
        pool = ReactorBound(ClientPool(configuration), to: thread.mailbox)
    }

    deinit { close() }

    /// The whole response, within `timeout` of now. Cancelling the task aborts the request.
    package func send(_ request: HTTPRequest, timeout: Duration) async throws(HTTPClientError) -> HTTPResponse {
        let call = ClientCall(request, timeout: timeout)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.start(in: pool, .whole { continuation.resume(returning: $0) })
            }
        } onCancel: {
            call.cancel(in: pool)
        }
        return try result.get()
    }

    /// The head within `timeout`, then the body as it comes, with at most `idle` of silence. Cancelling the task or
    /// letting the stream go closes it.
    package func stream(
        _ request: HTTPRequest,
        timeout: Duration,
        idle: Duration
    ) async throws(HTTPClientError) -> HTTPResponseStream {
        let call = ClientCall(request, timeout: timeout)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.start(in: pool, .streamed(idle: idle) { continuation.resume(returning: $0) })
            }
        } onCancel: {
            call.cancel(in: pool)
        }
        return try result.get()
    }

    /// As `send`, wholly on the reactor's thread, where `done` runs: it needs no thread of Swift's pool.
    package func perform(
        _ request: HTTPRequest,
        timeout: Duration,
        _ done: @escaping @Sendable (Result<HTTPResponse, HTTPClientError>) -> Void
    ) {
        ClientCall(request, timeout: timeout).start(in: pool, .whole(done))
    }

    /// Closes every connection; what is under way fails, and so does every later request.
    package func close() { pool.run { $0.close() } }
}
