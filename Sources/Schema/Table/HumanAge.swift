package import Wire

/// How long ago, as kubectl writes it: two units at most, coarser with age.
package enum HumanAge {
    /// The age of an RFC 3339 time; `<unknown>` when there is none, `<invalid>` when it is no time or in the future.
    package static func since(_ text: String?, now: Timestamp) -> String {
        guard let text else { return "<unknown>" }
        guard let then = Timestamp(text) else { return "<invalid>" }
        return of(seconds: now.seconds - then.seconds)
    }

    package static func of(seconds: Int64) -> String {
        // One second of difference between two machines' clocks is forgiven.
        if seconds < -1 { return "<invalid>" }
        if seconds < 120 { return "\(max(0, seconds))s" }
        let minutes = seconds / 60
        if minutes < 10 { return two(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        let hours = minutes / 60
        if hours < 8 { return two(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        let days = hours / 24
        if hours < 192 { return two(days, "d", hours % 24, "h") }
        if days < 730 { return "\(days)d" }
        if days < 2_920 { return two(days / 365, "y", days % 365, "d") }
        return "\(days / 365)y"
    }

    private static func two(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
    }
}
