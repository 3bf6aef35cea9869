/// A checked expression, ready to be evaluated any number of times.
package struct CELProgram: Sendable {
    package let text: String
    package let node: CELNode
    /// Every variable the expression mentions.
    package let mentions: [String]

    /// Parses and checks: every function must exist with that many arguments, every variable must be in `variables`.
    package static func compile(
        _ text: String,
        variables: [String],
        extending: CELExtension = .none
    ) throws(CELError) -> CELProgram {
        let node = try parse(text)
        var checker = CELChecker(variables: variables, extending: extending)
        try checker.check(node)
        return CELProgram(text: text, node: node, mentions: checker.mentions)
    }

    /// Parses only: says whether the text is CEL, not whether it can be evaluated here.
    package static func parse(_ text: String) throws(CELError) -> CELNode { try CELParser.parse(text) }

    /// The value under these variables; `steps` is the budget, reduced by what was used.
    package func evaluate(_ bindings: [String: CELValue], steps: inout Int) throws(CELError) -> CELValue {
        var evaluator = CELEvaluator(bindings: bindings, steps: min(steps, SchemaLimits.expressionStepsMax))
        let granted = evaluator.steps
        defer { steps -= granted - evaluator.steps }
        return try evaluator.evaluate(node)
    }

    package func evaluate(_ bindings: [String: CELValue]) throws(CELError) -> CELValue {
        var steps = SchemaLimits.expressionStepsMax
        return try evaluate(bindings, steps: &steps)
    }

    /// A condition's answer; anything but a bool is an error.
    package func test(_ bindings: [String: CELValue]) throws(CELError) -> Bool {
        guard case .bool(let answer) = try evaluate(bindings) else {
            throw CELError("the expression '\(text)' must evaluate to bool")
        }
        return answer
    }

    /// `line:column` (1-based) of a byte of the text, for messages.
    package static func position(_ offset: Int, in text: String) -> String {
        let before = text.utf8.prefix(offset)
        let line = before.count { $0 == 0x0A } + 1
        let column = before.reversed().prefix { $0 != 0x0A }.count + 1
        return "\(line):\(column)"
    }
}

/// Walks an expression before it is ever evaluated: what cannot work is refused by name and position.
private struct CELChecker {
    var variables: [String]
    let extending: CELExtension
    var mentions: [String] = []

    mutating func check(_ node: CELNode) throws(CELError) {
        switch node.expression {
        case .literal: return
        case .identifier(let name): try variable(name, node.offset)
        case .select(let operand, _, _), .has(let operand, _): try check(operand)
        case .index(let operand, let key, _): try checkAll([operand, key])
        case .and(let left, let right), .or(let left, let right): try checkAll([left, right])
        case .conditional(let condition, let then, let otherwise): try checkAll([condition, then, otherwise])
        case .list(let items): try checkAll(items.map(\.value))
        case .map(let entries): for entry in entries { try checkAll([entry.key, entry.value]) }
        case .message(let type, let fields): try message(type, fields, node.offset)
        case .call(let name, let target, let arguments): try call(name, target, arguments, node.offset)
        case .macro(_, let range, let variable, let body, let extra):
            try check(range)
            variables.append(variable)
            defer { variables.removeLast() }
            try checkAll([body] + (extra.map { [$0] } ?? []))
        }
    }

    private mutating func checkAll(_ nodes: [CELNode]) throws(CELError) {
        for node in nodes { try check(node) }
    }

    private mutating func message(
        _ type: String,
        _ fields: [(name: String, value: CELNode)],
        _ offset: Int
    ) throws(CELError) {
        guard let known = extending.messages.first(where: { $0.type == type }) else {
            throw CELError("struct literal '\(type){…}' is not supported", at: offset)
        }
        for field in fields {
            guard known.fields.contains(field.name) else {
                throw CELError("undefined field '\(field.name)' of '\(type)'", at: field.value.offset)
            }
            try check(field.value)
        }
    }

    private mutating func variable(_ name: String, _ offset: Int) throws(CELError) {
        if variables.contains(name) {
            if !mentions.contains(name) { mentions.append(name) }
        } else if !CELFunctions.typeNames.contains(name) {
            throw CELError("undeclared reference to '\(name)' (in container '')", at: offset)
        }
    }

    private mutating func call(
        _ name: String,
        _ target: CELNode?,
        _ arguments: [CELNode],
        _ offset: Int
    ) throws(CELError) {
        if let target, case .identifier("optional") = target.expression {
            guard CELFunctions.isOptionalConstructor(name, arguments.count) else {
                throw CELError("undeclared reference to 'optional.\(name)' (in container '')", at: offset)
            }
            return try checkAll(arguments)
        }
        let extra = target == nil ? nil : extending.members.first { $0.name == name }?.arities
        guard let arities = CELFunctions.arities(of: name, isMember: target != nil) ?? extra else {
            let form = target == nil ? "function" : "member function"
            throw CELError("undeclared reference to '\(name)': \(form) '\(name)' is not supported", at: offset)
        }
        guard arities.contains(arguments.count) else {
            throw CELError("found no matching overload for '\(name)' with \(arguments.count) arguments", at: offset)
        }
        if name == "matches", let last = arguments.last, case .literal(.string(let text)) = last.expression {
            do throws(PatternError) { _ = try Pattern(text) } catch {
                throw CELError("invalid matches argument: \(error)", at: last.offset)
            }
        }
        if let target { try check(target) }
        try checkAll(arguments)
    }
}
