package import Wire

extension YAMLText {
    /// One value as a document in block style, members in their order; reading it back gives the same value.
    package static func text(of value: JSONValue) -> String {
        var out = ""
        YAMLWriter.write(value, indent: 0, to: &out)
        return out
    }
}

/// Written by hand: every YAML text is then ours, whatever version the reader's library is, and nothing can fail.
private enum YAMLWriter {
    static func write(_ value: JSONValue, indent: Int, to out: inout String) {
        switch value {
        case .object(let object) where !object.isEmpty:
            for (position, (name, member)) in object.members.enumerated() {
                if position > 0 { out += spaces(indent) }
                let key = scalar(name)
                // Readers look no further than 1,024 characters for the colon of a plain key.
                out += key.utf8.count > 1_000 ? "? " + key + "\n" + spaces(indent) + ":" : key + ":"
                writeBelow(member, indent: indent, to: &out)
            }
        case .array(let elements) where !elements.isEmpty:
            for (position, element) in elements.enumerated() {
                if position > 0 { out += spaces(indent) }
                out += "- "
                if isBlock(element) {
                    write(element, indent: indent + 2, to: &out)
                } else {
                    out += inline(element) + "\n"
                }
            }
        default: out += inline(value) + "\n"
        }
    }

    /// The value of a member: beside its name if it fits there, indented on the next lines if not.
    private static func writeBelow(_ value: JSONValue, indent: Int, to out: inout String) {
        guard isBlock(value) else {
            out += " " + inline(value) + "\n"
            return
        }
        // As kubectl writes them, sequences are not indented below their name.
        let inner = value.arrayValue == nil ? indent + 2 : indent
        out += "\n" + spaces(inner)
        write(value, indent: inner, to: &out)
    }

    private static func isBlock(_ value: JSONValue) -> Bool {
        value.objectValue.map { !$0.isEmpty } ?? value.arrayValue.map { !$0.isEmpty } ?? false
    }

    private static func inline(_ value: JSONValue) -> String {
        if case .string(let text) = value { return scalar(text) }
        return String(decoding: value.serialized(), as: UTF8.self)
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    /// Plain where no reader can take it for anything else; otherwise a JSON string, which YAML reads as it is.
    private static func scalar(_ text: String) -> String {
        let startsPlain = text.utf8.first.map { letters.contains($0) } ?? false
        if startsPlain, text.utf8.allSatisfy({ safe.contains($0) }), !words.contains(text.lowercased()) { return text }
        var out: [UInt8] = []
        JSONWriter.writeString(text, to: &out)
        let json = String(decoding: out, as: UTF8.self)
        guard json.unicodeScalars.contains(where: mustBeEscaped) else { return json }
        return json.unicodeScalars.reduce(into: "") { $0 += mustBeEscaped($1) ? escaped($1) : String($1) }
    }

    /// What JSON may hold as it is and YAML may not (YAML 1.1 §5.1), and what YAML takes for the end of a line.
    private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }

    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    private static let safe = letters + Array("0123456789-_./".utf8)
    /// Null and the booleans of YAML 1.1.
    private static let words = ["null", "y", "yes", "n", "no", "true", "false", "on", "off"]
}
