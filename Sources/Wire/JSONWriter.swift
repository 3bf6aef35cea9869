extension JSONValue {
    /// The shortest text of this value: no white space, members in name order, only what must be escaped is.
    package func serialized() -> [UInt8] {
        var out: [UInt8] = []
        write(to: &out)
        return out
    }

    package func write(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: value ? "true".utf8 : "false".utf8)
        case .integer(let value): out.append(contentsOf: String(value).utf8)
        case .number(let value): out.append(contentsOf: Self.text(of: value).utf8)
        case .string(let value): JSONWriter.writeString(value, to: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let object):
            out.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSONWriter.writeString(member.name, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// `1.0` is written `1`, as Go does; JSON has one number type. Zero keeps its sign. What JSON cannot say becomes null,
    /// as in ECMAScript: a text that no parser takes would be worse.
    private static func text(of value: Double) -> String {
        guard value.isFinite else { return "null" }
        let text = "\(value)"
        if text == "-0.0" { return text }
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

/// The one place that escapes JSON strings.
package enum JSONWriter {
    package static func writeString(_ value: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        guard mustEscape(value.utf8Span.span) else {
            out.append(contentsOf: value.utf8)
            out.append(UInt8(ascii: "\""))
            return
        }
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0x0A: out.append(contentsOf: "\\n".utf8)
            case 0x0D: out.append(contentsOf: "\\r".utf8)
            case 0x09: out.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                out.append(contentsOf: "\\u00".utf8)
                out.append(hexDigits[Int(byte >> 4)])
                out.append(hexDigits[Int(byte & 15)])
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ text: Span<UInt8>) -> Bool {
        var index = text.endOfPlainText(from: 0)
        // Beyond ASCII nothing is escaped.
        while index < text.count, text[index] >= 0x80 { index = text.endOfPlainText(from: index + 1) }
        return index < text.count
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
