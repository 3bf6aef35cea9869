internal import LinuxIO
internal import Synchronization
internal import Wire

/// A request on its way from a caller's thread to the pool's reactor, and the handle to cancel it by.
final class ClientCall: Sendable {
    enum Consumer: Sendable {
        case whole(@Sendable (Result<HTTPResponse, HTTPClientError>) -> Void)
        case streamed(idle: Duration, @Sendable (Result<HTTPResponseStream, HTTPClientError>) -> Void)

        func fail(_ error: HTTPClientError) {
            switch self {
            case .whole(let done): done(.failure(error))
            case .streamed(_, let done): done(.failure(error))
            }
        }
    }

    let request: HTTPRequest
    let timeout: Duration
    private let cancelled = Atomic<Bool>(false)

    init(_ request: HTTPRequest, timeout: Duration) {
        self.request = request
        self.timeout = timeout
    }

    /// A cancellation may overtake the start.
    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    func start(in pool: ReactorBound<ClientPool>, _ consumer: Consumer) {
        let accepted = pool.mailbox.post { reactor in
            pool.onReactor.begin(self, consumer, in: pool, on: reactor)
        }
        if !accepted { consumer.fail(.neverSent(.init(.closed, "the client's reactor has ended"))) }
    }

    func cancel(in pool: ReactorBound<ClientPool>) {
        cancelled.store(true, ordering: .relaxed)
        pool.mailbox.post { _ in pool.onReactor.cancel(self) }
    }

    /// Asks the connection to go on with a stream that was paused.
    func resume(in pool: ReactorBound<ClientPool>) { pool.mailbox.post { _ in pool.onReactor.resume(self) } }
}
