import LinuxIO
import LocalCluster
import Serving
import TLSEngine
import Wire

/// Speaks to a running cluster through our own HTTP client, with JSON in and out.
struct APIClient: Sendable {
    private let client: HTTPClient
    private let thread: ReactorThread
    private let token: String?

    /// As an administrator by certificate, or as whoever holds `token`.
    init(_ running: RunningCluster, token: String? = nil, http2: Bool = false) throws {
        thread = try ReactorThread(name: "api-client")
        let identity = try running.cluster.authority.client(user: "tester", groups: ["system:masters"])
        let context = try TLSContext.client(
            trust: .pem(running.cluster.authority.certificatePEM),
            identity: token == nil ? identity : nil,
            alpn: http2 ? ["h2", "http/1.1"] : ["http/1.1"]
        )
        var configuration = ClientConfiguration(host: "127.0.0.1", port: running.address.port, tls: context)
        configuration.http2 = http2
        client = HTTPClient(configuration, on: thread)
        self.token = token
    }

    struct Answer: Sendable {
        var status: Int
        var fields: HTTPFields
        var json: JSONValue
        var message: String { json["message"]?.stringValue ?? "" }
        subscript(_ path: String...) -> JSONValue? {
            path.reduce(Optional(json)) { $0?[$1] }
        }
    }

    func send(
        _ method: String,
        _ target: String,
        _ body: JSONValue? = nil,
        type: String = "application/json"
    ) async throws -> Answer {
        let response = try await client.send(request(method, target, body, type), timeout: .seconds(20))
        return Answer(
            status: response.status,
            fields: response.fields,
            json: (try? JSONValue.parse(response.body)) ?? .null
        )
    }

    func stream(_ target: String) async throws -> HTTPResponseStream {
        try await client.stream(request("GET", target, nil, ""), timeout: .seconds(10), idle: .seconds(20))
    }

    func close() {
        client.close()
        thread.stop()
    }

    private func request(_ method: String, _ target: String, _ body: JSONValue?, _ type: String) -> HTTPRequest {
        var fields = HTTPFields()
        if body != nil { fields.add("content-type", type) }
        if let token { fields.add("authorization", "Bearer \(token)") }
        return HTTPRequest(method, target, fields: fields, body: body?.serialized() ?? [])
    }
}
