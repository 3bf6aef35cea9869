import FoundationEssentials
import LinuxIO
import Ownership
import Product
import Serving
import Synchronization
import Telemetry
import Testing
import Wire

/// The webhook over a socket, as an API server meets it.
@Suite struct WebhookServiceTests {
    @Test func aCreateIsAnsweredWithAnOwner() async throws {
        let webhook = try RunningWebhook(members: [Member("op-a")])
        defer { webhook.stop() }
        let response = try await webhook.post(RunningWebhook.review())
        #expect(response.status == 200 && response.fields["content-type"] == "application/json")
        let answer = try JSONValue.parse(response.body)
        #expect(answer.at("response", "uid") == "u-1" && answer.at("response", "allowed") == true)
        let patch = try #require(answer.at("response", "patch")?.stringValue)
        let operations = try JSONValue.parse(try #require(Base64.decode(patch.utf8)))
        #expect(operations.arrayValue?.first == ["op": "add", "path": "/spec/owner", "value": "op-a"])
        #expect(try await webhook.metric("workclaim_admissions_total{outcome=\"filled\"}") == "1")
        #expect(try await webhook.metric("workclaim_admission_duration_seconds_count") == "1")
        #expect(try await webhook.metric("workclaim_members") == "1")
    }

    @Test func aMalformedReviewIsRefusedInWords() async throws {
        let webhook = try RunningWebhook(members: [])
        defer { webhook.stop() }
        let response = try await webhook.post(#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1"}"#)
        #expect(response.status == 400 && response.fields["content-type"]?.hasPrefix("text/plain") == true)
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(
            text.contains(
                "apiVersion, byte 39: this is \"admission.k8s.io/v1beta1\"; \"admission.k8s.io/v1\" is expected"
            )
        )
        #expect(try await webhook.metric("workclaim_admissions_total{outcome=\"malformed\"}") == "1")
    }

    @Test(
        arguments: [
            ("GET", "/mutate/task-owners", nil, 405), ("PUT", "/mutate/task-owners", "application/json", 405),
            ("POST", "/mutate/task-owners", "text/plain", 415),
            ("POST", "/mutate/task-owners", "application/yaml", 415),
            ("POST", "/mutate/task-owners", nil, 200),
            ("POST", "/mutate/task-owners?timeout=10s", "application/json", 200),
            ("POST", "/mutate/task-owners", "Application/JSON; charset=utf-8", 200), ("POST", "/mutate", nil, 404),
            ("POST", "/mutate/task-owners/x", nil, 404), ("GET", "/", nil, 404), ("POST", "/healthz", nil, 405),
            ("DELETE", "/metrics", nil, 405),
        ] as [(String, String, String?, Int)]
    )
    func headsAreChecked(method: String, target: String, type: String?, status: Int) async throws {
        let webhook = try RunningWebhook(members: [Member("op-a")])
        defer { webhook.stop() }
        var fields = HTTPFields()
        if let type { fields.add("content-type", type) }
        let body = method == "GET" ? [] : Array(RunningWebhook.review().utf8)
        let response = try await webhook.client.send(
            HTTPRequest(method, target, fields: fields, body: body),
            timeout: .seconds(10)
        )
        #expect(response.status == status)
        #expect(status != 405 || response.fields["allow"] != nil)
    }

    @Test func whatFindsNoRoomIsAllowedAtOnceUnownedAndWithAWarning() async throws {
        let webhook = try RunningWebhook(members: [Member("op-a")]) { $0.allBodiesBytes = 100 }
        defer { webhook.stop() }
        // A large object: only the beginning of it is ever there.
        let large =
            RunningWebhook.review().dropLast(2) + #","x":""# + String(repeating: "y", count: 3_000_000) + #""}}"#
        let response = try await webhook.post(String(large))
        #expect(response.status == 200 && response.fields["content-type"] == "application/json")
        let answer = try JSONValue.parse(response.body).at("response")
        #expect(answer?.at("uid") == "u-1" && answer?.at("allowed") == true && answer?.at("patch") == nil)
        #expect(answer?.at("warnings")?.arrayValue?.first?.stringValue?.hasPrefix("the webhook is overloaded") == true)
        #expect(try await webhook.metric("workclaim_admissions_total{outcome=\"shed\"}") == "1")
        // What is no review finds no such mercy, and no Retry-After to wait for either.
        let other = try await webhook.post(String(repeating: "z", count: 5_000))
        #expect(other.status == 503 && other.fields["retry-after"] == nil)
    }

    @Test func itIsReadyOnceTheMembersAreKnown() async throws {
        let webhook = try RunningWebhook(members: nil)
        defer { webhook.stop() }
        #expect(try await webhook.get("/livez").0 == 200)
        #expect(try await webhook.get("/healthz") == (200, "ok\n"))
        let unready = try await webhook.get("/readyz")
        #expect(unready == (503, "[+]ping ok\n[-]members failed: not yet\nreadyz check failed\n"))
        webhook.health.set("members", nil)
        #expect(try await webhook.get("/readyz") == (200, "ok\n"))
        #expect(try await webhook.get("/readyz?verbose") == (200, "[+]ping ok\n[+]members ok\nreadyz check passed\n"))
        webhook.health.set("members", "the watch is down")
        #expect(try await webhook.get("/readyz").1.contains("[-]members failed: the watch is down"))
    }

    @Test func aNewSnapshotReachesEveryReactor() async throws {
        let webhook = try RunningWebhook(members: [Member("op-a")], reactors: 2)
        defer { webhook.stop() }
        #expect(webhook.feed.publish(MemberTable([Member("op-b")])) == ["op-b"])
        // Messages to a reactor are taken in order, so an answer by op-a would be a snapshot that was lost.
        for _ in 0..<8 {
            let client = webhook.newClient()
            let response = try await client.send(RunningWebhook.request(RunningWebhook.review()), timeout: .seconds(10))
            let patch = try JSONValue.parse(response.body).at("response", "patch")?.stringValue ?? ""
            #expect(String(decoding: Base64.decode(patch.utf8) ?? [], as: UTF8.self).contains("op-b"))
        }
    }

    @Test func assignmentsCountTowardsTheNextAndDryRunsDoNot() async throws {
        let members = ["op-a", "op-b"].map { Member($0, load: 100) }
        let webhook = try RunningWebhook(members: members)
        defer { webhook.stop() }
        var owners: [String: Int] = [:]
        for index in 0..<200 {
            _ = try await webhook.post(RunningWebhook.review(name: "same", dryRun: true))
            let response = try await webhook.post(RunningWebhook.review(name: "t\(index)"))
            let patch = try JSONValue.parse(response.body).at("response", "patch")?.stringValue ?? ""
            let text = String(decoding: Base64.decode(patch.utf8) ?? [], as: UTF8.self)
            owners[text.contains("op-a") ? "op-a" : "op-b", default: 0] += 1
        }
        // Two hundred dry runs for one key would have filled its owner, and the rest gone to the other.
        #expect(abs((owners["op-a"] ?? 0) - (owners["op-b"] ?? 0)) <= 12)
    }
}

/// A webhook on a free port, without TLS.
final class RunningWebhook: Sendable {
    let health = HealthBoard(checks: ["members"])
    let feed: MemberFeed
    let client: HTTPClient
    private let server: HTTPServer
    private let thread: ReactorThread
    private let address: SocketAddress

    /// `members` nil: nothing is known of them yet.
    init(members: [Member]?, reactors: Int = 1, _ limit: (inout ServerLimits) -> Void = { _ in }) throws {
        let registry = MetricsRegistry()
        let feed = MemberFeed(registry)
        if let members {
            _ = feed.publish(MemberTable(members))
            health.set("members", nil)
        }
        self.feed = feed
        let service = HealthService(health, registry)
        var configuration = ServerConfiguration(listen: try SocketAddress(parsing: "127.0.0.1:0"))
        configuration.reactors = reactors
        limit(&configuration.limits)
        server = HTTPServer(configuration) { reactor in
            let webhook = WebhookService(reactors: reactors, health: service, metrics: AdmissionMetrics(registry))
            feed.attach(webhook, on: reactor)
            return webhook
        }
        address = try server.start()
        thread = try ReactorThread(name: "client")
        client = HTTPClient(ClientConfiguration(host: "127.0.0.1", port: address.port), on: thread)
    }

    func newClient() -> HTTPClient {
        HTTPClient(ClientConfiguration(host: "127.0.0.1", port: address.port), on: thread)
    }

    func stop() {
        client.close()
        server.stop()
        thread.stop()
    }

    func post(_ body: String) async throws -> HTTPResponse {
        try await client.send(Self.request(body), timeout: .seconds(10))
    }

    static func request(_ body: String) -> HTTPRequest {
        HTTPRequest(
            "POST",
            WebhookService.path + "?timeout=10s",
            fields: ["content-type": "application/json"],
            body: Array(body.utf8)
        )
    }

    func get(_ target: String) async throws -> (Int, String) {
        let response = try await client.send(HTTPRequest("GET", target), timeout: .seconds(10))
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    func metric(_ name: String) async throws -> String? {
        let text = try await get("/metrics").1
        return text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.map {
            String($0.dropFirst(name.count + 1))
        }
    }

    static func review(name: String = "t1", dryRun: Bool = false) -> String {
        #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1","kind":{"#
            + #""group":"future.ideas.protosam","version":"v1beta1","kind":"TaskOwner"},"name":"\#(name)","namespace":"demo","#
            + #""operation":"CREATE","object":{"metadata":{"name":"\#(name)"},"spec":{"owner":"","ownership":{"epoch":0}}},"#
            + #""oldObject":null,"dryRun":\#(dryRun)}}"#
    }
}
