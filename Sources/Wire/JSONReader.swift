/// Pulls values out of one JSON text without building a tree; whole subtrees can be skipped unread.
/// The borrowed bytes outlive the reader (the compiler checks it). Every error names the byte.
package struct JSONReader: ~Escapable {
    package enum Kind: Sendable { case null, bool, number, string, array, object }

    private let text: Span<UInt8>
    /// The next unread byte.
    package private(set) var offset = 0
    private(set) var depth = 0
    /// A tree was made of an object that names a member twice.
    var sawDuplicate = false
    /// True between the opening bracket and the first element: no comma is due yet.
    private var atFirst = false

    @_lifetime(copy text)
    package init(_ text: Span<UInt8>) {
        self.text = text
    }

    /// The kind of the value at the cursor, which stays where it is.
    package mutating func peekKind() throws(JSONError) -> Kind {
        skipSpace()
        guard offset < text.count else { throw error("a value is missing: the text ends here") }
        switch text[offset] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error("a value cannot start with \(describe(text[offset]))")
        }
    }

    package mutating func beginObject() throws(JSONError) { try open(UInt8(ascii: "{")) }
    package mutating func beginArray() throws(JSONError) { try open(UInt8(ascii: "[")) }

    /// The name of the next member, its colon consumed; nil at the closing brace, which is consumed.
    package mutating func nextMember() throws(JSONError) -> String? {
        guard try advance(to: UInt8(ascii: "}")) else { return nil }
        guard offset < text.count, text[offset] == UInt8(ascii: "\"") else {
            throw error("a member name in quotes is expected")
        }
        let name = try readString()
        try passColon()
        return name
    }

    /// As `nextMember`, for names that are compared with known ones: no String is made.
    package mutating func nextName() throws(JSONError) -> JSONName? {
        guard try advance(to: UInt8(ascii: "}")) else { return nil }
        if offset < text.count, text[offset] == UInt8(ascii: "\""),
            let name = JSONName(quotedIn: text, from: offset &+ 1)
        {
            offset &+= name.count &+ 2
            try passColon()
            return name
        }
        let (range, hasEscapes) = try scanName()
        try passColon()
        return hasEscapes ? JSONName(Array(try unescaped(range).utf8).span) : JSONName(text, range)
    }

    /// A string value, for one that is compared with a short known one.
    package mutating func readName() throws(JSONError) -> JSONName {
        skipSpace()
        if offset < text.count, text[offset] == UInt8(ascii: "\""),
            let name = JSONName(quotedIn: text, from: offset &+ 1)
        {
            offset &+= name.count &+ 2
            return name
        }
        let (range, hasEscapes) = try scanString()
        return hasEscapes ? JSONName(Array(try unescaped(range).utf8).span) : JSONName(text, range)
    }

    private mutating func scanName() throws(JSONError) -> (Range<Int>, hasEscapes: Bool) {
        guard offset < text.count, text[offset] == UInt8(ascii: "\"") else {
            throw error("a member name in quotes is expected")
        }
        return try scanString()
    }

    @inline(__always)
    private mutating func passColon() throws(JSONError) {
        skipSpace()
        guard offset < text.count, text[offset] == UInt8(ascii: ":") else {
            throw error("':' is expected after a member name")
        }
        offset += 1
    }

    /// Whether another element follows; at the closing bracket it is consumed and the answer is false.
    package mutating func nextElement() throws(JSONError) -> Bool { try advance(to: UInt8(ascii: "]")) }

    package mutating func readBool() throws(JSONError) -> Bool {
        skipSpace()
        if offset < text.count, text[offset] == UInt8(ascii: "t") {
            try literal("true")
            return true
        }
        try literal("false")
        return false
    }

    /// Skips the value at the cursor, checked as strictly as if it were read, and returns the bytes it spans. It may be
    /// nested deeper than a tree may be, as deep as an API server reads it.
    @discardableResult
    package mutating func skipValue() throws(JSONError) -> Range<Int> {
        let kind = try peekKind()
        let start = offset
        if let end = JSONSkip.end(of: text, from: start, levels: JSONLimits.skippedDepthMax - depth) {
            offset = end
            return start..<end
        }
        if kind == .array || kind == .object { try skipNested(kind) } else { try skipScalar(kind) }
        return start..<offset
    }

    /// With a word on what is wrong.
    private mutating func skipScalar(_ kind: Kind) throws(JSONError) {
        switch kind {
        case .null: try literal("null")
        case .bool: _ = try readBool()
        case .number: try skipNumber()
        case .string: _ = try scanString()
        case .array, .object: preconditionFailure("brackets are skipNested's")
        }
    }

    /// Without recursion: a stranger says how deep it goes. What lies within is not tried fast again: the work stays linear
    /// in the text.
    private mutating func skipNested(_ outermost: Kind) throws(JSONError) {
        var brackets = OpenBrackets()
        var kind = outermost
        repeat {
            switch kind {
            case .array, .object:
                let isObject = kind == .object
                try open(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["), depthMax: JSONLimits.skippedDepthMax)
                brackets.push(isObject)
            default: try skipScalar(kind)
            }
            while brackets.count > 0, try !advance(to: brackets.isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                brackets.pop()
            }
            guard brackets.count > 0 else { return }
            if brackets.isInObject {
                _ = try scanName()
                try passColon()
            }
            kind = try peekKind()
        } while true
    }

    /// A copy of bytes that were passed, such as a value that `skipValue` spanned.
    package func bytes(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(text[index]) }
        return bytes
    }

    /// Only white space may follow the value that was read.
    package mutating func expectEnd() throws(JSONError) {
        skipSpace()
        guard offset == text.count else { throw error("the value has ended, but more text follows") }
    }

    // MARK: - Strings

    package mutating func readString() throws(JSONError) -> String {
        skipSpace()
        let (range, hasEscapes) = try scanString()
        if !hasEscapes { return string(of: range) }
        return try unescaped(range)
    }

    /// Passes one quoted string; the range is what stands between the quotes.
    private mutating func scanString() throws(JSONError) -> (Range<Int>, hasEscapes: Bool) {
        guard offset < text.count, text[offset] == UInt8(ascii: "\"") else { throw error("a string is expected") }
        offset += 1
        let start = offset
        var hasEscapes = false
        let text = text
        while true {
            // The plain part, which is nearly all of every string.
            let index = text.endOfPlainText(from: offset)
            offset = index
            guard index < text.count else { throw error("a string is not closed") }
            switch text[index] {
            case UInt8(ascii: "\""):
                offset += 1
                return (start..<index, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try scanEscape()
            case 0x80...: try scanUTF8()
            default: throw error("a control character in a string must be escaped")
            }
        }
    }

    private mutating func scanEscape() throws(JSONError) {
        guard offset + 1 < text.count else { throw error("a string is not closed") }
        switch text[offset + 1] {
        case UInt8(ascii: "u"):
            _ = try hexUnit(at: offset + 2)
            offset += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        default: throw error("unknown escape \\\(describe(text[offset + 1]))")
        }
    }

    private mutating func scanUTF8() throws(JSONError) {
        guard let length = text.lengthOfUTF8(at: offset) else { throw error("invalid UTF-8 in a string") }
        offset += length
    }

    private func hexUnit(at position: Int) throws(JSONError) -> UInt32 {
        guard position + 4 <= text.count else { throw error("four hex digits are expected after \\u") }
        var unit: UInt32 = 0
        for index in position..<(position + 4) {
            let digit: UInt8
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = text[index] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = text[index] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = text[index] - UInt8(ascii: "A") + 10
            default: throw error("four hex digits are expected after \\u")
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// A lone surrogate becomes U+FFFD, as in Go's decoder.
    private func unescaped(_ range: Range<Int>) throws(JSONError) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = text[index]
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                index += 1
                continue
            }
            index += 2
            switch text[index - 1] {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = try hexUnit(at: index)
                index += 4
                if (0xD800..<0xDC00).contains(scalar), index + 6 <= range.upperBound, text[index] == UInt8(ascii: "\\"),
                    text[index + 1] == UInt8(ascii: "u")
                {
                    let low = try hexUnit(at: index + 2)
                    if (0xDC00..<0xE000).contains(low) {
                        scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                        index += 6
                    }
                }
                bytes.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
            case let other: bytes.append(other)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func string(of range: Range<Int>) -> String {
        guard let span = try? UTF8Span(validating: text.extracting(range)) else {
            preconditionFailure("what was scanned is valid UTF-8")
        }
        return String(copying: span)
    }

    // MARK: - Numbers

    /// An integer if it has neither fraction nor exponent and fits 64 bits, else a double. Infinity is refused.
    package mutating func readNumber() throws(JSONError) -> JSONValue {
        skipSpace()
        let (range, isInteger) = try scanNumber()
        let digits = string(of: range)
        if isInteger, let value = Int64(digits) { return .integer(value) }
        guard let value = Double(digits), value.isFinite else {
            throw JSONError(offset: range.lowerBound, reason: "the number \(digits.prefix(40)) is out of range")
        }
        return .number(value)
    }

    /// Only what has an exponent or very many digits can be out of range; all others need not be looked at.
    private mutating func skipNumber() throws(JSONError) {
        let start = offset
        let (range, isInteger) = try scanNumber()
        guard !isInteger || range.count > 300 else { return }
        offset = start
        _ = try readNumber()
    }

    private mutating func scanNumber() throws(JSONError) -> (Range<Int>, isInteger: Bool) {
        let start = offset
        var isInteger = true
        if offset < text.count, text[offset] == UInt8(ascii: "-") { offset += 1 }
        if offset < text.count, text[offset] == UInt8(ascii: "0") { offset += 1 } else { try digits() }
        if offset < text.count, text[offset] == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try digits()
        }
        if offset < text.count, text[offset] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            if offset < text.count, text[offset] == UInt8(ascii: "+") || text[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            try digits()
        }
        return (start..<offset, isInteger)
    }

    private mutating func digits() throws(JSONError) {
        let start = offset
        while offset < text.count, text[offset] >= UInt8(ascii: "0"), text[offset] <= UInt8(ascii: "9") { offset += 1 }
        guard offset > start else { throw error("a digit is expected") }
    }

    // MARK: - Structure

    private mutating func open(_ bracket: UInt8, depthMax: Int = JSONLimits.depthMax) throws(JSONError) {
        skipSpace()
        guard offset < text.count, text[offset] == bracket else { throw error("\(describe(bracket)) is expected") }
        guard depth < depthMax else { throw error("nested deeper than \(depthMax)") }
        depth += 1
        offset += 1
        atFirst = true
    }

    /// To the next element or member; false (and past the bracket) at `close`.
    @inline(__always)
    private mutating func advance(to close: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        let first = atFirst
        atFirst = false
        guard offset < text.count else { throw error("\(describe(close)) is expected, but the text ends") }
        if text[offset] == close {
            offset += 1
            depth -= 1
            return false
        }
        if first { return true }
        guard text[offset] == UInt8(ascii: ",") else { throw error("',' or \(describe(close)) is expected") }
        offset += 1
        skipSpace()
        guard offset < text.count, text[offset] != close else { throw error("a comma before \(describe(close))") }
        return true
    }

    private mutating func literal(_ word: String) throws(JSONError) {
        skipSpace()
        var index = offset
        for byte in word.utf8 {
            guard index < text.count, text[index] == byte else { throw error("'\(word)' is expected") }
            index += 1
        }
        offset = index
    }

    @inline(__always)
    private mutating func skipSpace() { offset = text.endOfSpace(from: offset) }

    private func error(_ reason: String) -> JSONError { JSONError(offset: offset, reason: reason) }

    private func describe(_ byte: UInt8) -> String {
        (0x21..<0x7F).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte 0x" + String(byte, radix: 16)
    }
}

/// Which brackets are open, one bit for each: the innermost is the lowest of `word`.
private struct OpenBrackets {
    private(set) var count = 0
    private var word: UInt64 = 0
    /// Words that are full, the outermost first.
    private var outer: [UInt64] = []

    var isInObject: Bool { word & 1 == 1 }

    mutating func push(_ isObject: Bool) {
        if count > 0, count % UInt64.bitWidth == 0 {
            outer.append(word)
            word = 0
        }
        word = word << 1 | (isObject ? 1 : 0)
        count += 1
    }

    mutating func pop() {
        count -= 1
        word >>= 1
        if count > 0, count % UInt64.bitWidth == 0 { word = outer.removeLast() }
    }
}
