/// Calls that are not calls: `has(e.f)` and the comprehensions get their own nodes while parsing, because their
/// arguments are not values. Everything else stays a call.
enum CELMacros {
    static func expand(
        _ name: String,
        target: CELNode?,
        arguments: [CELNode],
        offset: Int
    ) throws(CELError) -> CELNode {
        switch (name, target, arguments.count) {
        case ("has", nil, _): return try presence(arguments, offset)
        case ("all", .some(let range), 2), ("exists", .some(let range), 2), ("exists_one", .some(let range), 2),
            ("filter", .some(let range), 2), ("map", .some(let range), 2), ("map", .some(let range), 3):
            return try comprehension(name, range, arguments, offset)
        case ("optMap", .some, 2), ("optFlatMap", .some, 2):
            throw CELError("macro '\(name)' is not supported", at: offset)
        default:
            return CELNode(expression: .call(name, target: target, arguments: arguments), offset: offset)
        }
    }

    private static func presence(_ arguments: [CELNode], _ offset: Int) throws(CELError) -> CELNode {
        guard arguments.count == 1, case .select(let operand, let field, false) = arguments[0].expression else {
            throw CELError("invalid argument to has() macro: a field selection is expected, as in has(a.b)", at: offset)
        }
        return CELNode(expression: .has(operand, field: field), offset: offset)
    }

    private static func comprehension(
        _ name: String,
        _ range: CELNode,
        _ arguments: [CELNode],
        _ offset: Int
    ) throws(CELError) -> CELNode {
        guard case .identifier(let variable) = arguments[0].expression, let macro = CELMacro(rawValue: name) else {
            throw CELError("argument must be a simple name", at: arguments[0].offset)
        }
        let extra = arguments.count == 3 ? arguments[1] : nil
        let body = arguments[arguments.count - 1]
        return CELNode(
            expression: .macro(macro, range: range, variable: variable, body: body, extra: extra),
            offset: offset
        )
    }
}
