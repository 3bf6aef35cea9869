/// Recursive descent over the grammar of cel-spec (doc/langdef.md), optional syntax included.
struct CELParser {
    private let tokens: [CELToken]
    private var position = 0
    private var depth = 0

    static func parse(_ text: String) throws(CELError) -> CELNode {
        var parser = CELParser(tokens: try CELLexer.tokens(of: text))
        let node = try parser.expression()
        guard parser.current.kind == .end else { throw parser.unexpected("end of expression") }
        return node
    }

    private init(tokens: [CELToken]) { self.tokens = tokens }

    private var current: CELToken { tokens[position] }

    // MARK: - Operators, loosest first

    private mutating func expression() throws(CELError) -> CELNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= SchemaLimits.expressionDepthMax else {
            throw CELError("expression is nested deeper than \(SchemaLimits.expressionDepthMax)", at: current.offset)
        }
        let condition = try disjunction()
        guard let offset = take("?") else { return try bounded(condition) }
        let then = try disjunction()
        try expect(":")
        let otherwise = try expression()
        return try bounded(
            CELNode(expression: .conditional(condition, then: then, otherwise: otherwise), offset: offset)
        )
    }

    /// Chains (`a + b + …`, `a.b.c…`) make a tree deep without making the parser recurse.
    private func bounded(_ node: CELNode) throws(CELError) -> CELNode {
        guard node.depth <= SchemaLimits.expressionDepthMax else {
            throw CELError("expression is nested deeper than \(SchemaLimits.expressionDepthMax)", at: node.offset)
        }
        return node
    }

    private mutating func disjunction() throws(CELError) -> CELNode {
        var operands = [try conjunction()]
        var offsets: [Int] = []
        while let offset = take("||") {
            offsets.append(offset)
            operands.append(try conjunction())
        }
        return balanced(operands[...], offsets[...]) { .or($0, $1) }
    }

    private mutating func conjunction() throws(CELError) -> CELNode {
        var operands = [try relation()]
        var offsets: [Int] = []
        while let offset = take("&&") {
            offsets.append(offset)
            operands.append(try relation())
        }
        return balanced(operands[...], offsets[...]) { .and($0, $1) }
    }

    /// A long chain of && or || becomes a shallow tree, so that its length costs no depth.
    private func balanced(
        _ operands: ArraySlice<CELNode>,
        _ offsets: ArraySlice<Int>,
        _ join: (CELNode, CELNode) -> CELExpression
    ) -> CELNode {
        if operands.count == 1 { return operands[operands.startIndex] }
        let middle = offsets.startIndex + offsets.count / 2
        let cut = operands.startIndex + offsets.count / 2 + 1
        let left = balanced(operands[..<cut], offsets[..<middle], join)
        let right = balanced(operands[cut...], offsets[(middle + 1)...], join)
        return CELNode(expression: join(left, right), offset: offsets[middle])
    }

    private mutating func relation() throws(CELError) -> CELNode {
        try leftChain(of: ["<=", "<", ">=", ">", "==", "!=", "in"]) { (parser) throws(CELError) in
            try parser.leftChain(of: ["+", "-"]) { (parser) throws(CELError) in
                try parser.leftChain(of: ["*", "/", "%"]) { (parser) throws(CELError) in try parser.unary() }
            }
        }
    }

    private mutating func leftChain(
        of symbols: [String],
        _ operand: (inout CELParser) throws(CELError) -> CELNode
    ) throws(CELError) -> CELNode {
        var left = try operand(&self)
        while let (symbol, offset) = take(anyOf: symbols) {
            let right = try operand(&self)
            let call = CELExpression.call("_\(symbol)_", target: nil, arguments: [left, right])
            left = try bounded(CELNode(expression: call, offset: offset))
        }
        return left
    }

    private mutating func unary() throws(CELError) -> CELNode {
        var negations = 0
        if let (symbol, offset) = take(anyOf: ["!", "-"]) {
            negations = 1
            while take(symbol) != nil { negations += 1 }
            if symbol == "-", negations == 1, let literal = negativeLiteral(offset) { return try member(literal) }
            let operand = try member(nil)
            guard !negations.isMultiple(of: 2) else { return operand }
            return CELNode(expression: .call("\(symbol)_", target: nil, arguments: [operand]), offset: offset)
        }
        return try member(nil)
    }

    /// `-9223372036854775808` is one literal: its digits alone would not fit.
    private mutating func negativeLiteral(_ offset: Int) -> CELNode? {
        switch current.kind {
        case .integer(let value):
            position += 1
            return CELNode(expression: .literal(.int(value == .min ? .min : -value)), offset: offset)
        case .double(let value):
            position += 1
            return CELNode(expression: .literal(.double(-value)), offset: offset)
        default: return nil
        }
    }

    // MARK: - Members and calls

    private mutating func member(_ given: CELNode?) throws(CELError) -> CELNode {
        var node: CELNode
        if let given { node = given } else { node = try primary() }
        while true {
            node = try bounded(node)
            if let offset = take(".") {
                let optional = take("?") != nil
                let name = try fieldName()
                if !optional, take("(") != nil {
                    node = try CELMacros.expand(name, target: node, arguments: try arguments(), offset: offset)
                } else {
                    node = CELNode(expression: .select(node, field: name, optional: optional), offset: offset)
                }
            } else if let offset = take("[") {
                let optional = take("?") != nil
                let key = try expression()
                try expect("]")
                node = CELNode(expression: .index(node, key, optional: optional), offset: offset)
            } else if current.kind == .symbol("{"), let type = Self.typeName(of: node) {
                node = try message(type, node.offset)
            } else {
                return node
            }
        }
    }

    private mutating func primary() throws(CELError) -> CELNode {
        let token = current
        position += token.kind == .end ? 0 : 1
        func literal(_ value: CELValue) -> CELNode { CELNode(expression: .literal(value), offset: token.offset) }
        switch token.kind {
        case .integer(let value):
            guard value != .min else { throw CELError("invalid int literal", at: token.offset) }
            return literal(.int(value))
        case .unsigned(let value): return literal(.uint(value))
        case .double(let value): return literal(.double(value))
        case .string(let value): return literal(.string(value))
        case .bytes(let value): return literal(.bytes(value))
        case .identifier("true"): return literal(.bool(true))
        case .identifier("false"): return literal(.bool(false))
        case .identifier("null"): return literal(.null)
        case .identifier(let name): return try named(name, token.offset)
        case .symbol("."):
            guard case .identifier(let name) = current.kind else { throw unexpected("a name after '.'") }
            position += 1
            return try named(name, token.offset)
        case .symbol("("):
            let inner = try expression()
            try expect(")")
            return inner
        case .symbol("["): return try list(token.offset)
        case .symbol("{"): return try map(token.offset)
        default:
            position -= token.kind == .end ? 0 : 1
            throw unexpected("an expression")
        }
    }

    private mutating func named(_ name: String, _ offset: Int) throws(CELError) -> CELNode {
        if Self.reserved.contains(name) { throw CELError("syntax error: reserved identifier: \(name)", at: offset) }
        guard take("(") != nil else { return CELNode(expression: .identifier(name), offset: offset) }
        return try CELMacros.expand(name, target: nil, arguments: try arguments(), offset: offset)
    }

    private mutating func arguments() throws(CELError) -> [CELNode] {
        var arguments: [CELNode] = []
        if take(")") != nil { return arguments }
        repeat { arguments.append(try expression()) } while take(",") != nil
        try expect(")")
        return arguments
    }

    // MARK: - Literals with parts

    private mutating func list(_ offset: Int) throws(CELError) -> CELNode {
        var items: [CELListItem] = []
        while take("]") == nil {
            let optional = take("?") != nil
            items.append(CELListItem(value: try expression(), optional: optional))
            if take(",") == nil {
                try expect("]")
                break
            }
        }
        return CELNode(expression: .list(items), offset: offset)
    }

    private mutating func map(_ offset: Int) throws(CELError) -> CELNode {
        var entries: [CELMapEntry] = []
        while take("}") == nil {
            let optional = take("?") != nil
            let key = try expression()
            try expect(":")
            entries.append(CELMapEntry(key: key, value: try expression(), optional: optional))
            if take(",") == nil {
                try expect("}")
                break
            }
        }
        return CELNode(expression: .map(entries), offset: offset)
    }

    private mutating func message(_ type: String, _ offset: Int) throws(CELError) -> CELNode {
        try expect("{")
        var fields: [(name: String, value: CELNode)] = []
        while take("}") == nil {
            let name = try fieldName()
            try expect(":")
            fields.append((name: name, value: try expression()))
            if take(",") == nil {
                try expect("}")
                break
            }
        }
        return CELNode(expression: .message(type: type, fields: fields), offset: offset)
    }

    /// `a.b.C` before a brace names a type.
    private static func typeName(of node: CELNode) -> String? {
        switch node.expression {
        case .identifier(let name): return name
        case .select(let inner, let field, false): return typeName(of: inner).map { "\($0).\(field)" }
        default: return nil
        }
    }

    // MARK: - Tokens

    private mutating func fieldName() throws(CELError) -> String {
        guard case .identifier(let name) = current.kind else { throw unexpected("a field name") }
        position += 1
        return name
    }

    private mutating func take(_ symbol: String) -> Int? { take(anyOf: [symbol])?.offset }

    private mutating func take(anyOf symbols: [String]) -> (symbol: String, offset: Int)? {
        let found: String
        switch current.kind {
        case .symbol(let text): found = text
        case .identifier("in"): found = "in"
        default: return nil
        }
        guard symbols.contains(found) else { return nil }
        position += 1
        return (found, tokens[position - 1].offset)
    }

    private mutating func expect(_ symbol: String) throws(CELError) {
        guard take(symbol) != nil else { throw unexpected("'\(symbol)'") }
    }

    private func unexpected(_ wanted: String) -> CELError {
        let found =
            switch current.kind {
            case .end: "the end"
            case .identifier(let name): "'\(name)'"
            case .symbol(let text): "'\(text)'"
            default: "a literal"
            }
        return CELError("syntax error: \(wanted) is expected, found \(found)", at: current.offset)
    }

    /// langdef.md: never identifiers.
    private static let reserved: [String] = [
        "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]
}
