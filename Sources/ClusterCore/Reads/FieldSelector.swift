import Wire

/// `spec.owner=x,metadata.name!=y`: the text form of `--field-selector`.
struct FieldSelector: Sendable, Equatable {
    struct Term: Sendable, Equatable {
        var label: String
        var path: [String]
        var absent: String
        var value: String
        var isEqual: Bool
    }
    var terms: [Term] = []

    init() {}

    init(_ text: String, for type: ResourceType) throws(StatusError) {
        for part in Self.split(text) where !part.isEmpty {
            let (label, value, isEqual) = try Self.term(part)
            guard let field = type.selectableField(label) else {
                throw .badRequest("field label not supported: \(label)")
            }
            terms.append(Term(label: label, path: field.path, absent: field.absent, value: value, isEqual: isEqual))
        }
    }

    func matches(_ object: JSONValue) -> Bool {
        terms.allSatisfy { term in
            let value = Self.text(object.value(at: term.path)) ?? term.absent
            return (value == term.value) == term.isEqual
        }
    }

    /// The one name selected by `metadata.name=x`.
    var name: String? { terms.first { $0.label == "metadata.name" && $0.isEqual }?.value }

    private static func text(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        default: nil
        }
    }

    private static func term(_ part: String) throws(StatusError) -> (label: String, value: String, isEqual: Bool) {
        for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] {
            guard let range = part.firstRange(of: sign) else { continue }
            return (String(part[..<range.lowerBound]), unescape(part[range.upperBound...]), isEqual)
        }
        throw .badRequest("invalid selector: '\(part)'; can't understand '\(part)'")
    }

    /// At commas that no backslash protects.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var escaped = false
        for character in text {
            if character == ",", !escaped { parts.append("") } else { parts[parts.count - 1].append(character) }
            escaped = character == "\\" && !escaped
        }
        return parts
    }

    private static func unescape(_ text: Substring) -> String {
        var out = ""
        var escaped = false
        for character in text {
            if character == "\\", !escaped {
                escaped = true
            } else {
                out.append(character)
                escaped = false
            }
        }
        return out
    }
}
