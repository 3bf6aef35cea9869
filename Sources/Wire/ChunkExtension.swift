/// What may stand behind a chunk's size (RFC 9112 §7.1.1): `;name`, `;name=token` or `;name="any text"`, any number of
/// them. We know none and use none; but whoever reads on where another stops is how requests are smuggled.
enum ChunkExtension {
    /// `text` follows the first semicolon and ends before CR LF.
    static func isValid(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        while true {
            skipSpace(&rest)
            guard takeToken(&rest) else { return false }
            skipSpace(&rest)
            if rest.first == UInt8(ascii: "=") {
                rest.removeFirst()
                skipSpace(&rest)
                guard rest.first == .quote ? takeQuoted(&rest) : takeToken(&rest) else { return false }
                skipSpace(&rest)
            }
            guard let next = rest.popFirst() else { return true }
            guard next == UInt8(ascii: ";") else { return false }
        }
    }

    private static func skipSpace(_ text: inout ArraySlice<UInt8>) {
        text = text.drop { $0 == .space || $0 == .tab }
    }

    private static func takeToken(_ text: inout ArraySlice<UInt8>) -> Bool {
        let rest = text.drop(while: \.isTokenByte)
        defer { text = rest }
        return rest.count < text.count
    }

    private static func takeQuoted(_ text: inout ArraySlice<UInt8>) -> Bool {
        text.removeFirst()
        while let byte = text.popFirst() {
            if byte == .quote { return true }
            if byte == UInt8(ascii: "\\"), text.popFirst() == nil { return false }
        }
        return false
    }
}

extension UInt8 {
    fileprivate static let quote = UInt8(ascii: "\"")
}
