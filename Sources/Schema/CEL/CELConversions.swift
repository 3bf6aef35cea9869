import Wire

/// `int(x)`, `string(x)` and their like.
enum CELConversions {
    static func convert(_ value: CELValue, to type: String) throws(CELError) -> CELValue {
        let converted: CELValue? =
            switch type {
            case "int": try int(value).map { .int($0) }
            case "uint": try uint(value).map { .uint($0) }
            case "double": double(value).map { .double($0) }
            case "bool": bool(value).map { .bool($0) }
            case "string": string(value).map { .string($0) }
            case "bytes": bytes(value).map { .bytes($0) }
            default: nil
            }
        guard let converted else {
            throw CELError("type conversion error from '\(value.typeName)' to '\(type)'")
        }
        return converted
    }

    private static func int(_ value: CELValue) throws(CELError) -> Int64? {
        switch value {
        case .int(let number): return number
        case .uint(let number):
            guard let fitting = Int64(exactly: number) else { throw .overflow }
            return fitting
        case .double(let number):
            guard number > -0x1p63, number < 0x1p63 else { throw .overflow }
            return Int64(number)
        case .string(let text): return Int64(text)
        default: return nil
        }
    }

    private static func uint(_ value: CELValue) throws(CELError) -> UInt64? {
        switch value {
        case .uint(let number): return number
        case .int(let number):
            guard let fitting = UInt64(exactly: number) else { throw .overflow }
            return fitting
        case .double(let number):
            guard number > -1, number < 0x1p64 else { throw .overflow }
            return UInt64(number)
        case .string(let text): return UInt64(text)
        default: return nil
        }
    }

    private static func double(_ value: CELValue) -> Double? {
        switch value {
        case .double(let number): number
        case .int(let number): Double(number)
        case .uint(let number): Double(number)
        case .string(let text): Double(text)
        default: nil
        }
    }

    private static func bool(_ value: CELValue) -> Bool? {
        switch value {
        case .bool(let flag): return flag
        case .string(let text):
            if ["1", "t", "T", "true", "TRUE", "True"].contains(text) { return true }
            return ["0", "f", "F", "false", "FALSE", "False"].contains(text) ? false : nil
        default: return nil
        }
    }

    private static func string(_ value: CELValue) -> String? {
        switch value {
        case .string(let text): text
        case .int(let number): String(number)
        case .uint(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        case .double(let number): String(decoding: JSONValue.number(number).serialized(), as: UTF8.self)
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    private static func bytes(_ value: CELValue) -> [UInt8]? {
        switch value {
        case .bytes(let bytes): bytes
        case .string(let text): Array(text.utf8)
        default: nil
        }
    }
}
