import Wire

/// The formats of strings that are checked. As on a real API server an unknown format says nothing; of the known ones
/// uri, email, hostname and cidr are not checked here.
enum StringFormat {
    static func accepts(_ text: String, _ format: String) -> Bool {
        switch format {
        case "date-time", "datetime": Timestamp(text) != nil
        case "date": text.utf8.count == 10 && Timestamp(text + "T00:00:00Z") != nil
        case "byte": Base64.decode(text.utf8) != nil
        case "duration": isDuration(text)
        case "ipv4": isIPv4(text)
        case "ipv6": isIPv6(text)
        case "uuid", "uuid3", "uuid4", "uuid5": isUUID(text)
        default: true
        }
    }

    /// Go's duration text: `1h15m30.5s`, `300ms`, `0`.
    private static func isDuration(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.hasPrefix("-") || rest.hasPrefix("+") { rest.removeFirst() }
        if rest == "0" { return true }
        guard !rest.isEmpty else { return false }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            guard !digits.isEmpty, digits != ".", digits.count(where: { $0 == "." }) <= 1 else { return false }
            rest = rest.dropFirst(digits.count)
            guard let unit = ["ns", "us", "µs", "μs", "ms", "h", "m", "s"].first(where: { rest.hasPrefix($0) }) else {
                return false
            }
            rest = rest.dropFirst(unit.count)
        }
        return true
    }

    private static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                part.utf8.allSatisfy(\.isDigit) && UInt8(part) != nil && (part.utf8.count == 1 || !part.hasPrefix("0"))
            }
    }

    private static func isIPv6(_ text: String) -> Bool {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard text.contains(":"), halves.count <= 2 else { return false }
        var groups = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            for (place, part) in parts.enumerated() {
                if part.contains("."), index == halves.count - 1, place == parts.count - 1, isIPv4(String(part)) {
                    groups += 2
                } else if part.utf8.count <= 4, !part.isEmpty, part.utf8.allSatisfy(\.isHexDigit) {
                    groups += 1
                } else {
                    return false
                }
            }
        }
        return halves.count == 2 ? groups < 8 : groups == 8
    }

    /// 32 hex digits; the four hyphens may be missing.
    private static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let digits = bytes.filter { $0 != UInt8(ascii: "-") }
        guard digits.count == 32, digits.allSatisfy(\.isHexDigit) else { return false }
        return bytes.count == 32
            || bytes.count == 36 && [8, 13, 18, 23].allSatisfy { bytes[$0] == UInt8(ascii: "-") }
    }
}
