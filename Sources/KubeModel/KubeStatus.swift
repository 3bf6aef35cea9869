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
    /// The object that it is about; empty where the server named none.
    package var name: String

    package init(
        code: Int,
        reason: String,
        message: String,
        causes: [Cause] = [],
        retryAfterSeconds: Int? = nil,
        name: String = ""
    ) {
        self.name = name
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
        if (300..<400).contains(response.status) {
            let target = Self.quote(Array((response.fields["location"] ?? "").utf8))
            message = "a redirect to \(target) is not followed: the API server's own URL is expected"
        }
        if retryAfterSeconds == nil, let text = response.fields["retry-after"], let seconds = Int(text), seconds >= 0 {
            retryAfterSeconds = seconds
        }
    }

    /// Reads a Status object. It comes from a peer that is in trouble, so nothing in it is insisted on. `httpStatus` is
    /// believed rather than the code in the body; 0: there is none, as in a watch.
    package init(status: JSONValue, httpStatus: Int) {
        let details = status["details"]
        let said = status["code"]?.integerValue.flatMap { (100...999).contains($0) ? Int($0) : nil }
        code = httpStatus != 0 ? httpStatus : said ?? 0
        name = details?["name"]?.stringValue ?? ""
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
    /// The API server's own word. A proxy's 404, or that of a server that is still starting, proves nothing.
    package var isNotFound: Bool { code == 404 && reason == "NotFound" }
    package var isAlreadyExists: Bool { code == 409 && reason == "AlreadyExists" }
    package var isConflict: Bool { code == 409 && reason != "AlreadyExists" }
    /// The resourceVersion or the continue token is too old: list again.
    package var isExpired: Bool { code == 410 || reason == "Expired" || reason == "Gone" }
    /// The server has not come so far, or its history was set back.
    package var isFromTheFuture: Bool { causes.contains { $0.type == "ResourceVersionTooLarge" } }
    /// A failed `test`, a schema or CEL error, a policy: only a look at the object tells which.
    package var isInvalid: Bool { code == 422 }
    /// The server asks for patience; the request was not carried out.
    package var isOverload: Bool { code == 429 || (code == 503 && retryAfterSeconds != nil) }

    package var description: String {
        let head = reason.isEmpty ? "HTTP \(code)" : "\(code) \(reason)"
        return message.isEmpty ? head : head + ": " + message
    }

    /// A text of somebody else, for a message: bounded, in one line.
    package static func quote(_ body: [UInt8]) -> String {
        if body.isEmpty { return "" }
        let text = String(decoding: body.prefix(KubeLimits.quotedBodyMax), as: UTF8.self)
        let line = String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
        return body.count > KubeLimits.quotedBodyMax ? "\"\(line)…\" (\(body.count) bytes)" : "\"\(line)\""
    }
}
