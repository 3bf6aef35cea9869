/// The string functions of CEL and of its strings extension. Positions count code points, as in Go.
enum CELStrings {
    static func apply(_ name: String, _ values: [CELValue]) throws(CELError) -> CELValue {
        if name == "join" { return try join(values) }
        guard case .string(let text) = values[0] else { throw .noSuchOverload }
        switch (name, values.count) {
        case ("lowerAscii", 1): return .string(mapASCII(text, from: "A"..."Z") { $0 + 32 })
        case ("upperAscii", 1): return .string(mapASCII(text, from: "a"..."z") { $0 - 32 })
        case ("trim", 1): return .string(trimmed(text))
        case ("substring", 2), ("substring", 3): return .string(try substring(text, Array(values.dropFirst())))
        default: break
        }
        guard values.count >= 2, case .string(let other) = values[1] else { throw .noSuchOverload }
        let whole = Array(text.unicodeScalars)
        let part = Array(other.unicodeScalars)
        switch name {
        case "startsWith": return .bool(whole.starts(with: part))
        case "endsWith": return .bool(whole.count >= part.count && whole.suffix(part.count).elementsEqual(part))
        case "contains": return .bool(positions(of: part, in: whole, limit: 1).first != nil)
        case "indexOf": return .int(Int64(positions(of: part, in: whole, limit: 1).first ?? -1))
        case "lastIndexOf": return .int(Int64(positions(of: part, in: whole, overlapping: true).last ?? -1))
        case "split": return .list(split(whole, part).map { .string(string($0)) })
        case "replace":
            guard values.count == 3, case .string(let replacement) = values[2] else { throw .noSuchOverload }
            return .string(split(whole, part).map { string($0) }.joined(separator: replacement))
        default: throw .noSuchOverload
        }
    }

    private static func join(_ values: [CELValue]) throws(CELError) -> CELValue {
        guard case .list(let elements) = values[0] else { throw .noSuchOverload }
        var separator = ""
        if values.count == 2 {
            guard case .string(let text) = values[1] else { throw .noSuchOverload }
            separator = text
        }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element else { throw .noSuchOverload }
            texts.append(text)
        }
        return .string(texts.joined(separator: separator))
    }

    /// Where `part` begins; an empty part is found at every position.
    private static func positions(
        of part: [Unicode.Scalar],
        in whole: [Unicode.Scalar],
        limit: Int = .max,
        overlapping: Bool = false
    ) -> [Int] {
        var found: [Int] = []
        var index = 0
        while index + part.count <= whole.count, found.count < limit {
            if whole[index...].starts(with: part) {
                found.append(index)
                index += overlapping ? 1 : max(1, part.count)
            } else {
                index += 1
            }
        }
        return found
    }

    /// As Go's strings.Split: by an empty separator into single code points.
    private static func split(_ whole: [Unicode.Scalar], _ separator: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>]
    {
        if separator.isEmpty { return whole.indices.map { whole[$0...$0] } }
        var parts: [ArraySlice<Unicode.Scalar>] = []
        var start = 0
        for position in positions(of: separator, in: whole) {
            parts.append(whole[start..<position])
            start = position + separator.count
        }
        return parts + [whole[start...]]
    }

    private static func substring(_ text: String, _ bounds: [CELValue]) throws(CELError) -> String {
        let scalars = Array(text.unicodeScalars)
        var range: [Int] = []
        for bound in bounds {
            guard case .int(let value) = bound else { throw .noSuchOverload }
            guard value >= 0, value <= scalars.count else { throw CELError("index out of range: \(value)") }
            range.append(Int(value))
        }
        let end = range.count == 2 ? range[1] : scalars.count
        guard range[0] <= end else { throw CELError("invalid substring range. start: \(range[0]), end: \(end)") }
        return string(scalars[range[0]..<end])
    }

    private static func mapASCII(
        _ text: String,
        from range: ClosedRange<Unicode.Scalar>,
        _ change: (UInt8) -> UInt8
    ) -> String {
        let low = UInt8(ascii: range.lowerBound)
        let high = UInt8(ascii: range.upperBound)
        return String(decoding: text.utf8.map { $0 >= low && $0 <= high ? change($0) : $0 }, as: UTF8.self)
    }

    private static func trimmed(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return string(scalars[first...last])
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
