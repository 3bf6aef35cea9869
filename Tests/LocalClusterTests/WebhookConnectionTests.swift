import Serving
import Testing

@testable import LocalCluster

/// How a real API server connects to webhooks (kubernetes-facts, "The connection"). If these fail, a webhook that works
/// here is met by another client in a cluster.
@Suite struct WebhookConnectionTests {
    @Test(arguments: [
        ("10.96.0.7", true, ["http/1.1"]),
        ("127.0.0.1", true, ["http/1.1"]),
        ("webhook.example.com", false, ["http/1.1"]),
        ("192.0.2.1", false, ["http/1.1"]),
        ("127.0.0.1", false, ["h2", "http/1.1"]),
        ("127.8.0.1", false, ["h2", "http/1.1"]),
        ("localhost", false, ["h2", "http/1.1"]),
        ("::1", false, ["h2", "http/1.1"]),
    ])
    func onlyALoopbackURLIsOfferedHTTP2(host: String, isService: Bool, protocols: [String]) {
        #expect(WebhookCaller.protocols(host: host, isService: isService) == protocols)
    }

    @Test func twentyFiveIdleConnectionsAreKeptForNinetySeconds() {
        let limits = WebhookCaller.configuration(host: "127.0.0.1", port: 1, tls: nil).limits
        #expect(limits.idleConnections == 25)
        #expect(limits.idle == .seconds(90))
        #expect(limits.connections >= 50)
    }
}
