import Serving
import Telemetry
import Wire

/// `/healthz`, `/livez`, `/readyz` and `/metrics` of an operator.
final class OperatorHealth: HTTPService {
    private let status: OperatorStatus
    private let registry: MetricsRegistry

    init(_ status: OperatorStatus, _ registry: MetricsRegistry) {
        self.status = status
        self.registry = registry
    }

    func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
        responder.respond(answer(request))
    }

    private func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else {
            return .text(405, "\(request.method.prefix(16)) is not served here; GET is")
        }
        switch request.path {
        case "/healthz", "/livez": return .text(200, "ok")
        case "/readyz": return ready(verbose: request.query.split(separator: "&").contains { $0.hasPrefix("verbose") })
        case "/metrics":
            let fields: HTTPFields = ["content-type": MetricsRegistry.contentType]
            return HTTPResponse(status: 200, fields: fields, body: registry.render())
        default: return .text(404, "/healthz, /livez, /readyz and /metrics are served here")
        }
    }

    private func ready(verbose: Bool) -> HTTPResponse {
        let checks = status.checks
        let isReady = checks.allSatisfy(\.isGood)
        if isReady, !verbose { return .text(200, "ok") }
        let lines = checks.map { $0.isGood ? "[+]\($0.name) ok" : "[-]\($0.name) failed: \($0.lack)" }
        let verdict = isReady ? "readyz check passed" : "readyz check failed"
        return .text(isReady ? 200 : 503, (lines + [verdict]).joined(separator: "\n"))
    }
}
