internal import Wire

final class ClientHTTP2: ClientProtocol {
    init(_ connection: ClientConnection) {}
    var room: Int { 0 }
    var isIdle: Bool { true }
    func send(_ exchange: ClientExchange) {}
    func abandon(_ exchange: ClientExchange) {}
    func resume(_ exchange: ClientExchange) {}
    func received() {}
    func sent() {}
    func expired() {}
    func gone(_ reason: HTTPClientError.Reason?) {}
}
