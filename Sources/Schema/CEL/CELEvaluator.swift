import Wire

/// One evaluation: variables in scope, and how many steps are left.
struct CELEvaluator {
    private var scope: [(name: String, value: CELValue)] = []
    private let bindings: [String: CELValue]
    private(set) var steps: Int

    init(bindings: [String: CELValue], steps: Int) {
        self.bindings = bindings
        self.steps = steps
    }

    mutating func spend(_ count: Int = 1) throws(CELError) {
        steps -= count
        if steps < 0 {
            steps = 0
            throw .stepLimit
        }
    }

    mutating func evaluate(_ node: CELNode) throws(CELError) -> CELValue {
        try spend()
        switch node.expression {
        case .literal(let value): return value
        case .identifier(let name): return try variable(name)
        case .select(let operand, let field, let optional):
            let value = try evaluate(operand)
            let member = optional ? try optionalMember(value, field) : try member(value, field)
            // A JSON array is made a list of values here.
            if case .list(let elements) = member { try spend(elements.count / 10) }
            return member
        case .index(let operand, let key, let optional):
            let value = try evaluate(operand)
            return try index(value, try evaluate(key), optional: optional)
        case .has(let operand, let field): return .bool(try has(try evaluate(operand), field))
        case .and(let left, let right): return try logical(left, right, absorbing: false)
        case .or(let left, let right): return try logical(left, right, absorbing: true)
        case .conditional(let condition, let then, let otherwise):
            guard case .bool(let answer) = try evaluate(condition) else { throw .noSuchOverload }
            return try evaluate(answer ? then : otherwise)
        case .list(let items): return try list(items)
        case .map(let entries): return try map(entries)
        case .message(_, let fields):
            return try map(
                fields.map { field in
                    let name = CELNode(expression: .literal(.string(field.name)), offset: node.offset)
                    return CELMapEntry(key: name, value: field.value, optional: false)
                }
            )
        case .call(let name, let target, let arguments): return try call(name, target, arguments)
        case .macro(let macro, let range, let variable, let body, let extra):
            return try comprehension(macro, try evaluate(range), variable, body, extra)
        }
    }

    private func variable(_ name: String) throws(CELError) -> CELValue {
        if let local = scope.last(where: { $0.name == name }) { return local.value }
        if let value = bindings[name] { return value }
        if CELFunctions.typeNames.contains(name) { return .type(name) }
        throw CELError("no such attribute(s): \(name)")
    }

    // MARK: - Members

    private func member(_ value: CELValue, _ field: String) throws(CELError) -> CELValue {
        switch value {
        case .map(let map):
            guard let member = map.field(field) else { throw CELError("no such key: \(field)") }
            return member
        case .optional: return try optionalMember(value, field)
        case .receiver(let receiver): return try receiver.member(field)
        default: throw .noSuchOverload
        }
    }

    /// `a.?b`: an optional, empty where `a` or `b` is missing.
    private func optionalMember(_ value: CELValue, _ field: String) throws(CELError) -> CELValue {
        switch value {
        case .optional(.none): return .optional(nil)
        case .optional(.some(let inner)): return try optionalMember(inner, field)
        case .map(let map): return .optional(map.field(field))
        default: throw .noSuchOverload
        }
    }

    private func has(_ value: CELValue, _ field: String) throws(CELError) -> Bool {
        switch value {
        case .map(let map): return map.field(field) != nil
        case .optional(.none): return false
        case .optional(.some(let inner)): return try has(inner, field)
        default: throw .noSuchOverload
        }
    }

    private func index(_ value: CELValue, _ key: CELValue, optional: Bool) throws(CELError) -> CELValue {
        switch value {
        case .optional(.none): return .optional(nil)
        case .optional(.some(let inner)): return try index(inner, key, optional: true)
        case .map(let map):
            if optional { return .optional(map[key]) }
            guard let member = map[key] else { throw CELError("no such key: \(CELFunctions.shown(key))") }
            return member
        case .list(let elements):
            guard let position = Self.position(key) else { throw .noSuchOverload }
            let isInside = position >= 0 && position < elements.count
            if optional { return .optional(isInside ? elements[Int(position)] : nil) }
            guard isInside else { throw CELError("index out of bounds: \(position)") }
            return elements[Int(position)]
        default: throw .noSuchOverload
        }
    }

    /// An index may be any number that is whole.
    private static func position(_ key: CELValue) -> Int64? {
        switch key {
        case .int(let value): value
        case .uint(let value): Int64(exactly: value)
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    // MARK: - Logic

    /// && and ||: the absorbing answer of one side hides an error of the other; the step limit is never hidden.
    private mutating func logical(
        _ left: CELNode,
        _ right: CELNode,
        absorbing: Bool
    ) throws(CELError) -> CELValue {
        var failure: CELError?
        for operand in [left, right] {
            do throws(CELError) {
                guard case .bool(let answer) = try evaluate(operand) else { throw .noSuchOverload }
                if answer == absorbing { return .bool(absorbing) }
            } catch {
                if error == .stepLimit { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!absorbing)
    }

    // MARK: - Made values

    private mutating func list(_ items: [CELListItem]) throws(CELError) -> CELValue {
        var out: [CELValue] = []
        for item in items {
            let value = try evaluate(item.value)
            guard item.optional else {
                out.append(value)
                continue
            }
            guard case .optional(let inner) = value else { throw .noSuchOverload }
            if let inner { out.append(inner) }
        }
        return .list(out)
    }

    private mutating func map(_ entries: [CELMapEntry]) throws(CELError) -> CELValue {
        var out: [(key: CELValue, value: CELValue)] = []
        for entry in entries {
            let key = try evaluate(entry.key)
            var value = try evaluate(entry.value)
            if entry.optional {
                guard case .optional(let inner) = value else { throw .noSuchOverload }
                guard let inner else { continue }
                value = inner
            }
            try spend(out.count / 8)
            if out.contains(where: { $0.key == key }) {
                throw CELError("Failed with repeated key: \(CELFunctions.shown(key))")
            }
            out.append((key: key, value: value))
        }
        return .map(CELMap(entries: out))
    }

    private mutating func call(
        _ name: String,
        _ target: CELNode?,
        _ arguments: [CELNode]
    ) throws(CELError) -> CELValue {
        var values: [CELValue] = []
        if let target {
            if case .identifier("optional") = target.expression {
                for argument in arguments { values.append(try evaluate(argument)) }
                return CELFunctions.makeOptional(name, values)
            }
            values.append(try evaluate(target))
        }
        for argument in arguments { values.append(try evaluate(argument)) }
        try spend(CELCost.of(name, values))
        if target != nil, case .receiver(let receiver)? = values.first {
            return try receiver.call(name, Array(values.dropFirst()))
        }
        return try CELFunctions.apply(name, values, isMember: target != nil)
    }

    // MARK: - Macros

    private mutating func comprehension(
        _ macro: CELMacro,
        _ range: CELValue,
        _ variable: String,
        _ body: CELNode,
        _ extra: CELNode?
    ) throws(CELError) -> CELValue {
        let elements: [CELValue]
        switch range {
        case .list(let list): elements = list
        case .map(let map): elements = map.keys
        default: throw .noSuchOverload
        }
        scope.append((name: variable, value: .null))
        defer { scope.removeLast() }
        var kept: [CELValue] = []
        var count = 0
        var failure: CELError?
        for element in elements {
            try spend()
            scope[scope.count - 1].value = element
            switch macro {
            case .map:
                if let extra, try !isTrue(extra) { continue }
                kept.append(try evaluate(body))
            case .filter: if try isTrue(body) { kept.append(element) }
            case .existsOne: count += try isTrue(body) ? 1 : 0
            case .all, .exists:
                do throws(CELError) {
                    if try isTrue(body) == (macro == .exists) { return .bool(macro == .exists) }
                } catch {
                    if error == .stepLimit { throw error }
                    failure = failure ?? error
                }
            }
        }
        if let failure { throw failure }
        switch macro {
        case .map, .filter: return .list(kept)
        case .existsOne: return .bool(count == 1)
        case .all, .exists: return .bool(macro == .all)
        }
    }

    private mutating func isTrue(_ node: CELNode) throws(CELError) -> Bool {
        guard case .bool(let answer) = try evaluate(node) else { throw .noSuchOverload }
        return answer
    }
}
