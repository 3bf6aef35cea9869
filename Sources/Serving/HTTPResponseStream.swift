internal import LinuxIO
internal import Synchronization
package import Wire

/// A response whose body is read as it comes. One reader; when it is slow, reading from the network stops.
package final class HTTPResponseStream: Sendable, AsyncSequence {
    package typealias Element = [UInt8]
    package typealias Failure = HTTPClientError

    package let status: Int
    package let fields: HTTPFields
    let body: StreamBody

    init(status: Int, fields: HTTPFields, body: StreamBody) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    deinit { body.readerLeft() }

    package func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: HTTPResponseStream

        /// The next bytes; nil at the end of the body. A cancelled task gets `.cancelled` and the stream is closed.
        package mutating func next() async throws(HTTPClientError) -> [UInt8]? { try await stream.body.next() }
        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(HTTPClientError) -> [UInt8]? { try await stream.body.next() }
    }
}

/// The queue between a connection (producer, on the reactor) and one reader (any task).
final class StreamBody: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        var bytes = 0
        var end: Result<Void, HTTPClientError>?
        var waiting: CheckedContinuation<Result<[UInt8]?, HTTPClientError>, Never>?
        var isPaused = false
    }
    private let state = Mutex(State())
    private let limit: Int
    /// Asks the connection to go on reading, or to give up.
    private let resume: @Sendable () -> Void
    private let abandon: @Sendable () -> Void

    init(limit: Int, resume: @escaping @Sendable () -> Void, abandon: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.resume = resume
        self.abandon = abandon
    }

    // MARK: The reactor's side

    /// False: the reader is slow, stop reading until `resume` is called.
    func push(_ bytes: [UInt8]) -> Bool {
        let (waiting, mayGoOn) = state.withLock {
            state -> (CheckedContinuation<Result<[UInt8]?, HTTPClientError>, Never>?, Bool) in
            guard state.end == nil else { return (nil, true) }
            if let waiting = state.waiting {
                state.waiting = nil
                return (waiting, true)
            }
            state.chunks.append(bytes)
            state.bytes += bytes.count
            state.isPaused = state.bytes >= limit
            return (nil, !state.isPaused)
        }
        waiting?.resume(returning: .success(bytes))
        return mayGoOn
    }

    func finish(_ end: Result<Void, HTTPClientError>) {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            guard state.end == nil else { return state.waiting }
            state.end = end
            return state.waiting
        }
        waiting?.resume(returning: end.map { nil })
    }

    // MARK: The reader's side

    func next() async throws(HTTPClientError) -> [UInt8]? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { take($0) }
        } onCancel: {
            readerLeft()
        }
        return try result.get()
    }

    /// The chunks that came before an error are delivered before it.
    private func take(_ reader: CheckedContinuation<Result<[UInt8]?, HTTPClientError>, Never>) {
        let (answer, resumes) = state.withLock { state -> (Result<[UInt8]?, HTTPClientError>?, Bool) in
            precondition(state.waiting == nil, "a response stream has one reader")
            guard state.chunks.isEmpty else {
                let chunk = state.chunks.removeFirst()
                state.bytes -= chunk.count
                let resumes = state.isPaused && state.bytes <= limit / 2
                if resumes { state.isPaused = false }
                return (.success(chunk), resumes)
            }
            if let end = state.end { return (end.map { nil }, false) }
            state.waiting = reader
            return (nil, false)
        }
        if let answer { reader.resume(returning: answer) }
        if resumes { resume() }
    }

    func readerLeft() {
        finish(.failure(.outcomeUnknown(.init(.cancelled, "the reader gave up the stream"))))
        state.withLock { $0.chunks = [] }
        abandon()
    }
}
