package import Wire

/// What an API server said instead of doing it: the `Status` object, typed.
package struct KubeStatus: Error, Sendable, Equatable, CustomStringConvertible {
    package struct Cause: Sendable, Equatable {
        package var type: String
        package var field: String
        package var message: String

        package init(type: String, field: String, message: String) {
            self.type = type
            self.field = field
            self.message = message
        }
    }

    package var code: Int
    /// The machine's word, such as `NotFound`; empty where the server gave none.
    package var reason: String
    package var message: String
    package var causes: [Cause]
    package var retryAfterSeconds: Int?

    package init(code: Int, reason: String, message: String, causes: [Cause] = [], retryAfterSeconds: Int? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = causes
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Reads any answer that is no success. A body that is no Status (a proxy's page) is quoted, bounded.
    package init(_ response: HTTPResponse) {
        let parsed = try? JSONValue.parse(response.body, deeper: .leftOut)
        if let parsed, parsed["kind"]?.stringValue == "Status" {
            self.init(status: parsed, httpStatus: response.status)
        } else {
            self.init(code: response.status, reason: "", message: Self.quote(response.body))
        }
        if retryAfterSeconds == nil, let text = response.fields["retry-after"], let seconds = Int(text), seconds >= 0 {
            retryAfterSeconds = seconds
        }
    }

    /// Reads a Status object. It comes from a peer that is in trouble, so nothing in it is insisted on.
    package init(status: JSONValue, httpStatus: Int) {
        let details = status["details"]
        code = status["code"]?.integerValue.map(Int.init(truncatingIfNeeded:)) ?? httpStatus
        reason = status["reason"]?.stringValue ?? ""
        message = status["message"]?.stringValue ?? ""
        causes = (details?["causes"]?.arrayValue ?? []).prefix(KubeLimits.causesMax).map { cause in
            Cause(
                type: cause["reason"]?.stringValue ?? "",
                field: cause["field"]?.stringValue ?? "",
                message: cause["message"]?.stringValue ?? ""
            )
        }
        retryAfterSeconds = details?["retryAfterSeconds"]?.integerValue.flatMap { Int(exactly: $0) }
            .flatMap { $0 >= 0 ? $0 : nil }
    }

    package var isUnauthorized: Bool { code == 401 }
    package var isForbidden: Bool { code == 403 }
    package var isNotFound: Bool { code == 404 }
    package var isAlreadyExists: Bool { code == 409 && reason == "AlreadyExists" }
    package var isConflict: Bool { code == 409 && reason != "AlreadyExists" }
    /// The resourceVersion or the continue token is too old: list again.
    package var isExpired: Bool { code == 410 || reason == "Expired" || reason == "Gone" }
    /// A failed `test`, a schema or CEL error, a policy: only a look at the object tells which.
    package var isInvalid: Bool { code == 422 }
    /// The server asks for patience; the request was not carried out.
    package var isOverload: Bool { code == 429 || (code == 503 && retryAfterSeconds != nil) }

    package var description: String {
        let head = reason.isEmpty ? "HTTP \(code)" : "\(code) \(reason)"
        return message.isEmpty ? head : head + ": " + message
    }

    private static func quote(_ body: [UInt8]) -> String {
        if body.isEmpty { return "" }
        let text = String(decoding: body.prefix(KubeLimits.quotedBodyMax), as: UTF8.self)
        let line = String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
        return body.count > KubeLimits.quotedBodyMax ? "\"\(line)…\" (\(body.count) bytes)" : "\"\(line)\""
    }
}
