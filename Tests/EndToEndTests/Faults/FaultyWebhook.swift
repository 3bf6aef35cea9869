import LinuxIO
import Serving
import TLSEngine
import TestSupport
import Testing
import Wire

/// `workclaim webhook` on a kernel with faults, and clients that judge what it answers.
final class FaultyWebhook: Sendable {
    enum Transport: CaseIterable, Sendable { case tls1, tls2, plain }

    let kernel: FaultyKernel
    let webhook: WebhookOnLoopback
    private let thread: ReactorThread
    private let authority: [UInt8]
    /// Clients that have a connection since before any fault.
    private let bystanders: [(Transport, HTTPClient)]
    let descriptorsAtRest: Int

    /// nil, and a line that says so, where there is no compiler.
    static func start(on thread: ReactorThread) async throws -> FaultyWebhook {
        let kernel = try FaultyKernel()
        let webhook = try await WebhookOnLoopback.start(["--reactors", "1"], kernel: kernel, on: thread)
        return try await FaultyWebhook(kernel, webhook, on: thread)
    }

    private init(_ kernel: FaultyKernel, _ webhook: WebhookOnLoopback, on thread: ReactorThread) async throws {
        self.kernel = kernel
        self.webhook = webhook
        self.thread = thread
        authority = try webhook.folder.read("ca.crt")
        var bystanders: [(Transport, HTTPClient)] = []
        for transport in Transport.allCases {
            let client = try Self.client(transport, webhook, authority, thread)
            #expect(try await Self.ask(client, transport))
            bystanders.append((transport, client))
        }
        self.bystanders = bystanders
        descriptorsAtRest = openDescriptors(of: webhook.pid)
    }

    func port(_ transport: Transport) -> UInt16 { transport == .plain ? webhook.healthPort : webhook.port }

    func client(_ transport: Transport) throws -> HTTPClient { try Self.client(transport, webhook, authority, thread) }

    private static func client(
        _ transport: Transport,
        _ webhook: WebhookOnLoopback,
        _ authority: [UInt8],
        _ thread: ReactorThread
    ) throws -> HTTPClient {
        let port = transport == .plain ? webhook.healthPort : webhook.port
        var configuration = ClientConfiguration(host: "127.0.0.1", port: port)
        configuration.http2 = transport == .tls2
        if transport != .plain {
            let alpn = transport == .tls2 ? ["h2", "http/1.1"] : ["http/1.1"]
            configuration.tls = try TLSContext.client(trust: .pem(authority), alpn: alpn)
        }
        return HTTPClient(configuration, on: thread)
    }

    /// One question and a second on the same connection. True if both were answered as they should be, false if the client was
    /// told that there is no answer; anything else is a failure of the test.
    func exchange(_ transport: Transport, _ what: @autoclosure () -> String) async throws -> Bool {
        let client = try client(transport)
        defer { client.close() }
        do throws(HTTPClientError) {
            for _ in 0..<2 { #expect(try await Self.ask(client, transport), "a wrong answer: \(what())") }
            return true
        } catch {
            // A client that waits for ever, or does not understand, is not what a fault on the way may lead to.
            let borne: [HTTPClientError.Kind] = [.cut, .connect, .handshake]
            #expect(borne.contains(error.reason.kind), "\(what()): \(error)")
            return false
        }
    }

    private static func ask(_ client: HTTPClient, _ transport: Transport) async throws(HTTPClientError) -> Bool {
        if transport == .plain {
            let answer = try await client.send(HTTPRequest("GET", "/readyz?verbose"), timeout: .seconds(20))
            let text = String(decoding: answer.body, as: UTF8.self)
            return answer.status == 200 && text.hasPrefix("[+]") && text.hasSuffix("readyz check passed\n")
        }
        let body = Array(WebhookOnLoopback.review.utf8)
        let request = HTTPRequest(
            "POST",
            "/mutate/task-owners",
            fields: ["content-type": "application/json"],
            body: body
        )
        return isRight(try await client.send(request, timeout: .seconds(20)))
    }

    static func isRight(_ answer: HTTPResponse) -> Bool {
        guard answer.status == 200, let json = try? JSONValue.parse(answer.body),
            json.at("response", "uid") == "u-1", json.at("response", "allowed") == true,
            let patch = json.at("response", "patch")?.stringValue.flatMap({ Base64.decode(Array($0.utf8)) })
        else { return false }
        let text = String(decoding: patch, as: UTF8.self)
        return (try? JSONValue.parse(patch)) != nil && (text.contains("op-a") || text.contains("op-b"))
    }

    /// Who was there before and asked for nothing meanwhile has noticed nothing.
    func bystandersAreServed(_ what: String) async throws {
        for (transport, client) in bystanders {
            #expect(try await Self.ask(client, transport), "a bystander (\(transport)) after \(what)")
        }
    }

    func metrics() async throws -> String {
        let client = try client(.plain)
        defer { client.close() }
        let answer = try await client.send(HTTPRequest("GET", "/metrics"), timeout: .seconds(20))
        return String(decoding: answer.body, as: UTF8.self)
    }

    /// No more descriptors than at first, nobody new but the bystanders; ends by itself when told to.
    func leavesNothingBehind() async throws {
        kernel.clearAll()
        try await bystandersAreServed("all")
        try await eventually("no descriptor is left behind", seconds: 10) {
            openDescriptors(of: webhook.pid) <= descriptorsAtRest
        }
        for (_, client) in bystanders { client.close() }
        let end = await webhook.end()
        #expect(end?.exitCode == 0, "\(webhook.log)")
    }
}
