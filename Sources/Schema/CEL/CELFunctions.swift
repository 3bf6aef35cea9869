import Wire

/// The functions and operators that take their operands evaluated. What is not here is refused by its name when an
/// expression is compiled.
enum CELFunctions {
    static let typeNames = [
        "bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint", "optional_type",
    ]

    private static let operators = [
        "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_+_", "_-_", "_*_", "_/_", "_%_", "_in_",
    ]
    private static let globals = ["size", "string", "int", "uint", "double", "bool", "bytes", "type", "dyn"]
    private static let members: [(name: String, arities: ClosedRange<Int>)] = [
        ("size", 0...0), ("startsWith", 1...1), ("endsWith", 1...1), ("contains", 1...1), ("matches", 1...1),
        ("orValue", 1...1), ("or", 1...1), ("hasValue", 0...0), ("value", 0...0),
        ("lowerAscii", 0...0), ("upperAscii", 0...0), ("trim", 0...0), ("split", 1...1), ("join", 0...1),
        ("replace", 2...2), ("indexOf", 1...1), ("lastIndexOf", 1...1), ("substring", 1...2),
    ]

    /// How many arguments (besides the target) a name takes; nil for an unknown one.
    static func arities(of name: String, isMember: Bool) -> ClosedRange<Int>? {
        if isMember { return members.first { $0.name == name }?.arities }
        if operators.contains(name) { return 2...2 }
        if name == "!_" || name == "-_" || globals.contains(name) { return 1...1 }
        return name == "matches" ? 2...2 : nil
    }

    static func isOptionalConstructor(_ name: String, _ count: Int) -> Bool {
        (name == "none" && count == 0) || ((name == "of" || name == "ofNonZeroValue") && count == 1)
    }

    static func makeOptional(_ name: String, _ arguments: [CELValue]) -> CELValue {
        guard let value = arguments.first else { return .optional(nil) }
        return .optional(name == "ofNonZeroValue" && isZero(value) ? nil : value)
    }

    static func apply(_ name: String, _ values: [CELValue], isMember: Bool) throws(CELError) -> CELValue {
        switch (name, values.count) {
        case ("_==_", 2): return .bool(values[0] == values[1])
        case ("_!=_", 2): return .bool(values[0] != values[1])
        case ("_<_", 2), ("_<=_", 2), ("_>_", 2), ("_>=_", 2):
            return .bool(try CELArithmetic.relation(name, values[0], values[1]))
        case ("_in_", 2): return .bool(try contains(values[1], values[0]))
        case ("!_", 1):
            guard case .bool(let value) = values[0] else { throw .noSuchOverload }
            return .bool(!value)
        case ("-_", 1): return try CELArithmetic.negated(values[0])
        case (_, 2) where name.utf8.first == UInt8(ascii: "_"):
            return try CELArithmetic.apply(name, values[0], values[1])
        case ("size", 1): return .int(Int64(try size(values[0])))
        case ("type", 1): return .type(values[0].typeName)
        case ("dyn", 1): return values[0]
        case (_, 1) where !isMember: return try CELConversions.convert(values[0], to: name)
        case ("matches", 2):
            guard case .string(let text) = values[0], case .string(let pattern) = values[1] else {
                throw .noSuchOverload
            }
            do throws(PatternError) { return .bool(try Pattern(pattern).matches(text)) } catch {
                throw CELError("\(error)")
            }
        case ("hasValue", 1), ("value", 1), ("orValue", 2), ("or", 2): return try ofOptional(name, values)
        default: return try CELStrings.apply(name, values)
        }
    }

    private static func contains(_ container: CELValue, _ wanted: CELValue) throws(CELError) -> Bool {
        switch container {
        case .list(let elements): return elements.contains(wanted)
        case .map(let map): return map[wanted] != nil
        default: throw .noSuchOverload
        }
    }

    private static func size(_ value: CELValue) throws(CELError) -> Int {
        switch value {
        case .string(let text): return text.unicodeScalars.count
        case .bytes(let bytes): return bytes.count
        case .list(let elements): return elements.count
        case .map(let map): return map.count
        default: throw .noSuchOverload
        }
    }

    private static func ofOptional(_ name: String, _ values: [CELValue]) throws(CELError) -> CELValue {
        guard case .optional(let inner) = values[0] else { throw .noSuchOverload }
        switch name {
        case "hasValue": return .bool(inner != nil)
        case "value":
            guard let inner else { throw CELError("optional.none() dereference") }
            return inner
        case "orValue": return inner ?? values[1]
        default: return inner == nil ? values[1] : values[0]
        }
    }

    private static func isZero(_ value: CELValue) -> Bool {
        switch value {
        case .null: true
        case .bool(let flag): !flag
        case .int(let number): number == 0
        case .uint(let number): number == 0
        case .double(let number): number == 0
        case .string(let text): text.isEmpty
        case .bytes(let bytes): bytes.isEmpty
        case .list(let elements): elements.isEmpty
        case .map(let map): map.count == 0
        case .optional(let inner): inner == nil
        case .type, .receiver: false
        }
    }

    /// A key or a value in an error message.
    static func shown(_ value: CELValue) -> String {
        if case .string(let text) = value { return text }
        return value.json.map { String(decoding: $0.serialized(), as: UTF8.self) } ?? value.typeName
    }
}
