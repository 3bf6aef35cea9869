import LinuxIO
import Logging
import Product
import Serving
import Synchronization
import TLSEngine
import Telemetry
import TestSupport
import Testing
import Wire

/// A certificate is renewed under load: no open connection and no request is lost, and new connections see the new one.
@Suite struct CertificateRotationTests {
    static let rotations = 5
    let folder: ScratchFolder
    /// Each certificate has an authority of its own, so that a client shows by whom it believes which one is served.
    let generations: [Generation]

    struct Generation {
        let authority: TLSIdentity
        let leaf: TLSIdentity

        init(_ number: Int) throws {
            let now = WallClock.now()
            authority = try CertificateMaker.authority(commonName: "authority \(number)", from: now, days: 1)
            let request = LeafRequest(
                subject: CertificateSubject(commonName: "generation \(number)"),
                ipAddresses: ["127.0.0.1"],
                usages: .server
            )
            leaf = try CertificateMaker.leaf(request, authority: authority, from: now, days: 1)
        }
    }

    init() throws {
        folder = try ScratchFolder()
        generations = try (0...Self.rotations).map(Generation.init)
    }

    /// First the key, then the certificate, as `workclaim certs` does; for a moment they do not fit together.
    private func install(_ generation: Generation) throws {
        try FileWriting.replace(folder.path("tls.key"), generation.leaf.privateKeyPEM, mode: 0o600)
        try FileWriting.replace(folder.path("tls.crt"), generation.leaf.certificateChainPEM)
    }

    private func client(_ generation: Generation, port: UInt16, http2: Bool, on thread: ReactorThread) throws
        -> HTTPClient
    {
        var configuration = ClientConfiguration(host: "127.0.0.1", port: port)
        configuration.tls = try .client(
            trust: .pem(generation.authority.certificateChainPEM),
            alpn: http2 ? ["h2"] : ["http/1.1"]
        )
        configuration.http2 = http2
        configuration.limits.connections = 1
        return HTTPClient(configuration, on: thread)
    }

    @Test func aRenewalLosesNothing() async throws {
        try install(generations[0])
        let metrics = MetricsRegistry()
        let files = CertificateFiles(certificate: folder.path("tls.crt"), key: folder.path("tls.key"))
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let rotation = try CertificateRotation(files, alpn: ["h2", "http/1.1"], log: log, metrics: metrics)
        var configuration = ServerConfiguration(listen: .loopback(port: 0))
        configuration.tls = rotation.firstContext
        configuration.reactors = 2
        let server = HTTPServer(configuration) { TickingService($0) }
        let port = try server.start().port
        let thread = try ReactorThread(name: "clients")
        defer {
            server.stop()
            thread.stop()
            thread.join()
        }
        let watching = Task { await rotation.run(every: .milliseconds(2)) { server.replaceTLS($0) } }
        defer { watching.cancel() }

        // They believe the first authority alone and may have one connection each: one that is lost cannot come back.
        let clients = try (0..<6).map { try client(generations[0], port: port, http2: $0 % 2 == 0, on: thread) }
        for client in clients { _ = try await client.send(HTTPRequest("GET", "/"), timeout: .seconds(10)) }
        let watcher = try client(generations[0], port: port, http2: true, on: thread)
        defer { watcher.close() }
        let ticking = HTTPRequest("GET", "/ticks")
        let stream = try await watcher.stream(ticking, timeout: .seconds(10), idle: .seconds(10))
        let load = Load()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients { group.addTask { await load.run(client) } }
            defer { load.stop() }
            for generation in generations.dropFirst() {
                let before = load.answered
                try install(generation)
                try await expectServed(generation, port: port, on: thread)
                let deadline = BootClock.now() + .seconds(20)
                while load.answered < before + 100, load.failures.isEmpty, BootClock.now() < deadline {
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
        }
        #expect(load.failures == [])
        #expect(load.answered >= 100 * Self.rotations)

        // The stream that was open all the time still ticks.
        var ticks = stream.makeAsyncIterator()
        for _ in 0..<10 { #expect(try await ticks.next() != nil) }
        let text = String(decoding: metrics.render(), as: UTF8.self)
        #expect(text.contains("workclaim_tls_certificate_changes_total{result=\"replaced\"} \(Self.rotations)\n"))
        #expect(text.contains("workclaim_tls_certificate_not_after_timestamp_seconds 1"))
    }

    /// A new client that believes only this generation's authority gets through before long.
    private func expectServed(_ generation: Generation, port: UInt16, on thread: ReactorThread) async throws {
        let deadline = BootClock.now() + .seconds(20)
        var last = ""
        while BootClock.now() < deadline {
            let fresh = try client(generation, port: port, http2: false, on: thread)
            defer { fresh.close() }
            do throws(HTTPClientError) {
                _ = try await fresh.send(HTTPRequest("GET", "/"), timeout: .seconds(10))
                return
            } catch {
                last = "\(error)"
            }
        }
        Issue.record("the new certificate is not served: \(last)")
    }
}

/// Requests without a pause until `stop`.
private final class Load: Sendable {
    private let isOver = Atomic(false)
    private let count = Atomic(0)
    private let mistakes = Mutex<[String]>([])

    var answered: Int { count.load(ordering: .relaxed) }
    var failures: [String] { mistakes.withLock { $0 } }
    func stop() { isOver.store(true, ordering: .relaxed) }

    func run(_ client: HTTPClient) async {
        while !isOver.load(ordering: .relaxed) {
            do throws(HTTPClientError) {
                let body = try await client.send(HTTPRequest("POST", "/", body: [7]), timeout: .seconds(10)).body
                if body != [7] { mistakes.withLock { $0.append("another body: \(body)") } }
                count.add(1, ordering: .relaxed)
            } catch {
                return mistakes.withLock { $0.append("\(error)") }
            }
        }
    }
}

/// Echoes, and at /ticks streams a line every few milliseconds.
private final class TickingService: HTTPService {
    private let reactor: Reactor
    init(_ reactor: Reactor) { self.reactor = reactor }

    func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
        guard request.path == "/ticks" else { return responder.respond(HTTPResponse(status: 200, body: request.body)) }
        responder.begin(status: 200, fields: [:])
        tick(responder)
    }

    private func tick(_ responder: HTTPResponder) {
        guard !responder.isEnded else { return }
        if responder.bufferedBytes < 10_000 { responder.send(Array("tick\n".utf8)) }
        _ = reactor.schedule(after: .milliseconds(5)) { [self] in tick(responder) }
    }
}
