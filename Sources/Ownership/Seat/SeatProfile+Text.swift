import Wire

extension SeatProfile {
    /// The least that is left for handlers to stop in.
    static let stallMin = Duration.milliseconds(500)

    /// `fast`, `default`, `calm`, or R/H/D in seconds, such as 2/8/10: renewal, horizon and lease duration. The request's
    /// timeout and the stall margin are what these leave room for; what cannot hold is refused with its arithmetic.
    package static func parse(_ text: String) throws(Unsound) -> SeatProfile {
        if let known = named(text) { return known }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Duration(seconds: $0) }
        guard parts.count == 3, let renewal = parts[0], let horizon = parts[1], let duration = parts[2],
            duration.wholeMilliseconds % 1_000 == 0
        else {
            throw Unsound(
                description:
                    "fast, default, calm, or R/H/D in seconds is expected, such as 2/8/10 (D without a fraction)"
            )
        }
        // A Lease that was deleted names no duration: every pod waits for the longest that there may be.
        guard duration <= longestDuration else {
            throw Unsound(
                description: "D = \(duration.wholeMilliseconds / 1_000) s: up to "
                    + "\(longestDuration.wholeMilliseconds / 1_000) s is expected, for which pods wait where a Lease was deleted"
            )
        }
        let whole = 100 + clockErrorPercent
        let slack = (duration * (100 - clockErrorPercent) - horizon * whole) / 100 - .milliseconds(10)
        return try SeatProfile(
            name: text,
            renewal: renewal,
            requestTimeout: min(renewal * 3 / 4, max(horizon - renewal * 3, .milliseconds(1))),
            horizon: horizon,
            durationSeconds: duration.wholeMilliseconds / 1_000,
            stall: max(slack, stallMin)
        )
    }
}

extension Duration {
    /// Digits and at most three more behind a point; up to an hour.
    fileprivate init?(seconds text: Substring) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count),
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let whole = Int64(parts[0]), whole <= SeatLimits.leaseSecondsMax
        else { return nil }
        var milliseconds: Int64 = 0
        if parts.count == 2 {
            guard parts[1].utf8.count <= 3, let digits = Int64(parts[1]) else { return nil }
            milliseconds = (parts[1].utf8.count..<3).reduce(digits) { value, _ in value * 10 }
        }
        self = .milliseconds(whole * 1_000 + milliseconds)
    }
}
