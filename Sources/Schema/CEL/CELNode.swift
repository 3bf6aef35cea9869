/// A parsed CEL expression: what it is, and at which byte of the text it stands.
package struct CELNode: Sendable {
    package let expression: CELExpression
    package let offset: Int
    /// Levels of the tree from here down, this one included: what walks it recurses so deep.
    package let depth: Int

    init(expression: CELExpression, offset: Int) {
        self.expression = expression
        self.offset = offset
        depth = 1 + expression.operands.reduce(0) { max($0, $1.depth) }
    }
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

extension CELExpression {
    /// The nodes directly below.
    package var operands: [CELNode] {
        switch self {
        case .literal, .identifier: []
        case .select(let operand, _, _), .has(let operand, _): [operand]
        case .index(let left, let right, _), .and(let left, let right), .or(let left, let right): [left, right]
        case .call(_, let target, let arguments): (target.map { [$0] } ?? []) + arguments
        case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
        case .list(let items): items.map(\.value)
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .message(_, let fields): fields.map(\.value)
        case .macro(_, let range, _, let body, let extra): [range, body] + (extra.map { [$0] } ?? [])
        }
    }
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
