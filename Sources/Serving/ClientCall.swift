internal import LinuxIO
internal import Wire

final class ClientCall: Sendable {
    enum Consumer: Sendable {
        case whole(@Sendable (Result<HTTPResponse, HTTPClientError>) -> Void)
        case streamed(idle: Duration, @Sendable (Result<HTTPResponseStream, HTTPClientError>) -> Void)
    }
    let request: HTTPRequest
    let timeout: Duration
    init(_ request: HTTPRequest, timeout: Duration) {
        self.request = request
        self.timeout = timeout
    }
    func start(in pool: ReactorBound<ClientPool>, _ consumer: Consumer) {}
    func cancel(in pool: ReactorBound<ClientPool>) {}
}
