import Wire

/// metadata as every object has it: known members of known types.
enum MetadataDecoding {
    /// A value of another type than its place has.
    struct Failure: Error {
        var path: String
        /// In the words of Go's decoder, and in those of server-side apply.
        var text: String
        var typed: String
    }

    /// Drops members that are null or empty, which were not sent, and such as nobody knows; returns the paths of those.
    @discardableResult
    static func clean(_ object: inout JSONValue) throws(Failure) -> [String] {
        var metadata = object["metadata"] ?? [:]
        if metadata.isNull { metadata = [:] }
        guard case .object(let members) = metadata else {
            throw mismatch(metadata, "metadata", "map")
        }
        var dropped: [String] = []
        for (name, value) in members.members {
            if value.isNull {
                metadata[name] = nil
                continue
            }
            switch form(of: name) {
            case nil:
                metadata[name] = nil
                dropped.append("metadata.\(name)")
            case .list(let known)?:
                metadata[name] = try list(value, "metadata.\(name)", known, &dropped)
            case let form?:
                try check(value, form, "metadata.\(name)")
                if isEmpty(value) { metadata[name] = nil }
            }
        }
        metadata["selfLink"] = nil
        object["metadata"] = metadata
        return dropped
    }

    /// Drops members that cannot be read.
    static func dropUnreadable(_ object: inout JSONValue) {
        for (name, value) in object["metadata"]?.objectValue?.members ?? [] {
            var alone: JSONValue = ["metadata": .object(JSONObject([(name, value)]))]
            if (try? clean(&alone)) == nil { object["metadata"]?[name] = nil }
        }
    }

    private enum Form {
        case text, time, number, flag, texts, textMap, anything
        /// Of objects with these members.
        case list([String: Form])

        var name: String {
            switch self {
            case .text, .time: "string"
            case .number: "numeric (int or float)"
            case .flag: "boolean"
            case .textMap, .anything: "map"
            case .texts, .list: "list"
            }
        }
    }

    private static func form(of name: String) -> Form? {
        switch name {
        case "name", "generateName", "namespace", "uid", "resourceVersion", "selfLink": .text
        case "creationTimestamp", "deletionTimestamp": .time
        case "generation", "deletionGracePeriodSeconds": .number
        case "labels", "annotations": .textMap
        case "finalizers": .texts
        case "ownerReferences": .list(reference)
        case "managedFields": .list(managedFields)
        default: nil
        }
    }

    private static let reference: [String: Form] = [
        "apiVersion": .text, "kind": .text, "name": .text, "uid": .text, "controller": .flag,
        "blockOwnerDeletion": .flag,
    ]
    private static let managedFields: [String: Form] = [
        "manager": .text, "operation": .text, "apiVersion": .text, "time": .time, "fieldsType": .text,
        "fieldsV1": .anything, "subresource": .text,
    ]

    /// nil for an empty one.
    private static func list(
        _ value: JSONValue,
        _ path: String,
        _ known: [String: Form],
        _ dropped: inout [String]
    ) throws(Failure) -> JSONValue? {
        guard case .array(var elements) = value else { throw mismatch(value, path, "list") }
        for index in elements.indices {
            guard case .object(let members) = elements[index] else { throw mismatch(elements[index], path, "map") }
            for (name, member) in members.members {
                guard let form = known[name] else {
                    elements[index][name] = nil
                    dropped.append("\(path)[\(index)].\(name)")
                    continue
                }
                if !member.isNull { try check(member, form, "\(path).\(name)") }
            }
        }
        return elements.isEmpty ? nil : .array(elements)
    }

    private static func check(_ value: JSONValue, _ form: Form, _ path: String) throws(Failure) {
        let isRight =
            switch form {
            case .text: value.stringValue != nil
            case .time: value.stringValue != nil
            case .number: value.integerValue != nil
            case .flag: value.boolValue != nil
            case .texts: value.arrayValue?.allSatisfy { $0.stringValue != nil } ?? false
            case .textMap: value.objectValue?.members.allSatisfy { $0.value.stringValue != nil } ?? false
            case .anything, .list: true
            }
        guard isRight else { throw mismatch(value, path, form.name) }
        if case .time = form, let text = value.stringValue, Timestamp(text) == nil {
            let shown = String(decoding: value.serialized(), as: UTF8.self)
            let why = "parsing time \(shown) as \"2006-01-02T15:04:05Z07:00\": cannot parse \(shown) as \"2006\""
            throw Failure(path: path, text: why, typed: why)
        }
    }

    private static func mismatch(_ value: JSONValue, _ path: String, _ expected: String) -> Failure {
        let shown = String(decoding: value.serialized(), as: UTF8.self)
        return Failure(
            path: path,
            text: "json: cannot unmarshal \(value.typeName) into Go struct field ObjectMeta.\(path)",
            typed: "expected \(expected), got &{\(shown)}"
        )
    }

    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }
}
