import Wire

/// The times by which a seat is held and lost. They must leave room for clocks that run apart and for a process that
/// stalls, or two pods could hold one seat: `H (1 + ρ) + stall < D (1 - ρ)`; and a holder must get several tries before
/// it gives up: `H ≥ 3 R + timeout`.
package struct SeatProfile: Sendable, Equatable {
    package let name: String
    /// R: from the sending of one renewal to the next.
    package let renewal: Duration
    /// How long one request may take.
    package let requestTimeout: Duration
    /// H: from the sending of the last successful renewal until the holder stops all work of the seat.
    package let horizon: Duration
    /// D, `leaseDurationSeconds`: what observers wait for, each by its own clock.
    package let durationSeconds: Int64
    /// What may pass between the holder's clock reaching H and its work having stopped.
    package let stall: Duration

    package static let fast = SeatProfile(unchecked: "fast", 1_000, 750, 4_000, 5, 900)
    package static let standard = SeatProfile(unchecked: "default", 2_000, 1_500, 8_000, 10, 1_800)
    package static let calm = SeatProfile(unchecked: "calm", 3_000, 2_000, 12_000, 15, 2_700)
    package static let all = [standard, fast, calm]

    /// D of the longest: for Leases that are absent, which name none.
    package static let longestDuration = all.map(\.duration).reduce(.zero, max)

    package static func named(_ name: String) -> SeatProfile? { all.first { $0.name == name } }

    /// ρ: how far a clock's rate may be off, in percent.
    package static let clockErrorPercent: Int64 = 1

    package struct Unsound: Error, Equatable, CustomStringConvertible {
        /// The inequality that does not hold, with its figures.
        package let description: String
    }

    package init(
        name: String,
        renewal: Duration,
        requestTimeout: Duration,
        horizon: Duration,
        durationSeconds: Int64,
        stall: Duration
    ) throws(Unsound) {
        self.name = name
        self.renewal = renewal
        self.requestTimeout = requestTimeout
        self.horizon = horizon
        self.durationSeconds = durationSeconds
        self.stall = stall
        try check()
    }

    package var duration: Duration { .seconds(durationSeconds) }

    /// Milliseconds and percents, so that the text shows the very numbers that were compared.
    private func check() throws(Unsound) {
        let (error, whole) = (Self.clockErrorPercent, Int64(100))
        let (r, t, h) = (renewal.wholeMilliseconds, requestTimeout.wholeMilliseconds, horizon.wholeMilliseconds)
        let longest = Duration.seconds(SeatLimits.leaseSecondsMax)
        guard r > 0, t > 0, h > 0, stall >= .zero, durationSeconds > 0,
            [renewal, requestTimeout, horizon, stall, duration].allSatisfy({ $0 <= longest })
        else {
            throw Unsound(
                description: "profile \(name): R, timeout, H and D are expected above 0, stall from 0, all up to "
                    + "\(SeatLimits.leaseSecondsMax) s"
            )
        }
        let (s, d) = (stall.wholeMilliseconds, durationSeconds * 1_000)
        let (holder, observer) = (h * (whole + error) + s * whole, d * (whole - error))
        guard holder < observer else {
            throw Unsound(
                description:
                    "profile \(name): H (1 + ρ) + stall < D (1 - ρ) is expected, but \(h) ms × \(whole + error) % + \(s) ms = "
                    + "\(holder / whole) ms is not below \(d) ms × \(whole - error) % = \(observer / whole) ms: raise D or lower H"
            )
        }
        guard h >= 3 * r + t else {
            throw Unsound(
                description:
                    "profile \(name): H ≥ 3 R + timeout is expected, but H = \(h) ms is below 3 × \(r) ms + \(t) ms = "
                    + "\(3 * r + t) ms: raise H or lower R"
            )
        }
    }

    /// For the three above, which a test holds to the checks.
    private init(
        unchecked name: String,
        _ renewal: Int,
        _ timeout: Int,
        _ horizon: Int,
        _ seconds: Int64,
        _ stall: Int
    ) {
        self.name = name
        self.renewal = .milliseconds(renewal)
        requestTimeout = .milliseconds(timeout)
        self.horizon = .milliseconds(horizon)
        durationSeconds = seconds
        self.stall = .milliseconds(stall)
    }
}
