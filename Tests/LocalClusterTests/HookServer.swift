import LinuxIO
import LocalCluster
import Serving
import Synchronization
import TLSEngine
import Wire

/// A webhook played by the test: it answers as `script` says and keeps what it saw.
final class HookServer: Sendable {
    let server: HTTPServer
    let address: SocketAddress
    let seen: Seen

    final class Seen: Sendable {
        private let requests = Mutex<[HTTPRequest]>([])
        private let versions = Mutex<[HTTPVersion]>([])
        func add(_ request: HTTPRequest, _ version: HTTPVersion) {
            requests.withLock { $0.append(request) }
            versions.withLock { $0.append(version) }
        }
        var all: [HTTPRequest] { requests.withLock { $0 } }
        var httpVersions: [HTTPVersion] { versions.withLock { $0 } }
    }

    /// nil: no answer at all.
    typealias Script = @Sendable (_ request: HTTPRequest, _ number: Int) -> HTTPResponse?

    /// `together`: answers are kept back until so many are due.
    init(
        _ identity: TLSIdentity,
        alpn: [String] = ["h2", "http/1.1"],
        together: Int = 1,
        listen: SocketAddress = .loopback(port: 0),
        _ script: @escaping Script
    ) throws {
        var configuration = ServerConfiguration(listen: listen)
        configuration.tls = try TLSContext.server(identity: identity, alpn: alpn)
        configuration.name = "hook"
        let seen = Seen()
        self.seen = seen
        server = HTTPServer(configuration) { _ in HookService(seen, together: together, script) }
        address = try server.start()
    }

    deinit { server.stop() }

    /// Allows, with an owner filled in.
    static func assign(_ owner: String) -> Script {
        { request, _ in
            let patch: JSONValue = [["op": "add", "path": "/spec/owner", "value": .string(owner)]]
            return allow(request) {
                $0["patchType"] = "JSONPatch"
                $0["patch"] = .string(String(decoding: Base64.encode(patch.serialized()), as: UTF8.self))
            }
        }
    }

    static func assignOnCreate(_ owner: String) -> Script {
        { request, number in
            let review = try? JSONValue.parse(request.body)
            return review?.at("request", "operation") == "CREATE" ? assign(owner)(request, number) : allow(request)
        }
    }

    static func allow(_ request: HTTPRequest, _ adjust: (inout JSONValue) -> Void = { _ in }) -> HTTPResponse {
        let uid = (try? JSONValue.parse(request.body))?.at("request", "uid") ?? ""
        var answer: JSONValue = ["uid": uid, "allowed": true]
        adjust(&answer)
        return .json(200, ["apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer])
    }
}

final class HookService: HTTPService {
    private let seen: HookServer.Seen
    private let script: HookServer.Script
    private let together: Int
    private var silent: [HTTPResponder] = []
    private var due: [(HTTPResponder, HTTPResponse)] = []

    init(_ seen: HookServer.Seen, together: Int, _ script: @escaping HookServer.Script) {
        self.seen = seen
        self.together = together
        self.script = script
    }

    func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
        seen.add(request, context.version)
        guard let response = script(request, seen.all.count) else {
            silent.append(responder)
            return
        }
        due.append((responder, response))
        guard due.count >= together else { return }
        for (responder, response) in due { responder.respond(response) }
        due = []
    }
}
