/// One `NAME: VALUE`.
enum HTTP1FieldLine {
    /// As `parse`, for a line as nearly all are: a well-known name, a value that is UTF-8. nil for any other, and for what is wrong.
    static func plain(_ text: Span<UInt8>, _ line: Range<Int>) -> (name: String, value: String)? {
        var colon = line.lowerBound
        while colon < line.upperBound, text[colon].isTokenByte { colon &+= 1 }
        guard colon < line.upperBound, text[colon] == UInt8(ascii: ":") else { return nil }
        // Letters in either case are the same name; of what a name is made of, nothing else becomes a letter so.
        guard let name = table.index(of: JSONName(text, line.lowerBound..<colon, bits: 0x20)) else { return nil }
        var (start, end) = (colon + 1, line.upperBound)
        while start < end, text[start] == .space || text[start] == .tab { start &+= 1 }
        while end > start, text[end - 1] == .space || text[end - 1] == .tab { end &-= 1 }
        guard let value = try? UTF8Span(validating: text.extracting(start..<end)) else { return nil }
        return (names[name], String(copying: value))
    }

    static func parse(_ line: ArraySlice<UInt8>, at offset: Int) throws(HTTP1Malformed) -> (name: String, value: String)
    {
        let first = line[line.startIndex]
        guard first != .space, first != .tab else {
            throw HTTP1Malformed(offset, "a field continued on a further line (obs-fold) is not accepted")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
            throw HTTP1Malformed(offset, "a field is NAME: VALUE")
        }
        let name = line[..<colon]
        if let wrong = name.firstIndex(where: { !$0.isTokenByte }) {
            let isSpace = name[wrong] == .space || name[wrong] == .tab
            throw HTTP1Malformed(
                offset + wrong - line.startIndex,
                isSpace ? "no space is allowed before the colon" : "a field name is made of letters, digits and -_."
            )
        }
        var value = line[(colon + 1)...]
        while let byte = value.first, byte == .space || byte == .tab { value.removeFirst() }
        while let byte = value.last, byte == .space || byte == .tab { value.removeLast() }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw HTTP1Malformed(offset + value.startIndex - line.startIndex, "a field value must be UTF-8")
        }
        return (lowercased(name), text)
    }

    private static func lowercased(_ name: ArraySlice<UInt8>) -> String {
        String(decoding: name.map { $0.lowercased }, as: UTF8.self)
    }

    /// Names that come with nearly every message.
    private static let names = [
        "accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "date", "expect",
        "host", "transfer-encoding", "user-agent",
    ]
    private static let table = JSONNameTable(names.map { JSONName(stringLiteral: $0) })
}
