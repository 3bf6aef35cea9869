internal import KubeModel
internal import LinuxIO
package import Ownership
package import Serving
internal import Telemetry
package import Wire

/// Answers admission reviews on one reactor. A request runs to completion here: no lock, no await, the members are an
/// immutable value that arrives by message.
package final class WebhookService: HTTPService {
    /// Where the API server posts its reviews; one path for the one kind of task.
    package static let path = "/mutate/task-owners"

    private var loads: PlacementLoads
    private let health: HealthService
    private let metrics: AdmissionMetrics
    /// nil: everybody may ask.
    private let callers: AdmissionCallers?

    /// `reactors`: how many of these assign at the same time in this process.
    package init(
        reactors: Int,
        health: HealthService,
        metrics: AdmissionMetrics,
        callers: AdmissionCallers? = nil
    ) {
        loads = PlacementLoads(reactors: reactors)
        self.health = health
        self.metrics = metrics
        self.callers = callers
    }

    /// Takes the next snapshot of the members.
    package func adopt(_ table: MemberTable) { loads.adopt(table) }

    package func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
        guard request.target == Self.path || request.path == Self.path else {
            let answer = health.answer(request, context)
            return responder.respond(
                answer ?? .text(404, "nothing is here; reviews are expected at \(Self.path)", context)
            )
        }
        if let refusal = refusal(of: request, context) { return responder.respond(refusal) }
        do throws(AdmissionReviewError) {
            let decision = AdmissionDecision(try AdmissionRequest(review: request.body.span), loads)
            responder.respond(Self.answer(decision.response))
            // After the answer: what was not answered was not assigned.
            if let assigned = decision.assigned { loads.count(assigned) }
            metrics.count(decision.outcome)
        } catch {
            responder.respond(.text(400, error.description))
            metrics.malformed.add()
        }
        metrics.duration.observe(nanoseconds: BootClock.now().nanoseconds - context.arrived.nanoseconds)
    }

    /// Allowed, unowned and at once, as if no webhook were there: the task is claimed later. A refusal would fail the user's
    /// write or cost it the time of another try.
    package func overloaded(_ request: HTTPRequest, _ context: RequestContext) -> HTTPResponse {
        guard request.path == Self.path else { return .text(503, "the webhook is overloaded", context) }
        if let refusal = refusal(of: request, context) { return refusal }
        guard let uid = AdmissionRequest.uid(beginning: request.body.span) else {
            return .text(503, "the webhook is overloaded, and this is no review that begins with its uid", context)
        }
        metrics.shed.add()
        return Self.answer(AdmissionResponse(uid: uid, warnings: [AdmissionWarning.overloaded]))
    }

    private static func answer(_ response: AdmissionResponse) -> HTTPResponse {
        HTTPResponse(status: 200, fields: answerFields, body: response.serialized())
    }

    /// Of every answer to a review.
    private static let answerFields: HTTPFields = ["content-type": "application/json"]

    /// What is no review by its head already.
    private func refusal(of request: HTTPRequest, _ context: RequestContext) -> HTTPResponse? {
        guard request.method == "POST" else {
            return .wrongMethod(request, allowed: "POST, OPTIONS", context)
        }
        if let reason = callers?.refusal(of: context.client) {
            metrics.forbidden.add()
            return .text(403, reason, context)
        }
        if let type = request.fields["content-type"], type != "application/json" {
            let media = type.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
            guard media == "application/json" else {
                return .text(
                    415,
                    "a review in \(type.prefix(64)) is not understood; application/json is expected",
                    context
                )
            }
        }
        if let coding = request.fields["content-encoding"], coding.lowercased() != "identity" {
            var refusal = HTTPResponse.text(
                415,
                "a review in \(coding.prefix(64)) is not understood; send it as it is",
                context
            )
            refusal.fields.set("accept-encoding", "identity")
            return refusal
        }
        guard HTTPAccept.admits("application/json", request.fields) else {
            return .text(406, "the answer is application/json, which the Accept of this request excludes", context)
        }
        // HTTP/2 frames its bodies; HTTP/1 has two fields to announce one.
        guard
            !request.body.isEmpty || context.version == .http2
                || request.fields["content-length"] != nil || request.fields["transfer-encoding"] != nil
        else {
            return .text(411, "a review has a body: Content-Length or Transfer-Encoding: chunked is expected", context)
        }
        return nil
    }
}
