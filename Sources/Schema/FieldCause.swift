// Schema: what a CustomResourceDefinition says, and what clients are told about it. Values in, values out; it knows
// Wire only. Next door: ClusterCore asks it about every write of a custom resource.

package import Wire

/// One thing that is wrong with one field, in the words of a real API server (`details.causes` of a Status).
package struct FieldCause: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case required = "FieldValueRequired"
        case invalid = "FieldValueInvalid"
        case typeInvalid = "FieldValueTypeInvalid"
        case notSupported = "FieldValueNotSupported"
        case duplicate = "FieldValueDuplicate"
        case forbidden = "FieldValueForbidden"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
        case notFound = "FieldValueNotFound"
    }

    package var reason: Reason
    package var message: String
    package var field: String

    package var description: String { "\(field): \(message)" }

    /// As a member of a Status' `details.causes`.
    package var json: JSONValue {
        ["reason": .string(reason.rawValue), "message": .string(message), "field": .string(field)]
    }

    /// The causes as they stand in a Status' message: alone, or in brackets; a repeated one is said once.
    package static func summary(_ causes: [FieldCause]) -> String {
        var texts: [String] = []
        for text in causes.map(\.description) where !texts.contains(text) { texts.append(text) }
        return texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
    }
}

extension FieldCause {
    package static func required(_ field: String, _ detail: String = "") -> FieldCause {
        make(.required, field, "Required value", detail)
    }
    package static func invalid(_ field: String, _ value: JSONValue, _ detail: String) -> FieldCause {
        make(.invalid, field, "Invalid value: " + shown(value), detail)
    }
    package static func typeInvalid(_ field: String, _ value: JSONValue, _ detail: String) -> FieldCause {
        make(.typeInvalid, field, "Invalid value: " + shown(value), detail)
    }
    package static func notSupported(_ field: String, _ value: JSONValue, _ supported: [String]) -> FieldCause {
        let list = supported.map(quoted).joined(separator: ", ")
        return make(.notSupported, field, "Unsupported value: " + shown(value), "supported values: " + list)
    }
    package static func duplicate(_ field: String, _ value: JSONValue) -> FieldCause {
        make(.duplicate, field, "Duplicate value: " + shown(value), "")
    }
    package static func notFound(_ field: String, _ value: JSONValue) -> FieldCause {
        make(.notFound, field, "Not found: " + shown(value), "")
    }
    package static func forbidden(_ field: String, _ detail: String) -> FieldCause {
        make(.forbidden, field, "Forbidden", detail)
    }
    package static func tooLong(_ field: String, _ limit: Int64) -> FieldCause {
        make(.tooLong, field, "Too long", "may not be more than \(limit) bytes")
    }
    package static func tooMany(_ field: String, _ actual: Int, _ limit: Int64) -> FieldCause {
        make(.tooMany, field, "Too many: \(actual)", "must have at most \(limit) \(limit == 1 ? "item" : "items")")
    }

    private static func make(_ reason: Reason, _ field: String, _ text: String, _ detail: String) -> FieldCause {
        FieldCause(reason: reason, message: detail.isEmpty ? text : "\(text): \(detail)", field: field)
    }

    /// A real server shows an absent value as the string "null".
    private static func shown(_ value: JSONValue) -> String {
        value.isNull ? "\"null\"" : String(decoding: value.serialized(), as: UTF8.self)
    }

    static func quoted(_ text: String) -> String { shown(.string(text)) }
}

/// Why a CustomResourceDefinition cannot be served: the causes are the API server's answer (422 Invalid).
package struct SchemaError: Error, Equatable, Sendable, CustomStringConvertible {
    package var causes: [FieldCause]
    package init(_ causes: [FieldCause]) { self.causes = causes }
    package var description: String { FieldCause.summary(causes) }
}
