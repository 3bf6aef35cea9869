/// The escapes of CEL strings.
enum CELEscape {
    /// Reads the escape at `offset` (a backslash) and moves past it.
    static func read(_ text: [UInt8], _ offset: inout Int, inBytes: Bool) throws(CELError) -> [UInt8] {
        let start = offset
        guard offset + 1 < text.count else { throw CELError("an escape is cut off", at: start) }
        let letter = text[offset + 1]
        offset += 2
        switch letter {
        case UInt8(ascii: "a"): return [0x07]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "v"): return [0x0B]
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "?"):
            return [letter]
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            return try encoded(try code(text, &offset, digits: 2, radix: 16, start), inBytes, start)
        case UInt8(ascii: "u") where !inBytes:
            return try encoded(try code(text, &offset, digits: 4, radix: 16, start), false, start)
        case UInt8(ascii: "U") where !inBytes:
            return try encoded(try code(text, &offset, digits: 8, radix: 16, start), false, start)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            offset -= 1
            return try encoded(try code(text, &offset, digits: 3, radix: 8, start), inBytes, start)
        default: throw CELError("unknown escape in a string", at: start)
        }
    }

    private static func code(
        _ text: [UInt8],
        _ offset: inout Int,
        digits: Int,
        radix: Int,
        _ start: Int
    ) throws(CELError) -> UInt32 {
        guard offset + digits <= text.count,
            let value = UInt32(String(decoding: text[offset..<(offset + digits)], as: UTF8.self), radix: radix)
        else { throw CELError("an escape needs \(digits) digits", at: start) }
        offset += digits
        return value
    }

    private static func encoded(_ code: UInt32, _ inBytes: Bool, _ start: Int) throws(CELError) -> [UInt8] {
        if inBytes { return [UInt8(truncatingIfNeeded: code)] }
        guard let scalar = Unicode.Scalar(code) else { throw CELError("an escape names no Unicode scalar", at: start) }
        return Array(String(Character(scalar)).utf8)
    }
}
