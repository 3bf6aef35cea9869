import LinuxIO
import Ownership
import Product
import Serving
import TLSEngine
import Telemetry

/// The webhook's whole request path on one thread and nothing else of it, so that valgrind can count what a request costs: the
/// webhook itself runs on libdispatch, whose threads valgrind does not bear.
///
///     pathbench MEMBERS     prints its port, and serves with a certificate of its own until its standard input ends
@main
struct Pathbench {
    static func main() throws {
        let words = CommandLine.arguments
        guard words.count == 2, let members = Int(words[1]) else { throw Usage() }
        let identity = try CertificateMaker.authority(commonName: "pathbench", from: WallClock.now(), days: 1)
        var configuration = ServerConfiguration(listen: .loopback(port: 0))
        configuration.tls = try TLSContext.server(identity: identity, alpn: ["h2", "http/1.1"])
        configuration.turnover = .init()
        let table = MemberTable((0..<members).map { Member("leaderless-operator-b6b6c8d54-\(100_000 + $0)") })
        let server = HTTPServer(configuration) { _ in
            let registry = MetricsRegistry()
            let health = HealthService(HealthBoard(checks: []), registry)
            let service = WebhookService(reactors: 1, health: health, metrics: AdmissionMetrics(registry))
            service.adopt(table)
            return service
        }
        StandardStream.output.write(Array("\(try server.start().port)\n".utf8))
        while readLine() != nil {}
        server.stop()
    }

    private struct Usage: Error, CustomStringConvertible {
        let description = "pathbench MEMBERS is expected"
    }
}
