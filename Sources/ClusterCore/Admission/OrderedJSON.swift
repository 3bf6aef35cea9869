import Wire

/// JSON with members in the order they are given, escaped as Go's encoder does it: some webhooks read with a parser that
/// cares, and the fixtures of real reviews can be compared byte for byte.
struct OrderedJSON: Sendable {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    mutating func object(_ name: String? = nil, _ members: (inout OrderedJSON) -> Void) {
        if let name { self.name(name) }
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        members(&self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }

    mutating func member(_ name: String, _ value: JSONValue) {
        self.name(name)
        Self.escape(value.serialized(), to: &bytes)
    }

    /// Left out where it is nil, as Go's `omitempty`.
    mutating func member(_ name: String, _ text: String?) {
        if let text { member(name, .string(text)) }
    }

    mutating func end() { bytes.append(0x0A) }

    private mutating func name(_ name: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        Self.escape(JSONValue.string(name).serialized(), to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }

    /// `<`, `>` and `&`, and the two line separators of Unicode, occur in strings only, so the text can be scanned flat.
    static func escape(_ text: [UInt8], to out: inout [UInt8]) {
        out.reserveCapacity(out.count + text.count)
        var index = 0
        while index < text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "<"): out += Array("\\u003c".utf8)
            case UInt8(ascii: ">"): out += Array("\\u003e".utf8)
            case UInt8(ascii: "&"): out += Array("\\u0026".utf8)
            case 0xE2 where index + 2 < text.count && text[index + 1] == 0x80 && text[index + 2] & 0xFE == 0xA8:
                out += Array((text[index + 2] == 0xA8 ? "\\u2028" : "\\u2029").utf8)
                index += 2
            default: out.append(byte)
            }
            index += 1
        }
    }
}
