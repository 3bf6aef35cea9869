indirect enum PatternNode: Sendable {
    case empty
    case set(PatternSet)
    case anchor(PatternAnchor)
    case sequence([PatternNode])
    case either([PatternNode])
    case repeated(PatternNode, low: Int, high: Int?)
}

/// A set of code points.
struct PatternSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var negated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != negated
    }

    init(_ ranges: [ClosedRange<Unicode.Scalar>], negated: Bool = false) {
        self.ranges = ranges.map { $0.lowerBound.value...$0.upperBound.value }
        self.negated = negated
    }

    static let digit = PatternSet(["0"..."9"])
    static let word = PatternSet(["0"..."9", "A"..."Z", "a"..."z", "_"..."_"])
    static let space = PatternSet(["\t"..."\n", "\u{C}"..."\r", " "..." "])
    static let anyButNewline = PatternSet(["\n"..."\n"], negated: true)

    static func posix(_ name: String) -> PatternSet? {
        switch name {
        case "alnum": PatternSet(["0"..."9", "A"..."Z", "a"..."z"])
        case "alpha": PatternSet(["A"..."Z", "a"..."z"])
        case "digit": digit
        case "lower": PatternSet(["a"..."z"])
        case "upper": PatternSet(["A"..."Z"])
        case "space": PatternSet(["\t"..."\r", " "..." "])
        case "punct": PatternSet(["!"..."/", ":"..."@", "["..."`", "{"..."~"])
        case "word": word
        case "xdigit": PatternSet(["0"..."9", "A"..."F", "a"..."f"])
        default: nil
        }
    }

    /// The same set without the flag, for building classes out of classes.
    var plainRanges: [ClosedRange<UInt32>] {
        guard negated else { return ranges }
        var out: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { out.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { out.append(next...0x10FFFF) }
        return out
    }
}

/// Reads RE2 syntax. What is not built is refused by its name, never taken for something else.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    static func parse(_ text: String) throws(PatternError) -> PatternNode {
        var parser = PatternParser(scalars: Array(text.unicodeScalars))
        let node = try parser.alternatives()
        if parser.index < parser.scalars.count { throw parser.error("unexpected )") }
        return node
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard current == wanted else { return false }
        index += 1
        return true
    }

    private func error(_ reason: String) -> PatternError { PatternError(reason: reason, offset: index) }

    private mutating func alternatives() throws(PatternError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        let limit = SchemaLimits.schemaDepthMax
        guard depth <= limit else { throw error("groups nested deeper than \(limit)") }
        var nodes = [try sequence()]
        while take("|") { nodes.append(try sequence()) }
        return nodes.count == 1 ? nodes[0] : .either(nodes)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = current, scalar != "|", scalar != ")" { nodes.append(try quantified()) }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func quantified() throws(PatternError) -> PatternNode {
        let node = try atom()
        guard let (low, high) = try quantifier() else { return node }
        _ = take("?")  // lazy: the same matches
        if current == "*" || current == "+" || current == "?" { throw error("invalid nested repetition operator") }
        return .repeated(node, low: low, high: high)
    }

    private mutating func quantifier() throws(PatternError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard current == "{" else { return nil }
        // As in Go, a brace that does not open a count is a literal brace.
        let start = index
        index += 1
        guard let low = number() else {
            index = start
            return nil
        }
        var high: Int? = low
        if take(",") { high = number() }
        guard take("}") else {
            index = start
            return nil
        }
        guard low <= 1_000, (high ?? 0) <= 1_000, high.map({ $0 >= low }) ?? true else {
            throw error("invalid repeat count")
        }
        return (low, high)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = current?.value, (48...57).contains(digit), (value ?? 0) < 100_000 {
            value = (value ?? 0) * 10 + Int(digit - 48)
            index += 1
        }
        return value
    }

    private mutating func atom() throws(PatternError) -> PatternNode {
        guard let scalar = current else { return .empty }
        switch scalar {
        case "(": return try group()
        case "[": return .set(try characterClass())
        case "*", "+", "?": throw error("missing argument to repetition operator")
        case "\\": return try escape()
        default: break
        }
        index += 1
        switch scalar {
        case "^": return .anchor(.textStart)
        case "$": return .anchor(.textEnd)
        case ".": return .set(.anyButNewline)
        default: return .set(PatternSet([scalar...scalar]))
        }
    }

    private mutating func group() throws(PatternError) -> PatternNode {
        index += 1
        if take("?") {
            let isNamed = take("P")
            switch current {
            case ":" where !isNamed: index += 1
            case "=", "!": throw error("look-around is not supported")
            case "<":
                index += 1
                if current == "=" || current == "!" { throw error("look-around is not supported") }
                while let scalar = current, scalar != ">" {
                    guard PatternSet.word.contains(scalar) else { throw error("invalid named capture") }
                    index += 1
                }
                guard take(">") else { throw error("invalid named capture") }
            default: throw error("flags in a group are not supported")
            }
        }
        let inner = try alternatives()
        guard take(")") else { throw error("missing closing )") }
        return inner
    }

    // MARK: - Escapes and classes

    private mutating func escape() throws(PatternError) -> PatternNode {
        switch index + 1 < scalars.count ? scalars[index + 1] : nil {
        case "A": index += 2; return .anchor(.textStart)
        case "z": index += 2; return .anchor(.textEnd)
        case "b": index += 2; return .anchor(.wordBoundary)
        case "B": index += 2; return .anchor(.notWordBoundary)
        default: return .set(try escapedSet())
        }
    }

    private mutating func escapedSet() throws(PatternError) -> PatternSet {
        index += 1
        guard let scalar = current else { throw error("trailing backslash at end of expression") }
        index += 1
        switch scalar {
        case "d": return .digit
        case "w": return .word
        case "s": return .space
        case "D": return PatternSet(["0"..."9"], negated: true)
        case "W", "S":
            var set: PatternSet = scalar == "W" ? .word : .space
            set.negated = true
            return set
        case "n": return PatternSet(["\n"..."\n"])
        case "t": return PatternSet(["\t"..."\t"])
        case "r": return PatternSet(["\r"..."\r"])
        case "f": return PatternSet(["\u{C}"..."\u{C}"])
        case "v": return PatternSet(["\u{B}"..."\u{B}"])
        case "a": return PatternSet(["\u{7}"..."\u{7}"])
        case "x": return try hex()
        case "p", "P": throw error("Unicode classes (\\p) are not supported")
        case "1"..."9": throw error("back-references are not supported")
        case "Q", "C", "k": throw error("\\\(scalar) is not supported")
        case "0"..."9", "a"..."z", "A"..."Z": throw error("invalid escape sequence \\\(scalar)")
        default: return PatternSet([scalar...scalar])
        }
    }

    private mutating func hex() throws(PatternError) -> PatternSet {
        let braced = take("{")
        var digits = ""
        while let scalar = current, scalar.properties.isASCIIHexDigit, digits.utf8.count < (braced ? 6 : 2) {
            digits.unicodeScalars.append(scalar)
            index += 1
        }
        guard !braced || take("}"), let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value),
            braced || digits.utf8.count == 2
        else { throw error("invalid escape sequence \\x") }
        return PatternSet([scalar...scalar])
    }

    private mutating func characterClass() throws(PatternError) -> PatternSet {
        index += 1
        var set = PatternSet([])
        set.negated = take("^")
        var isFirst = true
        while isFirst || current != "]" {
            isFirst = false
            guard let scalar = current else { throw error("missing closing ]") }
            if scalar == "[", index + 1 < scalars.count, scalars[index + 1] == ":" {
                set.ranges += try posixClass().plainRanges
                continue
            }
            let low = try classItem()
            guard low.count == 1, let first = low.first, first.lowerBound == first.upperBound, current == "-",
                index + 1 < scalars.count, scalars[index + 1] != "]"
            else {
                set.ranges += low
                continue
            }
            index += 1
            guard let high = try classItem().first, high.lowerBound == high.upperBound,
                high.upperBound >= first.lowerBound
            else { throw error("invalid character class range") }
            set.ranges.append(first.lowerBound...high.upperBound)
        }
        index += 1
        return set
    }

    private mutating func classItem() throws(PatternError) -> [ClosedRange<UInt32>] {
        if current == "\\" { return try escapedSet().plainRanges }
        guard let scalar = current else { throw error("missing closing ]") }
        index += 1
        return [scalar.value...scalar.value]
    }

    private mutating func posixClass() throws(PatternError) -> PatternSet {
        index += 2
        let negated = take("^")
        var name = ""
        while let scalar = current, scalar != ":" {
            name.unicodeScalars.append(scalar)
            index += 1
        }
        guard take(":"), take("]"), var set = PatternSet.posix(name) else {
            throw error("invalid character class [:\(name):]")
        }
        set.negated = negated
        return set
    }
}
