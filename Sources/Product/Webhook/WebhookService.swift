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

    /// `reactors`: how many of these assign at the same time in this process.
    package init(reactors: Int, health: HealthService, metrics: AdmissionMetrics) {
        loads = PlacementLoads(reactors: reactors)
        self.health = health
        self.metrics = metrics
    }

    /// Takes the next snapshot of the members.
    package func adopt(_ table: MemberTable) { loads.adopt(table) }

    package func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
        guard request.path == Self.path else {
            let answer = health.answer(request)
            return responder.respond(answer ?? .text(404, "nothing is here; reviews are due at \(Self.path)"))
        }
        if let refusal = Self.refusal(of: request) { return responder.respond(refusal) }
        do throws(AdmissionReviewError) {
            let decision = AdmissionDecision(try AdmissionRequest(review: request.body.span), loads)
            responder.respond(Self.answer(decision))
            // After the answer: what was not answered was not assigned.
            if let assigned = decision.assigned { loads.count(assigned) }
            metrics.count(decision.outcome)
        } catch {
            responder.respond(.text(400, error.description))
            metrics.malformed.add()
        }
        metrics.duration.observe(BootClock.now() - context.arrived)
    }

    private static func answer(_ decision: AdmissionDecision) -> HTTPResponse {
        HTTPResponse(
            status: 200,
            fields: ["content-type": "application/json"],
            body: decision.response.serialized()
        )
    }

    /// What is no review by its head already.
    private static func refusal(of request: HTTPRequest) -> HTTPResponse? {
        guard request.method == "POST" else {
            var response = HTTPResponse.text(405, "\(request.method) is not answered here; POST is due")
            response.fields.set("allow", "POST")
            return response
        }
        guard let type = request.fields["content-type"] else { return nil }
        let media = type.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        return media == "application/json"
            ? nil : .text(415, "a review in \(type.prefix(64)) is not understood; application/json is due")
    }
}
