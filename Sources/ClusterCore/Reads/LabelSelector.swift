package import Wire

/// Which labels an object must have: as text (`a=b,c in (d,e),!f`) or as an object (`matchLabels`, `matchExpressions`).
package struct LabelSelector: Sendable, Equatable {
    package enum Requirement: Sendable, Equatable {
        case isIn(String, [String])
        case notIn(String, [String])
        case exists(String)
        case absent(String)
        case greater(String, Int64)
        case less(String, Int64)
    }

    package var requirements: [Requirement] = []

    package init() {}

    package func matches(_ labels: JSONValue?) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let values): labels?[key]?.stringValue.map(values.contains) ?? false
            case .notIn(let key, let values): !(labels?[key]?.stringValue.map(values.contains) ?? false)
            case .exists(let key): labels?[key] != nil
            case .absent(let key): labels?[key] == nil
            case .greater(let key, let bound): labels?[key]?.stringValue.flatMap(Int64.init).map { $0 > bound } ?? false
            case .less(let key, let bound): labels?[key]?.stringValue.flatMap(Int64.init).map { $0 < bound } ?? false
            }
        }
    }

    /// The object form. An absent or empty one selects everything.
    package init(object: JSONValue?) throws(StatusError) {
        for (name, value) in object?["matchLabels"]?.objectValue?.members ?? [] {
            requirements.append(.isIn(name, [value.stringValue ?? ""]))
        }
        for expression in object?["matchExpressions"]?.arrayValue ?? [] {
            let key = expression["key"]?.stringValue ?? ""
            let values = expression["values"]?.arrayValue?.compactMap(\.stringValue) ?? []
            switch expression["operator"]?.stringValue {
            case "In" where !values.isEmpty: requirements.append(.isIn(key, values))
            case "NotIn" where !values.isEmpty: requirements.append(.notIn(key, values))
            case "Exists" where values.isEmpty: requirements.append(.exists(key))
            case "DoesNotExist" where values.isEmpty: requirements.append(.absent(key))
            case let name:
                throw .badRequest("\"\(name ?? "")\" is not a valid label selector operator for \(values.count) values")
            }
        }
    }

    package init(_ text: String) throws(StatusError) {
        var parser = LabelSelectorParser(text)
        requirements = try parser.parse()
    }
}

/// The text form, as `-l` takes it.
private struct LabelSelectorParser {
    private var tokens: [Substring] = []
    private var position = 0
    private let text: String

    init(_ text: String) {
        self.text = text
        var rest = text[...]
        while let first = rest.first {
            if first == " " || first == "\t" {
                rest.removeFirst()
            } else if "(),".contains(first) {
                tokens.append(rest.prefix(1))
                rest.removeFirst()
            } else if "=!<>".contains(first) {
                let token = rest.hasPrefix("==") || rest.hasPrefix("!=") ? rest.prefix(2) : rest.prefix(1)
                tokens.append(token)
                rest.removeFirst(token.count)
            } else {
                let token = rest.prefix { !" \t(),=!<>".contains($0) }
                tokens.append(token)
                rest.removeFirst(token.count)
            }
        }
    }

    mutating func parse() throws(StatusError) -> [LabelSelector.Requirement] {
        var requirements: [LabelSelector.Requirement] = []
        while position < tokens.count {
            requirements.append(try requirement())
            if position < tokens.count {
                guard tokens[position] == ",", position + 1 < tokens.count else {
                    throw error("found '\(tokens[position])', expected: ',' or 'end of string'")
                }
                position += 1
            }
        }
        return requirements
    }

    private mutating func requirement() throws(StatusError) -> LabelSelector.Requirement {
        if peek == "!" {
            position += 1
            return .absent(try key())
        }
        let key = try key()
        switch peek {
        case nil, ",": return .exists(key)
        case "=", "==":
            position += 1
            return .isIn(key, [try value()])
        case "!=":
            position += 1
            return .notIn(key, [try value()])
        case ">", "<":
            let isGreater = peek == ">"
            position += 1
            let text = try value()
            guard let bound = Int64(text) else { throw error("for 'Gt', 'Lt' operators, the value must be an integer") }
            return isGreater ? .greater(key, bound) : .less(key, bound)
        case "in":
            position += 1
            return .isIn(key, try values())
        case "notin":
            position += 1
            return .notIn(key, try values())
        case let found?:
            throw error("found '\(found)', expected: in, notin, =, ==, !=, gt, lt")
        }
    }

    private var peek: Substring? { position < tokens.count ? tokens[position] : nil }

    private mutating func key() throws(StatusError) -> String {
        guard let token = peek else { throw error("found '', expected: identifier") }
        position += 1
        if let objection = QualifiedName.objection(to: String(token)) {
            throw error("key: Invalid value: \"\(token)\": \(objection)")
        }
        return String(token)
    }

    private mutating func value() throws(StatusError) -> String {
        guard let token = peek, token != "," else { return "" }
        position += 1
        if let objection = QualifiedName.valueObjection(to: String(token)) {
            throw error("values[0]: Invalid value: \"\(token)\": \(objection)")
        }
        return String(token)
    }

    private mutating func values() throws(StatusError) -> [String] {
        guard peek == "(" else { throw error("found '\(peek ?? "")', expected: '('") }
        position += 1
        var values: [String] = []
        while peek != ")" {
            values.append(try value())
            if peek == "," {
                position += 1
            } else if peek != ")" {
                throw error("found '\(peek ?? "")', expected: ',' or ')'")
            }
        }
        position += 1
        return values.isEmpty ? [""] : values
    }

    private func error(_ why: String) -> StatusError {
        .badRequest("unable to parse requirement: \(why)")
    }
}
