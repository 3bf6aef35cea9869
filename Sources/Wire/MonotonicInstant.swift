/// A point on one machine's monotonic clock (CLOCK_BOOTTIME: it runs on while the machine is suspended).
/// Instants of two machines are never compared. Public, so that its arithmetic is inlined.
public struct MonotonicInstant: Sendable, Hashable, Comparable {
    /// Since an arbitrary start.
    public var nanoseconds: Int64

    /// So long after that start.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Whether it is earlier.
    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    /// So much later; traps beyond 292 years.
    public static func + (left: Self, right: Duration) -> Self {
        Self(nanoseconds: left.nanoseconds + right.wholeNanoseconds)
    }
    /// So much earlier; traps beyond 292 years.
    public static func - (left: Self, right: Duration) -> Self {
        Self(nanoseconds: left.nanoseconds - right.wholeNanoseconds)
    }
    /// The time from `right` to `left`.
    public static func - (left: Self, right: Self) -> Duration { .nanoseconds(left.nanoseconds - right.nanoseconds) }
}

extension Duration {
    /// Saturates at Int64 (292 years).
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? (product < 0 ? .min : .max) : sum
    }

    /// Rounded towards zero; saturates as nanoseconds do.
    public var wholeMilliseconds: Int64 { wholeNanoseconds / 1_000_000 }
}
