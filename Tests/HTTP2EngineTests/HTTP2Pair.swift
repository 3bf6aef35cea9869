import HTTP2Engine
import Wire

/// A client and a server in memory, the wire between them, and what each side saw.
final class HTTP2Pair {
    let client: HTTP2Session
    let server: HTTP2Session
    /// Bytes that one delivery carries at most.
    var piece = Int.max
    var now = MonotonicInstant(nanoseconds: 0)
    var seenByServer: [HTTP2Event] = []
    var seenByClient: [HTTP2Event] = []

    init(server limits: HTTP2Limits = HTTP2Limits(), client clientLimits: HTTP2Limits = HTTP2Limits()) throws {
        server = try HTTP2Session(role: .server, limits: limits)
        client = try HTTP2Session(role: .client, limits: clientLimits)
    }

    /// Until neither side has anything to say. `react` sees each event of the server at once.
    func exchange(_ react: (HTTP2Event) throws -> Void = { _ in }) throws {
        while client.hasOutput || server.hasOutput {
            var up: [UInt8] = []
            seenByClient += try client.takeOutput(into: &up)
            for part in pieces(of: up) {
                let events = try server.receive(part.span, now: now)
                seenByServer += events
                for event in events { try react(event) }
            }
            var down: [UInt8] = []
            let ended = try server.takeOutput(into: &down)
            seenByServer += ended
            for event in ended { try react(event) }
            for part in pieces(of: down) { seenByClient += try client.receive(part.span, now: now) }
        }
    }

    private func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var offset = 0
        while offset < bytes.count {
            let end = offset + min(piece, bytes.count - offset)
            parts.append(Array(bytes[offset..<end]))
            offset = end
        }
        return parts
    }
}

extension [HTTP2Event] {
    /// Neighbouring pieces of one body put together, so that the way bytes were cut makes no difference.
    var merged: [HTTP2Event] {
        var merged: [HTTP2Event] = []
        for event in self {
            if case .data(let stream, let more, let end) = event, case .data(stream, let bytes, false) = merged.last {
                merged[merged.count - 1] = .data(stream: stream, bytes + more, end: end)
            } else {
                merged.append(event)
            }
        }
        return merged
    }
}

extension HTTP2RequestHead {
    static func get(_ path: String, fields: HTTPFields = [:]) -> HTTP2RequestHead {
        HTTP2RequestHead(method: "GET", authority: "webhook.test", path: path, fields: fields)
    }
    static func post(_ path: String, fields: HTTPFields = [:]) -> HTTP2RequestHead {
        HTTP2RequestHead(method: "POST", authority: "webhook.test", path: path, fields: fields)
    }
}
