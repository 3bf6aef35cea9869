final class ServerHTTP2: ServerProtocol {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    init(_ connection: ServerConnection) {}
    func received() {}
    func sent() {}
    func drain() {}
    func expired() {}
    func gone() {}
}
