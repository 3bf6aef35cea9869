import LinuxIO
import Serving
import Synchronization
import TLSEngine
import Wire

/// An HTTP server that answers in the order of its script, and keeps what it was asked.
final class ScriptedServer: Sendable {
    enum Answer: Sendable {
        case whole(HTTPResponse)
        /// A head of 200, then these pieces one after another; then the end, a cut, or nothing more.
        case stream([[UInt8]], End)
        case silence
    }
    /// `stay`: nothing more, until `cutHeld`.
    enum End: Sendable { case finish, cut, stay }

    private struct State {
        var answers: [Answer]
        var asked: [HTTPRequest] = []
        var held: [HTTPResponder] = []
    }
    private let state: Mutex<State>
    private let server: Mutex<HTTPServer?> = Mutex(nil)
    let port: UInt16

    /// `tls`: over TLS.
    init(_ answers: [Answer], tls: TLSContext? = nil) throws {
        state = Mutex(State(answers: answers.reversed()))
        let box = Handler()
        var configuration = ServerConfiguration(listen: .loopback(port: 0))
        configuration.tls = tls
        let server = HTTPServer(configuration) { _ in Service(box) }
        port = try server.start().port
        self.server.withLock { $0 = server }
        box.owner.withLock { $0.server = self }
    }

    func stop() { server.withLock { $0 }?.stop() }

    var asked: [HTTPRequest] { state.withLock { $0.asked } }

    func cutHeld() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for responder in held { responder.close() }
    }

    fileprivate func hold(_ responder: HTTPResponder) { state.withLock { $0.held.append(responder) } }

    fileprivate func next(_ request: HTTPRequest) -> Answer {
        state.withLock { state in
            state.asked.append(request)
            return state.answers.popLast() ?? .whole(.text(599, "the script is at its end"))
        }
    }

    fileprivate final class Handler: Sendable {
        struct Owner { weak var server: ScriptedServer? }
        let owner = Mutex(Owner())
    }

    private final class Service: HTTPService {
        private let handler: Handler
        init(_ handler: Handler) { self.handler = handler }

        func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
            guard let server = handler.owner.withLock({ $0.server }) else { return }
            switch server.next(request) {
            case .whole(let response): responder.respond(response)
            case .silence: server.hold(responder)
            case .stream(let pieces, let end):
                responder.begin(status: 200, fields: ["content-type": "application/json"])
                for piece in pieces { responder.send(piece) }
                switch end {
                case .finish: responder.finish()
                case .cut: responder.close()
                case .stay: server.hold(responder)
                }
            }
        }
    }
}

extension HTTPResponse {
    /// A Status as API servers send it.
    static func refusal(_ code: Int, _ reason: String = "", retryAfter: Int? = nil) -> HTTPResponse {
        var response = HTTPResponse.json(
            code,
            ["kind": "Status", "code": .integer(Int64(code)), "reason": .string(reason), "message": "no"]
        )
        if let retryAfter { response.fields.add("retry-after", "\(retryAfter)") }
        return response
    }
}
