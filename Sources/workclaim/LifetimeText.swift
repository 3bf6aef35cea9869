import ArgumentParser

/// A length of time as a flag has it: a whole number and its unit, such as `90d`.
enum LifetimeText {
    static func parse(_ text: String, flag: String) throws -> Duration {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
            (1...100_000_000).contains(number)
        else {
            throw ValidationError(
                "\(flag) \(text): a whole number with its unit is expected, such as 90d, 12h, 30m or 20s"
            )
        }
        return .seconds(number * unit)
    }
}
