import Wire

/// Texts with a form of their own, and what Go's readers of them say.
enum GoText {
    // MARK: - Time

    /// Nil if the text is a time as metav1.Time (`isMicro`: metav1.MicroTime, with six digits of a second) reads it.
    static func timeProblem(_ text: String, isMicro: Bool) -> String? {
        if isMicro, isPlainMicroTime(text) { return nil }
        let layout = isMicro ? microLayout : secondLayout
        var rest = Substring(text)
        func problem(_ expected: String) -> String {
            let layout = quoted(layout.joined())
            return "parsing time \(quoted(text)) as \(layout): cannot parse \(quoted(rest)) as \(quoted(expected))"
        }
        for part in layout {
            switch part {
            case "-", "T", ":":
                guard rest.hasPrefix(part) else { return problem(part) }
                rest.removeFirst()
            case "Z07:00":
                guard isZone(rest) else { return problem(part) }
            case ".000000":
                let digits = rest.dropFirst().prefix(6)
                guard rest.hasPrefix("."), digits.utf8.count == 6, digits.utf8.allSatisfy(\.isDigit) else {
                    return problem(part)
                }
                rest = rest.dropFirst(7)
            default:
                let digits = rest.prefix(part.utf8.count)
                guard digits.utf8.count == part.utf8.count, digits.utf8.allSatisfy(\.isDigit) else {
                    return problem(part)
                }
                if let unit = ranges[part], !unit.range.contains(Int(digits) ?? -1) {
                    return "parsing time \(quoted(text)): \(unit.name) out of range"
                }
                rest = rest.dropFirst(part.utf8.count)
                // A fraction may stand where the layout names none.
                if part == "05", !isMicro, rest.hasPrefix("."), rest.dropFirst().utf8.first?.isDigit == true {
                    rest = rest.dropFirst().drop { $0.isASCII && $0.isNumber }
                }
            }
        }
        return nil
    }

    private static let secondLayout = ["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05", "Z07:00"]
    private static let microLayout = Array(secondLayout.dropLast()) + [".000000", "Z07:00"]
    private static let ranges: [String: (name: String, range: ClosedRange<Int>)] = [
        "01": ("month", 1...12), "02": ("day", 1...31), "15": ("hour", 0...23), "04": ("minute", 0...59),
        "05": ("second", 0...59),
    ]

    private static func isZone(_ text: Substring) -> Bool {
        if text == "Z" { return true }
        let bytes = Array(text.utf8)
        return bytes.count == 6 && (bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"))
            && bytes[3] == UInt8(ascii: ":") && [1, 2, 4, 5].allSatisfy { bytes[$0].isDigit }
    }

    /// `2026-11-22T16:38:00.000000Z`, as every renewal writes it: worth a look without cutting the text up.
    private static func isPlainMicroTime(_ text: String) -> Bool {
        let bytes = text.utf8.span
        let form = plainMicroTime.utf8.span
        guard bytes.count == form.count else { return false }
        for index in bytes.indices {
            let byte = bytes[index]
            let isRight =
                switch form[index] {
                case UInt8(ascii: "d"): byte.isDigit
                case UInt8(ascii: "H"): byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1")
                case UInt8(ascii: "S"): byte.isDigit && byte <= UInt8(ascii: "5")
                case let exact: byte == exact
                }
            guard isRight else { return false }
        }
        // Months and days of two digits are left to the longer look where these do not tell.
        let isMonth = bytes[5] == UInt8(ascii: "0") ? bytes[6] != UInt8(ascii: "0") : false
        let isDay = bytes[8] == UInt8(ascii: "0") ? bytes[9] != UInt8(ascii: "0") : bytes[8] <= UInt8(ascii: "2")
        let isLateMonth = bytes[5] == UInt8(ascii: "1") && bytes[6] <= UInt8(ascii: "2")
        return (isMonth || isLateMonth) && isDay
    }

    private static let plainMicroTime = "dddd-dd-ddTHd:Sd:Sd.ddddddZ"

    private static func quoted(_ text: some StringProtocol) -> String {
        String(decoding: JSONValue.string(String(text)).serialized(), as: UTF8.self)
    }

    // MARK: - Base64

    /// The byte at which Go's decoder gives up; nil if the text is Base64 with its padding.
    static func illegalBase64(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        var index = 0
        func skipLineEnds() {
            while index < bytes.count, bytes[index] == 0x0A || bytes[index] == 0x0D { index += 1 }
        }
        var inQuantum = 0
        while true {
            skipLineEnds()
            guard index < bytes.count else { return inQuantum == 0 ? nil : index - inQuantum }
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "=") {
                guard inQuantum >= 2 else { return index - 1 }
                if inQuantum == 2 {
                    skipLineEnds()
                    guard index < bytes.count else { return bytes.count }
                    guard bytes[index] == UInt8(ascii: "=") else { return index - 1 }
                    index += 1
                }
                skipLineEnds()
                return index < bytes.count ? index : nil
            }
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            guard isLetter || byte.isDigit || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") else {
                return index - 1
            }
            inQuantum = (inQuantum + 1) % 4
        }
    }

    // MARK: - Quantity

    static let wrongQuantity =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

    /// Nil if the text is a quantity: `100m`, `1.5Gi`, `2e3`.
    static func quantityProblem(_ text: String) -> String? {
        var rest = Substring(text).drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        guard !rest.isEmpty else { return wrongQuantity }
        if let sign = rest.first, sign == "+" || sign == "-" { rest.removeFirst() }
        func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        if rest.first == "." { rest = rest.dropFirst().drop(while: isDigit) }
        let unit = rest.prefix { "eEinumkKMGTP".contains($0) }
        let exponent = rest.dropFirst(unit.count)
        var digits = exponent
        if let sign = digits.first, sign == "+" || sign == "-" { digits.removeFirst() }
        guard digits.allSatisfy(isDigit) else { return wrongQuantity }
        let isExponent = (unit == "e" || unit == "E") && !digits.isEmpty
        guard !isExponent, !(exponent.isEmpty && units.contains(String(unit))) else { return nil }
        return "unable to parse quantity's suffix"
    }

    private static let units: Set = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ]
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
