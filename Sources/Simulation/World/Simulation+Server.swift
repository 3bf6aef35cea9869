import ClusterCore
import KubeModel
import Ownership
import Wire

/// The store and the rules behind all API servers.
extension Simulation {
    /// `cause`: the call whose request this is. What is committed in this step is its doing.
    mutating func step(_ event: ClusterCore.Event, cause: Int?) {
        for action in core.step(event, now: clusterTime) {
            switch action {
            case .respond(let id, let response): answered(Int(id.number), response)
            case .openStream(let id, _, _): say(Int(id.number), .opened)
            case .stream(let id, let bytes): stream(Int(id.number), bytes, cause: cause)
            case .endStream(let id): say(Int(id.number), .ended(.finished))
            case .callWebhook(let id, _) where webhook.isDown:
                if let cause { network.causes[id] = cause }
                at(random.pick([.milliseconds(1), .seconds(2)]), .webhookAnswers(id))
            case .callWebhook(let id, let call):
                if let cause { network.causes[id] = cause }
                webhook.asked[id] = call.request.body
                at(travel() + travel(), .webhookAnswers(id))
            // Nobody here asks for one.
            case .issueToken: break
            }
        }
    }

    private mutating func stream(_ number: Int, _ bytes: [UInt8], cause: Int?) {
        guard let stream = network.streams[number] else { return }
        let event: WatchEvent
        if let last = network.lastLine, last.bytes == bytes {
            event = last.event
        } else {
            guard let read = try? WatchEvent(line: bytes) else { return violate(.world, "a stream that is no JSON") }
            network.lastLine = (bytes, read)
            event = read
        }
        if case .observer = stream.owner { saw(event, cause: cause) } else { say(number, .event(event)) }
    }

    /// A request of the control plane's own: carried out at once, whatever else is wrong.
    @discardableResult
    mutating func control(_ request: KubeRequest) -> Result<JSONValue, CallFailure> {
        let number = network.nextNumber()
        var result = Result<JSONValue, CallFailure>.failure(.unknown("waits for a webhook"))
        let api = APIRequest(request.httpRequest(), as: SimulatedNames.admin)
        for action in core.step(.request(RequestID(UInt64(number)), api), now: clusterTime) {
            switch action {
            case .respond(RequestID(UInt64(number)), let response): result = Self.result(response)
            case .stream(let id, let bytes): stream(Int(id.number), bytes, cause: nil)
            // Nobody waits for that answer.
            case .callWebhook(let id, let call):
                webhook.asked[id] = call.request.body
                at(travel(), .webhookAnswers(id))
            case .respond, .openStream, .endStream, .issueToken: break
            }
        }
        return result
    }
}
