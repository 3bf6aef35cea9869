/// Checks the members that a rule selects against the schema it is written for: `self.nope` is refused when the
/// definition is created, not when the first object meets it. What has no declared type is not followed.
struct CELSchemaChecker {
    private var scope: [(name: String, schema: StructuralSchema?)]
    /// The schema of a whole resource, whose apiVersion, kind and metadata need no declaration; nil further down.
    private let root: StructuralSchema?

    /// `isRule`: the answer must be a bool, as far as that can be seen.
    static func check(
        _ program: CELProgram,
        _ schema: StructuralSchema,
        isResourceRoot: Bool,
        isRule: Bool
    ) throws(CELError) {
        let root = isResourceRoot || schema.isEmbeddedResource ? schema : nil
        var checker = CELSchemaChecker(scope: [("self", schema), ("oldSelf", schema)], root: root)
        let result = try checker.schema(of: program.node)
        if isRule, program.node.isCertainlyNoBool || (result?.kind ?? .boolean) != .boolean {
            throw CELError("cel expression must evaluate to a bool", at: program.node.offset)
        }
    }

    /// The schema of the node's value, where it is known.
    private mutating func schema(of node: CELNode) throws(CELError) -> StructuralSchema? {
        switch node.expression {
        case .literal, .message: return nil
        case .identifier(let name): return scope.last { $0.name == name }?.schema
        case .select(let operand, let field, _):
            return try member(field, of: try schema(of: operand), node.offset)
        case .has(let operand, let field):
            _ = try member(field, of: try schema(of: operand), node.offset)
            return nil
        case .index(let operand, let key, _):
            let container = try schema(of: operand)
            _ = try schema(of: key)
            if let items = container?.items { return items }
            if case .each(let each)? = container?.additionalProperties { return each }
            return nil
        case .and(let left, let right), .or(let left, let right): return try visit([left, right])
        case .conditional(let condition, let then, let otherwise): return try visit([condition, then, otherwise])
        case .list(let items): return try visit(items.map(\.value))
        case .map(let entries): return try visit(entries.flatMap { [$0.key, $0.value] })
        case .call(_, let target, let arguments): return try visit((target.map { [$0] } ?? []) + arguments)
        case .macro(_, let range, let variable, let body, let extra):
            let container = try schema(of: range)
            scope.append((variable, container?.items))
            defer { scope.removeLast() }
            return try visit([body] + (extra.map { [$0] } ?? []))
        }
    }

    private mutating func visit(_ nodes: [CELNode]) throws(CELError) -> StructuralSchema? {
        for node in nodes { _ = try schema(of: node) }
        return nil
    }

    private func member(
        _ field: String,
        of schema: StructuralSchema?,
        _ offset: Int
    ) throws(CELError) -> StructuralSchema? {
        guard let schema, schema.kind == .object else { return nil }
        let name = CELFieldName.unescaped(field)
        guard let member = schema.member(name) else {
            let isResource = schema === root || schema.isEmbeddedResource
            if isResource, StructuralSchema.resourceMembers.contains(name) { return nil }
            if case .anything = schema.additionalProperties { return nil }
            throw CELError("undefined field '\(field)'", at: offset)
        }
        if let format = member.checks.format, Self.unsupportedFormats.contains(format) {
            throw CELError("field '\(field)' has format '\(format)', which is not supported in rules", at: offset)
        }
        return member
    }

    /// A real API server gives rules timestamps, durations and bytes here; strings would silently compare otherwise.
    private static let unsupportedFormats = ["date-time", "datetime", "date", "duration", "byte"]
}

extension CELNode {
    /// Literals, made values, arithmetic and conversions tell their type without any schema.
    fileprivate var isCertainlyNoBool: Bool {
        switch expression {
        case .literal(.bool), .identifier, .select, .index, .has, .and, .or, .message: return false
        case .literal, .list, .map: return true
        case .conditional(_, let then, let otherwise): return then.isCertainlyNoBool || otherwise.isCertainlyNoBool
        case .macro(let macro, _, _, _, _): return macro == .map || macro == .filter
        case .call(let name, _, _):
            return [
                "_+_", "_-_", "_*_", "_/_", "_%_", "-_", "size", "string", "int", "uint", "double", "bytes", "type",
            ]
            .contains(name)
        }
    }
}
