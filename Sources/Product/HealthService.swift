package import Serving
internal import Synchronization
package import Telemetry
package import Wire

/// What a process says of its own readiness: a list of checks, each well or not, and why.
package final class HealthBoard: Sendable {
    private let checks: Mutex<[(name: String, problem: String?)]>

    /// Every check begins unwell: nothing has been seen of it yet.
    package init(checks names: [String]) {
        checks = Mutex(names.map { ($0, "not yet") })
    }

    /// `problem`: nil = well. A check that is not on the list is added.
    package func set(_ name: String, _ problem: String?) {
        checks.withLock { checks in
            if let index = checks.firstIndex(where: { $0.name == name }) {
                checks[index].problem = problem
            } else {
                checks.append((name, problem))
            }
        }
    }

    package var isReady: Bool { checks.withLock { $0.allSatisfy { $0.problem == nil } } }

    var all: [(name: String, problem: String?)] { checks.withLock { $0 } }
}

/// `/healthz`, `/livez`, `/readyz` (with `?verbose` check by check, as Kubernetes' own servers do) and `/metrics`; for the
/// webhook's own port and for a plain port beside it.
package final class HealthService: HTTPService, Sendable {
    private let board: HealthBoard
    private let registry: MetricsRegistry
    /// nil: it lives. Called on the server's thread.
    private let lifeless: (@Sendable () -> String?)?

    /// `lifeless` says why the process is to be restarted; without it who answers lives.
    package init(
        _ board: HealthBoard,
        _ registry: MetricsRegistry,
        lifeless: (@Sendable () -> String?)? = nil
    ) {
        self.board = board
        self.registry = registry
        self.lifeless = lifeless
    }

    package func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
        responder.respond(
            answer(request, context)
                ?? .text(404, "nothing is here; /healthz, /livez, /readyz and /metrics are", context)
        )
    }

    private static let paths: Set<Substring> = ["/healthz", "/livez", "/readyz", "/metrics", "*"]

    /// nil: the path is none of these.
    package func answer(_ request: HTTPRequest, _ context: RequestContext) -> HTTPResponse? {
        guard Self.paths.contains(request.path) else { return nil }
        guard request.method == "GET" || request.method == "HEAD" else {
            return .wrongMethod(request, allowed: "GET, HEAD, OPTIONS", context)
        }
        guard HTTPAccept.admits("text/plain", request.fields) else {
            return .text(406, "the answer is text/plain, which the Accept of this request excludes", context)
        }
        return report(request).forPeople(context)
    }

    private func report(_ request: HTTPRequest) -> HTTPResponse {
        switch request.path {
        case "/readyz": Self.report(request, [("ping", nil)] + board.all)
        case "/metrics":
            HTTPResponse(status: 200, fields: ["content-type": MetricsRegistry.contentType], body: registry.render())
        // What it waits for is no reason to restart it; that it no longer does anything is.
        default: Self.report(request, [("ping", nil)] + (lifeless.map { [("loop", $0())] } ?? []))
        }
    }

    private static func report(_ request: HTTPRequest, _ checks: [(name: String, problem: String?)]) -> HTTPResponse {
        let name = request.path.dropFirst()
        let isWell = checks.allSatisfy { $0.problem == nil }
        let status = isWell ? 200 : 503
        let wantsAll = request.query.split(separator: "&").contains { $0 == "verbose" || $0.hasPrefix("verbose=") }
        guard wantsAll || !isWell else { return .text(status, "ok") }
        let lines = checks.map { check in
            check.problem.map { "[-]\(check.name) failed: \($0)" } ?? "[+]\(check.name) ok"
        }
        return .text(status, (lines + ["\(name) check \(isWell ? "passed" : "failed")"]).joined(separator: "\n"))
    }
}
