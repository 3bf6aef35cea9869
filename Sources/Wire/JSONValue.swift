// Wire: bytes and the texts made of them (JSON, HTTP, time). It knows no meaning and imports nothing.
// Next door: KubeModel gives these texts their Kubernetes meaning.

/// One JSON value (RFC 8259). Integers that fit 64 bits stay integers, as in Kubernetes' own decoder.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    package static let emptyObject = JSONValue.object(JSONObject())

    package var isNull: Bool { self == .null }

    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
    package var integerValue: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }
    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }
    package var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }
    package var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member of an object. Reading: nil if this is no object or has no such member.
    /// Writing: a value that is no object becomes one; nil removes the member.
    package subscript(_ name: String) -> JSONValue? {
        get { if case .object(let object) = self { object[name] } else { nil } }
        set {
            var object: JSONObject
            if case .object(let existing) = self { object = existing } else { object = JSONObject() }
            self = .null  // so that `object` is the only reference and the write below copies nothing
            object[name] = newValue
            self = .object(object)
        }
    }

    /// The value below a chain of object members; nil where the chain breaks.
    package func at(_ path: String...) -> JSONValue? {
        var value = self
        for name in path {
            guard let next = value[name] else { return nil }
            value = next
        }
        return value
    }

    /// The JSON name of this value's type, for messages.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

/// There is no nil literal on purpose: `object["name"] == nil` must ask whether the member is there.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
