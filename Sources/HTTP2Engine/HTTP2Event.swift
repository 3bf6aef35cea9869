package import Wire

/// What the peer did. Streams are numbered by their stream id.
package enum HTTP2Event: Sendable, Equatable {
    /// Server: a request began; its body follows as `data` unless `end`.
    case request(stream: Int32, HTTP2RequestHead, end: Bool)
    /// Client: the final response began (1xx are passed over).
    case response(stream: Int32, status: Int, fields: HTTPFields, end: Bool)
    /// A piece of a body. Its bytes occupy the flow-control windows until `consume` is told of them.
    case data(stream: Int32, [UInt8], end: Bool)
    /// Fields after the body; they end it.
    case trailers(stream: Int32, HTTPFields)
    /// The last event of a stream, whatever its end: both sides done (`noError`), reset by either, or refused.
    case closed(stream: Int32, HTTP2Code)
    /// The peer takes no stream above `last`; those under way above it are closed as `refusedStream` too.
    case goAway(last: Int32, HTTP2Code, debug: String)
    /// The answer to `ping`.
    case pong
}

/// A request's pseudo header fields and fields; `host` stands in for a missing `:authority`. A class, though a value: it goes
/// through many hands, and mostly is the same as that of the request before.
package final class HTTP2RequestHead: Sendable, Equatable, CustomStringConvertible {
    package let method: String
    package let scheme: String
    package let authority: String
    package let path: String
    package let fields: HTTPFields
    /// The fields, and `host` among them whatever way the client named it.
    package let fieldsWithHost: HTTPFields
    /// What it takes to hold, counted as SETTINGS_MAX_HEADER_LIST_SIZE counts.
    package let listBytes: Int

    package init(method: String, scheme: String = "https", authority: String, path: String, fields: HTTPFields = [:]) {
        self.method = method
        self.scheme = scheme
        self.authority = authority
        self.path = path
        self.fields = fields
        var withHost = fields
        if fields["host"] == nil { withHost.add("host", authority) }
        fieldsWithHost = withHost
        let pseudo = method.utf8.count + scheme.utf8.count + authority.utf8.count + path.utf8.count + 128
        listBytes = fields.all.reduce(pseudo) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 }
    }

    package static func == (left: HTTP2RequestHead, right: HTTP2RequestHead) -> Bool {
        left.method == right.method && left.scheme == right.scheme && left.authority == right.authority
            && left.path == right.path && left.fields == right.fields
    }

    package var description: String { "\(method) \(scheme)://\(authority)\(path) \(fields.all)" }
}

/// A body that is to be sent.
package enum HTTP2Body: Sendable, Equatable {
    /// All of it; empty: the head ends the stream.
    case whole([UInt8])
    /// It comes by `send`.
    case streaming
}

/// An error code of RFC 9113 §7.
package struct HTTP2Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    package var rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let noError = HTTP2Code(rawValue: 0)
    package static let protocolError = HTTP2Code(rawValue: 1)
    package static let internalError = HTTP2Code(rawValue: 2)
    package static let flowControlError = HTTP2Code(rawValue: 3)
    /// Certainly not processed: safe to send again.
    package static let refusedStream = HTTP2Code(rawValue: 7)
    package static let cancel = HTTP2Code(rawValue: 8)
    package static let enhanceYourCalm = HTTP2Code(rawValue: 11)
    package static let http11Required = HTTP2Code(rawValue: 13)

    /// The names of RFC 9113.
    package var description: String {
        let names = [
            "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
            "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
            "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
        ]
        return Int(exactly: rawValue).flatMap { names.indices.contains($0) ? names[$0] : nil } ?? "code \(rawValue)"
    }
}

/// Why a session cannot go on. What was taken from it before still is to be sent: it may hold a GOAWAY.
package enum HTTP2Error: Error, Equatable, CustomStringConvertible {
    /// A call of nghttp2 failed, in nghttp2's words.
    case failed(call: String, reason: String)
    /// A field that HTTP/2 cannot carry; ours, never the peer's.
    case invalidField(name: String)
    /// The stream is closed, or no further stream may be opened (GOAWAY, stream ids used up).
    case unavailable(String)

    package var description: String {
        switch self {
        case .failed(let call, let reason): "\(call) failed: \(reason)"
        case .invalidField(let name): "the field '\(name)' has a name or value that HTTP/2 cannot carry"
        case .unavailable(let reason): reason
        }
    }
}
