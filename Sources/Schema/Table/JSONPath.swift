package import Wire

/// The JSONPath of printer columns and selectable fields: members, one index, one equality filter; no wildcards, no
/// recursion, one result.
package struct JSONPath: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        case member(String)
        case index(Int)
        /// `[?(@.type=="Ready")]`: the first element whose member has that text.
        case filter(member: [String], text: String)
    }

    package let text: String
    package let steps: [Step]

    /// `.spec.owner`, `.metadata.annotations['a.b/c']`, `.metadata.labels.a\.b`, `.status.conditions[0].type`.
    package init(_ text: String) throws(JSONPathError) {
        var reader = JSONPathReader(text)
        self.text = text
        steps = try reader.steps()
    }

    /// The one value the path leads to.
    package func value(in root: JSONValue) -> JSONValue? {
        var current = root
        for step in steps {
            let next: JSONValue? =
                switch step {
                case .member(let name): current[name]
                case .index(let index): current.arrayValue?.dropFirst(index).first
                case .filter(let path, let text):
                    current.arrayValue?.first { element in
                        path.reduce(Optional(element)) { $0?[$1] } == .string(text)
                    }
                }
            guard let next else { return nil }
            current = next
        }
        return current
    }

    /// The names of a path of members only, as selectable fields must be.
    package var members: [String]? {
        var names: [String] = []
        for step in steps {
            guard case .member(let name) = step else { return nil }
            names.append(name)
        }
        return names
    }
}

package struct JSONPathError: Error, Equatable, Sendable, CustomStringConvertible {
    package var reason: String
    package var description: String { reason }
}

private struct JSONPathReader {
    private let text: [Unicode.Scalar]
    private var index = 0

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    private var current: Unicode.Scalar? { index < text.count ? text[index] : nil }

    mutating func steps() throws(JSONPathError) -> [JSONPath.Step] {
        var steps: [JSONPath.Step] = []
        while let scalar = current {
            index += 1
            switch scalar {
            case ".": steps.append(.member(try name()))
            case "[": steps.append(try bracket())
            default: throw JSONPathError(reason: "'.' or '[' is expected at character \(index)")
            }
        }
        guard !steps.isEmpty else { throw JSONPathError(reason: "a path starts with '.'") }
        return steps
    }

    private mutating func name() throws(JSONPathError) -> String {
        var name = String.UnicodeScalarView()
        while let scalar = current, scalar != ".", scalar != "[" {
            index += 1
            if scalar == "\\", let escaped = current {
                name.append(escaped)
                index += 1
            } else {
                name.append(scalar)
            }
        }
        guard !name.isEmpty, String(name) != "*" else {
            throw JSONPathError(reason: "a member name is expected at character \(index + 1)")
        }
        return String(name)
    }

    private mutating func bracket() throws(JSONPathError) -> JSONPath.Step {
        let start = index
        var quote: Unicode.Scalar?
        while let scalar = current, quote != nil || scalar != "]" {
            if scalar == quote { quote = nil } else if quote == nil, scalar == "'" || scalar == "\"" { quote = scalar }
            index += 1
        }
        guard current == "]" else { throw JSONPathError(reason: "'[' is not closed") }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text[start..<index])
        let inside = String(view)
        index += 1
        if let number = Int(inside), number >= 0 { return .index(number) }
        if let name = Self.unquoted(inside) { return .member(name) }
        if inside.hasPrefix("?(@."), inside.hasSuffix(")") {
            let condition = inside.dropFirst(4).dropLast()
            let sides = condition.split(separator: "==", maxSplits: 1).map { String($0).trimmingSpaces() }
            if sides.count == 2, let text = Self.unquoted(sides[1]) {
                return .filter(member: sides[0].split(separator: ".").map(String.init), text: text)
            }
        }
        throw JSONPathError(
            reason: "[\(inside)] is not supported: a name in quotes, an index or [?(@.member==\"text\")] is"
        )
    }

    private static func unquoted(_ text: String) -> String? {
        guard text.utf8.count >= 2, let first = text.first, first == text.last, first == "'" || first == "\"" else {
            return nil
        }
        return String(text.dropFirst().dropLast())
    }
}

extension String {
    fileprivate func trimmingSpaces() -> String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
