/// One token of CEL text and the byte where it starts.
struct CELToken: Equatable {
    enum Kind: Equatable {
        case identifier(String)
        case integer(Int64)
        case unsigned(UInt64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        /// An operator or a bracket, as it is written.
        case symbol(String)
        case end
    }
    var kind: Kind
    var offset: Int
}

/// Cuts CEL text into tokens. Every error names the byte.
struct CELLexer {
    private let text: [UInt8]
    private var offset = 0

    static func tokens(of text: String) throws(CELError) -> [CELToken] {
        guard text.utf8.count <= SchemaLimits.expressionBytesMax else {
            throw CELError("expression is longer than \(SchemaLimits.expressionBytesMax) bytes", at: 0)
        }
        var lexer = CELLexer(text: Array(text.utf8))
        var tokens: [CELToken] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private init(text: [UInt8]) { self.text = text }

    private func peek(_ ahead: Int = 0) -> UInt8 {
        offset + ahead < text.count ? text[offset + ahead] : 0
    }

    private mutating func next() throws(CELError) -> CELToken {
        skipSpace()
        let start = offset
        guard offset < text.count else { return CELToken(kind: .end, offset: start) }
        let byte = text[offset]
        if let prefix = stringPrefix() { return CELToken(kind: try string(prefix), offset: start) }
        if byte.isLetter || byte == UInt8(ascii: "_") { return CELToken(kind: identifier(), offset: start) }
        if byte.isDigit || (byte == UInt8(ascii: ".") && peek(1).isDigit) {
            return CELToken(kind: try number(), offset: start)
        }
        if byte == UInt8(ascii: "`") { return CELToken(kind: try quotedIdentifier(), offset: start) }
        for symbol in Self.symbols where text[offset...].starts(with: symbol.utf8) {
            offset += symbol.utf8.count
            return CELToken(kind: .symbol(symbol), offset: start)
        }
        let shown = byte < 0x80 ? "'\(Unicode.Scalar(byte))'" : "byte 0x" + String(byte, radix: 16)
        throw CELError("syntax error: token recognition error at \(shown)", at: start)
    }

    /// Longer ones first.
    private static let symbols = [
        "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[",
        "]", "{", "}",
    ]

    private mutating func skipSpace() {
        while offset < text.count {
            switch text[offset] {
            case 0x20, 0x09, 0x0A, 0x0C, 0x0D: offset += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
                while offset < text.count, text[offset] != 0x0A { offset += 1 }
            default: return
            }
        }
    }

    private mutating func identifier() -> CELToken.Kind {
        let start = offset
        while offset < text.count, peek().isLetter || peek().isDigit || peek() == UInt8(ascii: "_") { offset += 1 }
        return .identifier(String(decoding: text[start..<offset], as: UTF8.self))
    }

    /// `` `app.kubernetes.io/name` ``: a field name that is no identifier.
    private mutating func quotedIdentifier() throws(CELError) -> CELToken.Kind {
        let start = offset
        offset += 1
        while offset < text.count, text[offset] != UInt8(ascii: "`") { offset += 1 }
        guard offset < text.count, offset > start + 1 else {
            throw CELError("a quoted field name is not closed", at: start)
        }
        offset += 1
        return .identifier(String(decoding: text[(start + 1)..<(offset - 1)], as: UTF8.self))
    }

    // MARK: - Numbers

    private mutating func number() throws(CELError) -> CELToken.Kind {
        let start = offset
        if peek() == UInt8(ascii: "0"), peek(1) | 0x20 == UInt8(ascii: "x") {
            offset += 2
            while peek().isHexDigit { offset += 1 }
            return try integer(String(decoding: text[(start + 2)..<offset], as: UTF8.self), radix: 16, from: start)
        }
        var isDouble = false
        while peek().isDigit { offset += 1 }
        if peek() == UInt8(ascii: "."), peek(1).isDigit {
            isDouble = true
            offset += 1
            while peek().isDigit { offset += 1 }
        }
        let afterExponent = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-") ? peek(2) : peek(1)
        if peek() | 0x20 == UInt8(ascii: "e"), afterExponent.isDigit {
            isDouble = true
            offset += 2
            while peek().isDigit { offset += 1 }
        }
        let digits = String(decoding: text[start..<offset], as: UTF8.self)
        guard isDouble else { return try integer(digits, radix: 10, from: start) }
        guard let value = Double(digits) else { throw CELError("invalid double literal", at: start) }
        return .double(value)
    }

    /// 2^63 is let through as the smallest integer: only a minus sign before it can make it valid, the parser checks.
    private mutating func integer(_ digits: String, radix: Int, from start: Int) throws(CELError) -> CELToken.Kind {
        if peek() | 0x20 == UInt8(ascii: "u") {
            offset += 1
            guard let value = UInt64(digits, radix: radix) else { throw CELError("invalid uint literal", at: start) }
            return .unsigned(value)
        }
        guard let value = UInt64(digits, radix: radix), value <= 1 << 63 else {
            throw CELError("invalid int literal", at: start)
        }
        return .integer(value == 1 << 63 ? Int64.min : Int64(value))
    }

    // MARK: - Strings

    private struct StringPrefix {
        var raw = false
        var bytes = false
        var length = 0
    }

    /// `"`, `'`, or up to two of r, b before one.
    private func stringPrefix() -> StringPrefix? {
        var prefix = StringPrefix()
        while prefix.length < 2 {
            switch peek(prefix.length) | 0x20 {
            case UInt8(ascii: "r") where !prefix.raw: prefix.raw = true
            case UInt8(ascii: "b") where !prefix.bytes: prefix.bytes = true
            default: return isQuote(peek(prefix.length)) ? prefix : nil
            }
            prefix.length += 1
        }
        return isQuote(peek(prefix.length)) ? prefix : nil
    }

    private func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private mutating func string(_ prefix: StringPrefix) throws(CELError) -> CELToken.Kind {
        let start = offset
        offset += prefix.length
        let quote = peek()
        let isTriple = peek(1) == quote && peek(2) == quote
        offset += isTriple ? 3 : 1
        var out: [UInt8] = []
        while true {
            guard offset < text.count, isTriple || (peek() != 0x0A && peek() != 0x0D) else {
                throw CELError("a string is not closed", at: start)
            }
            if peek() == quote, !isTriple || (peek(1) == quote && peek(2) == quote) { break }
            if peek() == UInt8(ascii: "\\"), !prefix.raw {
                out.append(contentsOf: try CELEscape.read(text, &offset, inBytes: prefix.bytes))
            } else {
                out.append(peek())
                offset += 1
            }
        }
        offset += isTriple ? 3 : 1
        return prefix.bytes ? .bytes(out) : .string(String(decoding: out, as: UTF8.self))
    }
}

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    var isLetter: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }
    var isHexDigit: Bool { isDigit || ((self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "f")) }
}
