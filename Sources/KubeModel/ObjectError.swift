package import Wire

/// What was wrong with an object that a peer sent, at which field.
package struct ObjectError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Dotted, as kubectl explain takes it: `spec.leaseDurationSeconds`.
    package var path: String
    package var reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }
}

/// A cursor into a decoded object that knows its path, so that every error names it.
package struct ObjectField: Sendable {
    package let path: String
    /// nil where the member is absent or null: Kubernetes does not tell the two apart.
    package let value: JSONValue?

    package init(_ value: JSONValue?, path: String) {
        self.path = path
        self.value = value?.isNull == true ? nil : value
    }

    /// The member of an object; absent below an absent parent.
    package func member(_ name: String) throws(ObjectError) -> ObjectField {
        let below = path.isEmpty ? name : path + "." + name
        guard let value else { return ObjectField(nil, path: below) }
        guard case .object(let object) = value else { throw wrongType("an object") }
        return ObjectField(object[name], path: below)
    }

    package func elements() throws(ObjectError) -> [ObjectField] {
        guard let value else { return [] }
        guard case .array(let elements) = value else { throw wrongType("an array") }
        return elements.enumerated().map { ObjectField($0.element, path: "\(path)[\($0.offset)]") }
    }

    package func string() throws(ObjectError) -> String? {
        guard let value else { return nil }
        guard case .string(let text) = value else { throw wrongType("a string") }
        return text
    }

    package func requiredString() throws(ObjectError) -> String {
        guard let text = try string(), !text.isEmpty else {
            throw ObjectError(path: path, reason: "is missing; a string that is not empty is due")
        }
        return text
    }

    package func integer() throws(ObjectError) -> Int64? {
        guard let value else { return nil }
        guard case .integer(let number) = value else { throw wrongType("an integer") }
        return number
    }

    package func bool() throws(ObjectError) -> Bool? {
        guard let value else { return nil }
        guard case .bool(let flag) = value else { throw wrongType("a boolean") }
        return flag
    }

    /// Labels or annotations: an object of strings.
    package func strings() throws(ObjectError) -> StringMap {
        guard let value else { return StringMap() }
        guard case .object(let object) = value else { throw wrongType("an object of strings") }
        for member in object.members where member.value.stringValue == nil {
            throw ObjectError(path: path + "." + member.name, reason: "is \(member.value.typeName); a string is due")
        }
        return StringMap(object)
    }

    private func wrongType(_ due: String) -> ObjectError {
        ObjectError(path: path, reason: "is \(value?.typeName ?? "null"); \(due) is due")
    }
}

/// Labels or annotations, in name order.
package struct StringMap: Sendable, Equatable {
    private var object: JSONObject

    package init(_ object: JSONObject = JSONObject()) { self.object = object }

    package subscript(_ name: String) -> String? {
        get { object[name]?.stringValue }
        set { object[name] = newValue.map(JSONValue.string) }
    }

    package var json: JSONValue { .object(object) }
    package var isEmpty: Bool { object.isEmpty }
}
