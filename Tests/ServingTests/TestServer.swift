import LinuxIO
import Serving
import Synchronization
import TLSEngine
import TestSupport
import Wire

/// Answers by path; the tests' service.
final class EchoService: HTTPService {
    private let reactor: Reactor
    private let log: ServiceLog
    init(_ reactor: Reactor, _ log: ServiceLog) {
        self.reactor = reactor
        self.log = log
    }

    func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
        log.requests.add(1)
        switch request.path {
        case "/echo": responder.respond(HTTPResponse(status: 200, body: request.body))
        case "/later":
            _ = reactor.schedule(after: .milliseconds(20)) { responder.respond(.text(200, "later")) }
        case "/thread":
            try? NamedThread.start("answer") { responder.respond(.text(200, "from a thread")) }.detach()
        case "/never":
            responder.onClose { [log] in log.closed.add(1) }
            log.keep(responder)
        case "/forgotten": break
        case "/nothing": responder.respond(HTTPResponse(status: 204))
        case "/large": responder.respond(HTTPResponse(status: 200, body: Self.large))
        case "/context":
            let client = context.client?.commonName ?? "-"
            responder.respond(.text(200, "\(context.version.rawValue) \(context.isEncrypted) \(client)"))
        case "/huge-later":
            _ = reactor.schedule(after: .milliseconds(5)) {
                responder.respond(HTTPResponse(status: 200, body: Self.large + Self.large + Self.large + Self.large))
            }
        case "/stream": stream(request, responder)
        case "/endless": endless(responder)
        case "/silent":
            responder.onClose { [log] in log.closed.add(1) }
            responder.begin(status: 200, fields: [:])
            log.keep(responder)
        default: responder.respond(.text(200, "\(request.method) \(request.target)"))
        }
    }

    func overloaded(_ request: HTTPRequest, _ context: RequestContext) -> HTTPResponse {
        guard request.path == "/shed" else { return .text(503, "no room") }
        return HTTPResponse(status: 200, body: Array("\(request.body.count) bytes kept".utf8))
    }

    static let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    private func stream(_ request: HTTPRequest, _ responder: HTTPResponder) {
        responder.begin(status: 200, fields: ["content-type": "text/plain"])
        for index in 0..<5 { responder.send(Array("line \(index)\n".utf8)) }
        responder.finish()
    }

    /// Sends until the reader is 256 KiB behind, then goes on as it catches up.
    private func endless(_ responder: HTTPResponder) {
        responder.onClose { [log] in log.closed.add(1) }
        responder.begin(status: 200, fields: [:])
        pump(responder)
    }
    private func pump(_ responder: HTTPResponder) {
        let chunk = [UInt8](repeating: 0x61, count: 16_384)
        while responder.bufferedBytes < 262_144, !responder.isEnded {
            responder.send(chunk)
            log.streamed.add(chunk.count)
        }
        guard !responder.isEnded else { return }
        _ = reactor.schedule(after: .milliseconds(1)) { [self] in pump(responder) }
    }
}

/// What the services of one server did.
final class ServiceLog: Sendable {
    let requests = Count()
    let closed = Count()
    let streamed = Count()
    private let kept = Mutex<[HTTPResponder]>([])

    func keep(_ responder: HTTPResponder) { kept.withLock { $0.append(responder) } }
    func takeKept() -> [HTTPResponder] {
        kept.withLock { kept in
            defer { kept = [] }
            return kept
        }
    }
}

/// A started server on a free port; stopped when it goes.
final class TestServer: Sendable {
    let server: HTTPServer
    let log = ServiceLog()
    let port: UInt16

    init(tls: TLSContext? = nil, reactors: Int = 1, _ change: (inout ServerConfiguration) -> Void = { _ in }) throws {
        var configuration = ServerConfiguration(listen: .loopback(port: 0))
        configuration.tls = tls
        configuration.reactors = reactors
        configuration.name = "test"
        change(&configuration)
        server = HTTPServer(configuration) { [log] reactor in EchoService(reactor, log) }
        port = try server.start().port
    }

    deinit { server.stop() }

    func connect() -> RawSocket { RawSocket(connecting: port) }
}

/// The value once it has been the same for so long.
func settled<Value: Equatable>(for long: Duration = .milliseconds(100), _ value: () -> Value) async -> Value {
    var last = value()
    var since = BootClock.now()
    _ = await eventually {
        let now = value()
        if now != last { (last, since) = (now, BootClock.now()) }
        return BootClock.now() - since > long
    }
    return last
}

/// A number that several threads add to.
final class Count: Sendable {
    private let number = Atomic<Int>(0)
    var value: Int { number.load(ordering: .relaxed) }
    func add(_ more: Int) { number.add(more, ordering: .relaxed) }
}
