import LinuxIO
import Serving
import TLSEngine
import Testing
import Wire

/// The four ways a client may speak to a server.
enum Transport: String, CaseIterable, CustomTestStringConvertible {
    case plain1, plain2, tls1, tls2

    var isTLS: Bool { self == .tls1 || self == .tls2 }
    var isHTTP2: Bool { self == .plain2 || self == .tls2 }
    var version: String { isHTTP2 ? "HTTP/2.0" : "HTTP/1.1" }
    var testDescription: String { rawValue }
}

/// A client on a thread of its own; both end when it goes.
final class TestClient: Sendable {
    let client: HTTPClient
    let thread: ReactorThread

    init(
        _ transport: Transport,
        port: UInt16,
        host: String = "127.0.0.1",
        identity: TLSIdentity? = nil,
        _ change: (inout ClientConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = ClientConfiguration(host: host, port: port)
        if transport.isTLS {
            let alpn = transport.isHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"]
            configuration.tls = try TestCertificates.clientContext(alpn: alpn, showing: identity)
        }
        configuration.http2 = transport.isHTTP2
        change(&configuration)
        thread = try ReactorThread(name: "test-client")
        client = HTTPClient(configuration, on: thread)
    }

    deinit {
        client.close()
        thread.stop()
        thread.join()
    }

    func get(_ target: String, timeout: Duration = .seconds(10)) async throws(HTTPClientError) -> HTTPResponse {
        try await client.send(HTTPRequest("GET", target), timeout: timeout)
    }

    func post(_ target: String, _ body: [UInt8], timeout: Duration = .seconds(20)) async throws(HTTPClientError)
        -> HTTPResponse
    {
        try await client.send(HTTPRequest("POST", target, body: body), timeout: timeout)
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
