import LinuxIO
import Serving
import TestSupport
import Testing
import Wire

/// Connections that fail before the call that makes them returns: no route, no TLS. Each costs one request, and the thread is
/// free for whoever else is on it.
@Suite struct UnreachableServerTests {
    /// What stands in the way, and what a request then hears.
    enum Obstacle: CaseIterable {
        /// ENETUNREACH, or EINVAL for want of a scope, out of connect itself.
        case noRoute, noScope
        /// OpenSSL takes no host name of more than 255 bytes.
        case noSession

        var host: String { self == .noScope ? "fe80::1" : self == .noRoute ? "255.255.255.255" : "127.0.0.1" }
        var serverName: String { self == .noSession ? String(repeating: "a", count: 300) : "a" }
        var kind: HTTPClientError.Kind { self == .noSession ? .handshake : .connect }
    }

    @Test(arguments: Obstacle.allCases, [false, true])
    func aConnectThatFailsAtOnceIsTriedOncePerRequestAndHoldsUpNobody(obstacle: Obstacle, http2: Bool) async throws {
        let (attempts, failed, late) = (Count(), Count(), Count())
        // Not waited for at the end: were it to go in circles, the test would not end.
        let thread = try ReactorThread(name: "unreachable")
        defer { thread.stop() }
        var configuration = ClientConfiguration(host: obstacle.host, port: 1)
        let tls = try TestCertificates.clientContext(alpn: ["h2", "http/1.1"])
        configuration.tlsNow = {
            attempts.add(1)
            return tls
        }
        configuration.serverName = obstacle.serverName
        configuration.http2 = http2
        let client = HTTPClient(configuration, on: thread)
        // Somebody else on the same thread, who waits for his deadline.
        let silent = RawServer { socket, _ in while !socket.receiveSome().isEmpty {} }
        let other = HTTPClient(ClientConfiguration(host: "127.0.0.1", port: silent.port), on: thread)
        other.perform(HTTPRequest("GET", "/x"), timeout: .milliseconds(100)) { result in
            if case .failure(let error) = result, error.reason.kind == .timeout { late.add(1) }
        }
        let kind = obstacle.kind
        for round in 1...3 {
            for _ in 0..<10 {
                client.perform(HTTPRequest("GET", "/x"), timeout: .seconds(5)) { result in
                    if case .failure(.neverSent(let reason)) = result, reason.kind == kind { failed.add(1) }
                }
            }
            try #require(await eventually { failed.value == 10 * round })
        }
        #expect(attempts.value <= 30, "\(attempts.value) connects for 30 requests")
        #expect(await eventually { late.value == 1 }, "a deadline on the same thread was not kept")
    }
}
