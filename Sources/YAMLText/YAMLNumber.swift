import Wire

/// YAML 1.1 numbers, such as 0644, 0x1F and 1_000.
enum YAMLNumber {
    /// `0b1_0`, `0o17`, `017`, `0x1F`, `12`, each with a sign or without. `10:30` is none: to Kubernetes' tools it is text.
    static func looksLikeInteger(_ text: Substring.UTF8View) -> Bool {
        let digits = unsigned(text)
        switch digits.first {
        case UInt8(ascii: "0"):
            let rest = digits.dropFirst()
            return switch rest.first {
            case nil: true
            case UInt8(ascii: "b"): holds(rest.dropFirst()) { (0x30...0x31).contains($0) }
            case UInt8(ascii: "x"): holds(rest.dropFirst(), isHexDigit)
            case UInt8(ascii: "o"): holds(rest.dropFirst()) { (0x30...0x37).contains($0) }
            default: holds(rest) { (0x30...0x37).contains($0) }
            }
        case .some(0x31...0x39): return holds(digits, isDigit)
        default: return false
        }
    }

    /// `1.5`, `1e3`, `.5`, and what is left of integers, such as 08.
    static func looksLikeFloat(_ text: Substring.UTF8View) -> Bool {
        // A sign, or a point, and then a digit at least: `-`, `.` and `1.2.3` are text.
        let digits = unsigned(text)
        let whole = digits.prefix { isDigit($0) || $0 == underscore }
        var rest = digits[whole.endIndex...]
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let fraction = rest.prefix { isDigit($0) || $0 == underscore }
            guard !whole.isEmpty || !fraction.isEmpty else { return false }
            rest = rest[fraction.endIndex...]
        }
        guard whole.first != underscore, digits.startIndex != rest.startIndex else { return false }
        guard let mark = rest.first else { return true }
        guard mark | 0x20 == UInt8(ascii: "e") else { return false }
        let exponent = unsigned(rest.dropFirst())
        return !exponent.isEmpty && exponent.allSatisfy(isDigit)
    }

    /// What fits no 64 bits becomes a floating-point number, what is no number after all stays text.
    static func integer(_ text: String) -> JSONValue {
        var digits = text.filter { $0 != "_" }[...]
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        let radix: Int
        switch digits.prefix(2).lowercased() {
        case "0x": (radix, digits) = (16, digits.dropFirst(2))
        case "0o": (radix, digits) = (8, digits.dropFirst(2))
        case "0b": (radix, digits) = (2, digits.dropFirst(2))
        default: radix = digits.count > 1 && digits.hasPrefix("0") ? 8 : 10
        }
        if let value = Int64((isNegative ? "-" : "") + digits, radix: radix) { return .integer(value) }
        guard radix == 10, let value = Double(text), value.isFinite else { return .string(text) }
        return .number(value)
    }

    /// JSON has no infinity and no NaN: they stay text.
    static func float(_ text: String) -> JSONValue {
        guard let value = Double(text.filter { $0 != "_" }), value.isFinite else { return .string(text) }
        return .number(value)
    }

    private static let underscore = UInt8(ascii: "_")

    private static func unsigned(_ text: Substring.UTF8View) -> Substring.UTF8View {
        text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
    }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }

    /// Whether there are digits of this kind, and nothing else but underscores between them.
    private static func holds(_ digits: Substring.UTF8View, _ isDigit: (UInt8) -> Bool) -> Bool {
        !digits.isEmpty && digits.allSatisfy { isDigit($0) || $0 == underscore }
    }
}
