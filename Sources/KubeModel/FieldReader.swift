package import Wire

/// What was wrong with an object, and at which field.
package struct ModelError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `spec.ownership.epoch`, `items[3].metadata`; empty for the object itself.
    package var path: String
    package var reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { path.isEmpty ? reason : path + ": " + reason }
}

/// Reads typed fields out of a JSON object and remembers the path, so that every error names it.
/// `null` counts as absent, as in Kubernetes.
package struct FieldReader: Sendable {
    package let value: JSONValue
    package let path: String

    package init(_ value: JSONValue, path: String = "") {
        self.value = value
        self.path = path
    }

    /// The reader of a member, which must be an object; nil if it is absent.
    package func object(_ name: String) throws(ModelError) -> FieldReader? {
        guard let member = present(name) else { return nil }
        guard member.objectValue != nil else { throw mismatch(name, "an object", member) }
        return FieldReader(member, path: below(name))
    }

    package func string(_ name: String) throws(ModelError) -> String? {
        guard let member = present(name) else { return nil }
        guard let text = member.stringValue else { throw mismatch(name, "a string", member) }
        return text
    }

    package func requiredString(_ name: String) throws(ModelError) -> String {
        guard let text = try string(name), !text.isEmpty else { throw missing(name, "a non-empty string") }
        return text
    }

    package func integer(_ name: String) throws(ModelError) -> Int64? {
        guard let member = present(name) else { return nil }
        guard let number = member.integerValue else { throw mismatch(name, "an integer", member) }
        return number
    }

    package func bool(_ name: String) throws(ModelError) -> Bool? {
        guard let member = present(name) else { return nil }
        guard let flag = member.boolValue else { throw mismatch(name, "true or false", member) }
        return flag
    }

    /// The readers of an array's elements, each of which must be an object; empty if the array is absent.
    package func objects(_ name: String) throws(ModelError) -> [FieldReader] {
        guard let member = present(name) else { return [] }
        guard let elements = member.arrayValue else { throw mismatch(name, "an array", member) }
        var readers: [FieldReader] = []
        readers.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            guard element.objectValue != nil else { throw mismatch("\(name)[\(index)]", "an object", element) }
            readers.append(FieldReader(element, path: below("\(name)[\(index)]")))
        }
        return readers
    }

    /// An array of strings; empty if it is absent.
    package func strings(_ name: String) throws(ModelError) -> [String] {
        guard let member = present(name) else { return [] }
        guard let elements = member.arrayValue else { throw mismatch(name, "an array", member) }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.stringValue else { throw mismatch("\(name)[\(index)]", "a string", element) }
            texts.append(text)
        }
        return texts
    }

    /// A map of strings, such as labels; empty if it is absent.
    package func stringMap(_ name: String) throws(ModelError) -> [String: String] {
        guard let reader = try object(name), let members = reader.value.objectValue?.members else { return [:] }
        var map: [String: String] = [:]
        for member in members where !member.value.isNull {
            guard let text = member.value.stringValue else {
                throw reader.mismatch(member.name, "a string", member.value)
            }
            map[member.name] = text
        }
        return map
    }

    package func timestamp(_ name: String) throws(ModelError) -> Timestamp? {
        guard let text = try string(name) else { return nil }
        guard let time = Timestamp(text) else {
            throw ModelError(path: below(name), reason: "an RFC 3339 time is expected, not \"\(text.prefix(64))\"")
        }
        return time
    }

    package func missing(_ name: String, _ due: String) -> ModelError {
        ModelError(path: below(name), reason: "\(due) is expected, but there is none")
    }

    private func present(_ name: String) -> JSONValue? {
        guard let member = value[name], !member.isNull else { return nil }
        return member
    }

    private func mismatch(_ name: String, _ due: String, _ found: JSONValue) -> ModelError {
        ModelError(path: below(name), reason: "\(due) is expected, not \(found.typeName)")
    }

    private func below(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
}
