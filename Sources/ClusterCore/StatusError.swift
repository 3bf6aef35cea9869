import Schema
package import Wire

/// A refusal, shaped as Kubernetes writes it: the body of the answer is a `Status` object.
package struct StatusError: Error, Equatable, Sendable {
    package var code: Int
    package var reason: String
    package var message: String
    package var details: JSONValue?
    package var retryAfterSeconds: Int?

    package init(code: Int, reason: String, message: String, details: JSONValue? = nil, retryAfterSeconds: Int? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.retryAfterSeconds = retryAfterSeconds
    }

    package var status: JSONValue {
        var status: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "code": .integer(Int64(code)),
        ]
        if !reason.isEmpty { status["reason"] = .string(reason) }
        if let details { status["details"] = details }
        return status
    }

    package var response: HTTPResponse {
        var response = HTTPResponse.json(code, status)
        if let retryAfterSeconds { response.fields.set("retry-after", String(retryAfterSeconds)) }
        return response
    }
}

extension StatusError {
    static func notFound(_ type: ResourceType, _ name: String) -> StatusError {
        StatusError(
            code: 404,
            reason: "NotFound",
            message: "\(type.groupResource) \"\(name)\" not found",
            details: type.details(name)
        )
    }
    static let noSuchPath = StatusError(
        code: 404,
        reason: "NotFound",
        message: "the server could not find the requested resource",
        details: [:]
    )
    static func alreadyExists(_ type: ResourceType, _ name: String) -> StatusError {
        StatusError(
            code: 409,
            reason: "AlreadyExists",
            message: "\(type.groupResource) \"\(name)\" already exists",
            details: type.details(name)
        )
    }
    static func conflict(_ type: ResourceType, _ name: String, _ why: String) -> StatusError {
        StatusError(
            code: 409,
            reason: "Conflict",
            message: "Operation cannot be fulfilled on \(type.groupResource) \"\(name)\": \(why)",
            details: type.details(name)
        )
    }
    static func modified(_ type: ResourceType, _ name: String) -> StatusError {
        conflict(
            type,
            name,
            "the object has been modified; please apply your changes to the latest version and try again"
        )
    }
    static func forbidden(_ type: ResourceType, _ name: String, _ why: String) -> StatusError {
        let shown = name.isEmpty ? "" : " \"\(name)\""
        return StatusError(
            code: 403,
            reason: "Forbidden",
            message: "\(type.groupResource)\(shown) is forbidden: \(why)",
            details: type.details(name)
        )
    }
    static func badRequest(_ message: String) -> StatusError {
        StatusError(code: 400, reason: "BadRequest", message: message)
    }
    static func methodNotAllowed(_ verb: String) -> StatusError {
        StatusError(
            code: 405,
            reason: "MethodNotAllowed",
            message: "the server does not allow this method on the requested resource",
            details: [:]
        )
    }
    static func unsupportedMediaType(accepted: [String]) -> StatusError {
        StatusError(
            code: 415,
            reason: "UnsupportedMediaType",
            message: "the body of the request was in an unknown format - accepted media types include: "
                + accepted.joined(separator: ", ")
        )
    }
    static func notAcceptable(_ accepted: [String]) -> StatusError {
        StatusError(
            code: 406,
            reason: "NotAcceptable",
            message: "only the following media types are accepted: " + accepted.joined(separator: ", ")
        )
    }
    static func tooLarge(_ message: String) -> StatusError {
        StatusError(code: 413, reason: "RequestEntityTooLarge", message: message)
    }
    static func expired(_ message: String) -> StatusError {
        StatusError(code: 410, reason: "Expired", message: message)
    }
    static func internalError(_ why: String) -> StatusError {
        StatusError(
            code: 500,
            reason: "InternalError",
            message: "Internal error occurred: \(why)",
            details: ["causes": [["message": .string(why)]]]
        )
    }
    static func tooManyRequests(_ message: String, retryAfterSeconds: Int) -> StatusError {
        StatusError(
            code: 429,
            reason: "TooManyRequests",
            message: message,
            details: ["retryAfterSeconds": .integer(Int64(retryAfterSeconds))],
            retryAfterSeconds: retryAfterSeconds
        )
    }
    /// What a JSON patch that does not apply is answered with: no word of why, and empty details.
    static let patchDoesNotApply = StatusError(
        code: 422,
        reason: "Invalid",
        message: "the server rejected our request due to an error in our request",
        details: [:]
    )

    static func invalid(kind: String, group: String, name: String, _ causes: [FieldCause]) -> StatusError {
        let qualified = group.isEmpty ? kind : "\(kind).\(group)"
        var details: JSONValue = ["kind": .string(kind)]
        if !name.isEmpty { details["name"] = .string(name) }
        if !group.isEmpty { details["group"] = .string(group) }
        details["causes"] = .array(causes.map(\.json))
        return StatusError(
            code: 422,
            reason: "Invalid",
            message: "\(qualified) \"\(name)\" is invalid: \(FieldCause.summary(causes))",
            details: details
        )
    }
    static func invalid(_ type: ResourceType, _ name: String, _ causes: [FieldCause]) -> StatusError {
        invalid(kind: type.kind, group: type.group, name: name, causes)
    }
    static func invalidListOptions(_ causes: [FieldCause]) -> StatusError {
        invalid(kind: "ListOptions", group: "meta.k8s.io", name: "", causes)
    }
}
