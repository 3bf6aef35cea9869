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
        let text = value.utf8Span.span
        var next = endOfPlainRun(text, from: 0)
        if next == text.count {
            out.append(contentsOf: value.utf8)
        } else {
            append(text, 0..<next, to: &out)
            while next < text.count {
                escape(text[next], to: &out)
                let end = endOfPlainRun(text, from: next + 1)
                append(text, (next + 1)..<end, to: &out)
                next = end
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Beyond ASCII nothing is escaped.
    private static func endOfPlainRun(_ text: Span<UInt8>, from start: Int) -> Int {
        var index = text.endOfPlainText(from: start)
        while index < text.count, text[index] >= 0x80 { index = text.endOfPlainText(from: index + 1) }
        return index
    }

    private static func append(_ text: Span<UInt8>, _ range: Range<Int>, to out: inout [UInt8]) {
        out.append(addingCapacity: range.count) { output in
            for index in range { output.append(text[index]) }
        }
    }

    private static func escape(_ byte: UInt8, to out: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            out.append(UInt8(ascii: "\\"))
            out.append(byte)
        case 0x0A: out.append(contentsOf: "\\n".utf8)
        case 0x0D: out.append(contentsOf: "\\r".utf8)
        case 0x09: out.append(contentsOf: "\\t".utf8)
        default:
            out.append(contentsOf: "\\u00".utf8)
            out.append(hexDigits[Int(byte >> 4)])
            out.append(hexDigits[Int(byte & 15)])
        }
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
