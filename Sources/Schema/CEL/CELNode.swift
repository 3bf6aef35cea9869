/// A parsed CEL expression: what it is, and at which byte of the text it stands.
package struct CELNode: Sendable {
    package var expression: CELExpression
    package var offset: Int
}

/// The grammar of CEL, macros already taken apart. Operators that always evaluate all their operands are calls
/// (`_+_`, `!_`, `_in_` …); those that may not are cases of their own.
package indirect enum CELExpression: Sendable {
    case literal(CELValue)
    case identifier(String)
    case select(CELNode, field: String, optional: Bool)
    case index(CELNode, CELNode, optional: Bool)
    case has(CELNode, field: String)
    case call(String, target: CELNode?, arguments: [CELNode])
    case and(CELNode, CELNode)
    case or(CELNode, CELNode)
    case conditional(CELNode, then: CELNode, otherwise: CELNode)
    case list([CELListItem])
    case map([CELMapEntry])
    /// `JSONPatch{op: 'add'}`: parsed, so that policies can be read; evaluated only for the types the caller admits.
    case message(type: String, fields: [(name: String, value: CELNode)])
    case macro(CELMacro, range: CELNode, variable: String, body: CELNode, extra: CELNode?)
}

package struct CELListItem: Sendable {
    package var value: CELNode
    /// `[?x]`: left out when the optional is empty.
    package var optional: Bool
}

package struct CELMapEntry: Sendable {
    package var key: CELNode
    package var value: CELNode
    package var optional: Bool
}

/// The macros that walk a list or the keys of a map.
package enum CELMacro: String, Sendable {
    case all, exists, existsOne = "exists_one", filter, map
}

/// What is wrong with an expression, and where; or what went wrong when it was evaluated.
package struct CELError: Error, Equatable, Sendable, CustomStringConvertible {
    package var message: String
    /// The byte of the text (0-based); nil for a failure of the evaluation.
    package var offset: Int?

    package init(_ message: String, at offset: Int? = nil) {
        self.message = message
        self.offset = offset
    }

    package var description: String {
        if let offset { "at byte \(offset): \(message)" } else { message }
    }

    static let noSuchOverload = CELError("no such overload")
    static let overflow = CELError("return error for overflow")
    static let stepLimit = CELError("operation cancelled: actual cost limit exceeded")
}
