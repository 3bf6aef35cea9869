/// The operators on numbers, and `+` of strings, bytes and lists. Overflow is an error, never a wrap.
enum CELArithmetic {
    static func relation(_ name: String, _ left: CELValue, _ right: CELValue) throws(CELError) -> Bool {
        let order = try order(left, right)
        switch name {
        case "_<_": return order == .less
        case "_<=_": return order == .less || order == .equal
        case "_>_": return order == .greater
        default: return order == .greater || order == .equal
        }
    }

    private static func order(_ left: CELValue, _ right: CELValue) throws(CELError) -> CELNumber.Order {
        func order<T: Sequence>(_ a: T, _ b: T) -> CELNumber.Order where T.Element == UInt8 {
            if a.lexicographicallyPrecedes(b) { return .less }
            return a.elementsEqual(b) ? .equal : .greater
        }
        switch (left, right) {
        case (.string(let a), .string(let b)): return order(a.utf8, b.utf8)
        case (.bytes(let a), .bytes(let b)): return order(a, b)
        case (.bool(let a), .bool(let b)): return a == b ? .equal : b ? .less : .greater
        case (.int, .int), (.int, .uint), (.int, .double), (.uint, .int), (.uint, .uint), (.uint, .double),
            (.double, .int), (.double, .uint), (.double, .double):
            return CELNumber.compare(left, right)
        default: throw .noSuchOverload
        }
    }

    static func negated(_ value: CELValue) throws(CELError) -> CELValue {
        switch value {
        case .int(let number):
            guard number != .min else { throw .overflow }
            return .int(-number)
        case .double(let number): return .double(-number)
        default: throw .noSuchOverload
        }
    }

    static func apply(_ name: String, _ left: CELValue, _ right: CELValue) throws(CELError) -> CELValue {
        switch (left, right) {
        case (.int(let a), .int(let b)): return .int(try whole(name, a, b))
        case (.uint(let a), .uint(let b)): return .uint(try whole(name, a, b))
        case (.double(let a), .double(let b)): return .double(try fraction(name, a, b))
        case (.string(let a), .string(let b)) where name == "_+_": return .string(a + b)
        case (.bytes(let a), .bytes(let b)) where name == "_+_": return .bytes(a + b)
        case (.list(let a), .list(let b)) where name == "_+_": return .list(a + b)
        default: throw .noSuchOverload
        }
    }

    private static func whole<Value: FixedWidthInteger>(
        _ name: String,
        _ a: Value,
        _ b: Value
    ) throws(CELError) -> Value {
        let (result, overflow): (Value, Bool)
        switch name {
        case "_+_": (result, overflow) = a.addingReportingOverflow(b)
        case "_-_": (result, overflow) = a.subtractingReportingOverflow(b)
        case "_*_": (result, overflow) = a.multipliedReportingOverflow(by: b)
        case "_/_":
            guard b != 0 else { throw CELError("division by zero") }
            (result, overflow) = a.dividedReportingOverflow(by: b)
        case "_%_":
            guard b != 0 else { throw CELError("modulus by zero") }
            (result, overflow) = a.remainderReportingOverflow(dividingBy: b)
        default: throw .noSuchOverload
        }
        guard !overflow else { throw .overflow }
        return result
    }

    private static func fraction(_ name: String, _ a: Double, _ b: Double) throws(CELError) -> Double {
        switch name {
        case "_+_": return a + b
        case "_-_": return a - b
        case "_*_": return a * b
        case "_/_": return a / b
        default: throw .noSuchOverload
        }
    }
}
