/// Durations as Go writes them in queries: `10s`, `1m30s`, `1.5s`.
enum GoDuration {
    /// nil for what is no duration, and for none at all: zero means "no timeout" there.
    static func parse(_ text: String) -> Duration? {
        var rest = text[...]
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let factor = factors.first(where: { $0.unit == unit })?.seconds else {
                return nil
            }
            total += value * factor
        }
        return total > 0 && total < 86_400 ? .seconds(total) : nil
    }

    static func text(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
        if milliseconds < 1_000 { return "\(milliseconds)ms" }
        let (seconds, rest) = (milliseconds / 1_000, milliseconds % 1_000)
        guard rest > 0 else { return "\(seconds)s" }
        var digits = String(rest + 1_000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(seconds).\(digits)s"
    }

    private static let factors: [(unit: String, seconds: Double)] = [
        ("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3_600),
    ]
}
