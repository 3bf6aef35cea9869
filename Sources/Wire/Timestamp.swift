/// A wall-clock time in UTC as Kubernetes writes it: RFC 3339, `Time` to the second, `MicroTime` to the microsecond.
/// For people and records only: no decision compares the clocks of two machines.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z, without leap seconds.
    package var seconds: Int64
    /// 0..<1,000,000
    package var microseconds: Int64

    package init(seconds: Int64, microseconds: Int64 = 0) {
        self.seconds = seconds
        self.microseconds = microseconds
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.seconds, left.microseconds) < (right.seconds, right.microseconds)
    }

    /// `2026-11-22T16:38:00Z`
    package var rfc3339: String { text(withFraction: false) }

    /// `2026-11-22T16:38:00.000000Z`
    package var rfc3339Micro: String { text(withFraction: true) }

    /// Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)`; nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ length: Int) -> Int64? {
            guard from + length <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[from..<(from + length)] {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2), (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            while index < bytes.count, let digit = number(index, 1) {
                if index - start < 6 { fraction = fraction * 10 + digit }
                index += 1
            }
            guard index > start else { return nil }
            for _ in 0..<max(0, 6 - (index - start)) { fraction *= 10 }
        }
        guard index < bytes.count else { return nil }
        var zone: Int64 = 0
        if bytes[index] | 0x20 == UInt8(ascii: "z") {
            guard index + 1 == bytes.count else { return nil }
        } else {
            guard bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-"), index + 6 == bytes.count,
                bytes[index + 3] == UInt8(ascii: ":"), let hours = number(index + 1, 2),
                let minutes = number(index + 4, 2), hours < 24, minutes < 60
            else { return nil }
            zone = (hours * 60 + minutes) * 60 * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
        }
        let days = Self.days(year, month, day)
        seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - zone
        microseconds = fraction
        // A 30th of February, and what its zone moves out of the years that four digits can name.
        guard Self.date(days).day == day, Self.years.contains(seconds) else { return nil }
    }

    /// From 0000-01-01T00:00:00Z to the end of 9999.
    private static let years = days(0, 1, 1) * 86_400..<days(10_000, 1, 1) * 86_400

    private func text(withFraction: Bool) -> String {
        let day = seconds >= 0 ? seconds / 86_400 : -((86_399 - seconds) / 86_400)
        let rest = seconds - day * 86_400
        let (year, month, dayOfMonth) = Self.date(day)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(27)
        func add(_ value: Int64, _ width: Int, _ separator: Unicode.Scalar) {
            var unit: Int64 = 1
            for _ in 1..<width { unit *= 10 }
            while unit > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(value / unit % 10))
                unit /= 10
            }
            bytes.append(UInt8(ascii: separator))
        }
        add(year, 4, "-")
        add(month, 2, "-")
        add(dayOfMonth, 2, "T")
        add(rest / 3_600, 2, ":")
        add(rest / 60 % 60, 2, ":")
        add(rest % 60, 2, withFraction ? "." : "Z")
        if withFraction { add(microseconds, 6, "Z") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Days since 1970-01-01 of a Gregorian date, by counting years from March (H. Hinnant, "chrono-Compatible
    /// Low-Level Date Algorithms").
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch + (monthFromMarch < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
