package import Wire

/// What an expression computes with. JSON objects stay as they are until a member is read.
package enum CELValue: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list([CELValue])
    case map(CELMap)
    case type(String)
    indirect case optional(CELValue?)
    case receiver(any CELReceiver)
}

extension CELValue {
    /// `schema`, where there is one, decides what JSON cannot say: whether `1` is an int or a double.
    package init(_ json: JSONValue, _ schema: StructuralSchema? = nil) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = schema?.kind == .number ? .double(Double(value)) : .int(value)
        case .number(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let elements): self = .list(elements.map { CELValue($0, schema?.items) })
        case .object(let object): self = .map(CELMap(object, schema))
        }
    }

    /// The value as JSON; nil for what JSON cannot hold (optionals, types, maps whose keys are no strings).
    package var json: JSONValue? {
        switch self {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .integer(value)
        case .uint(let value): return Int64(exactly: value).map { .integer($0) }
        case .double(let value): return value.isFinite ? .number(value) : nil
        case .string(let value): return .string(value)
        case .bytes(let value): return .string(String(decoding: Base64.encode(value), as: UTF8.self))
        case .list(let elements):
            var out: [JSONValue] = []
            for element in elements {
                guard let json = element.json else { return nil }
                out.append(json)
            }
            return .array(out)
        case .map(let map): return map.json
        case .type, .optional, .receiver: return nil
        }
    }

    package var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        case .type: "type"
        case .optional: "optional_type"
        case .receiver(let receiver): receiver.typeName
        }
    }
}

extension CELValue: Equatable {
    /// CEL's `==`: numbers by value whatever their type, strings by their code points, everything else by structure.
    package static func == (left: CELValue, right: CELValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.map(let a), .map(let b)): a == b
        case (.type(let a), .type(let b)): a == b
        case (.optional(let a), .optional(let b)): a == b
        default: CELNumber.compare(left, right) == .equal
        }
    }
}

/// Numbers of three types on one line.
enum CELNumber {
    enum Order { case less, equal, greater, unordered }

    static func compare(_ left: CELValue, _ right: CELValue) -> Order {
        switch (left, right) {
        case (.int(let a), .int(let b)): order(a, b)
        case (.uint(let a), .uint(let b)): order(a, b)
        case (.double(let a), .double(let b)): order(a, b)
        case (.int(let a), .uint(let b)): a < 0 ? .less : order(UInt64(a), b)
        case (.uint(let a), .int(let b)): b < 0 ? .greater : order(a, UInt64(b))
        case (.int(let a), .double(let b)): order(a, b)
        case (.uint(let a), .double(let b)): order(a, b)
        case (.double(let a), .int(let b)): reversed(order(b, a))
        case (.double(let a), .uint(let b)): reversed(order(b, a))
        default: .unordered
        }
    }

    private static func order<Value: Comparable>(_ a: Value, _ b: Value) -> Order {
        if a < b { .less } else if a > b { .greater } else if a == b { .equal } else { .unordered }
    }

    /// Swift compares an integer with a double exactly, without rounding either.
    private static func order(_ a: some BinaryInteger, _ b: Double) -> Order {
        if b.isNaN { return .unordered }
        if b >= 0x1p64 { return .less }
        if b < -0x1p63 { return .greater }
        let whole = b.rounded(.towardZero)
        let truncated = whole < 0 ? Int128(Int64(whole)) : Int128(UInt64(whole))
        if Int128(a) != truncated { return Int128(a) < truncated ? .less : .greater }
        return order(whole, b)
    }

    private static func reversed(_ order: Order) -> Order {
        switch order {
        case .less: .greater
        case .greater: .less
        default: order
        }
    }
}

/// A map: a JSON object as it came, or entries that an expression made.
package struct CELMap: Sendable, Equatable {
    private enum Storage: Sendable {
        case object(JSONObject, StructuralSchema?)
        case entries([(key: CELValue, value: CELValue)])
    }
    private let storage: Storage

    package init(_ object: JSONObject, _ schema: StructuralSchema? = nil) { storage = .object(object, schema) }

    /// The caller has seen to it that no key stands twice.
    init(entries: [(key: CELValue, value: CELValue)]) { storage = .entries(entries) }

    package var count: Int {
        switch storage {
        case .object(let object, _): object.count
        case .entries(let entries): entries.count
        }
    }

    package var keys: [CELValue] {
        switch storage {
        case .object(let object, _): object.names.map { .string($0) }
        case .entries(let entries): entries.map(\.key)
        }
    }

    package subscript(_ key: CELValue) -> CELValue? {
        switch storage {
        case .object(let object, let schema):
            guard case .string(let name) = key, let value = object[name] else { return nil }
            return CELValue(value, schema?.member(name))
        case .entries(let entries): return entries.first { $0.key == key }?.value
        }
    }

    /// The member an expression selects: where a schema speaks, by the name CEL's syntax allows for it.
    func field(_ name: String) -> CELValue? {
        if case .object(_, .some) = storage { return self[.string(CELFieldName.unescaped(name))] }
        return self[.string(name)]
    }

    var json: JSONValue? {
        switch storage {
        case .object(let object, _): return .object(object)
        case .entries(let entries):
            var members: [(String, JSONValue)] = []
            for (key, value) in entries {
                guard case .string(let name) = key, let json = value.json else { return nil }
                members.append((name, json))
            }
            return .object(JSONObject(members))
        }
    }

    package static func == (left: CELMap, right: CELMap) -> Bool {
        left.count == right.count && left.keys.allSatisfy { key in left[key] == right[key] }
    }
}
