/// A point on one machine's monotonic clock (CLOCK_BOOTTIME: it runs on while the machine is suspended).
/// Instants of two machines are never compared.
package struct MonotonicInstant: Sendable, Hashable, Comparable {
    /// Since an arbitrary start.
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    package static func + (left: Self, right: Duration) -> Self {
        Self(nanoseconds: left.nanoseconds + right.wholeNanoseconds)
    }
    package static func - (left: Self, right: Duration) -> Self {
        Self(nanoseconds: left.nanoseconds - right.wholeNanoseconds)
    }
    package static func - (left: Self, right: Self) -> Duration { .nanoseconds(left.nanoseconds - right.nanoseconds) }
}

extension Duration {
    /// Saturates at Int64 (292 years).
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? (product < 0 ? .min : .max) : sum
    }

    package var wholeMilliseconds: Int64 { wholeNanoseconds / 1_000_000 }
}
