internal import Wire

/// When a client's HTTP/2 connection pings, is given up as dead, or is closed for lack of use. A value: instants come in.
struct ClientPulse {
    enum Step: Equatable { case wait, ping, close, dead }

    private let limits: ClientLimits
    private var lastHeard: MonotonicInstant
    private var pinged: MonotonicInstant?
    var idleSince: MonotonicInstant

    init(_ limits: ClientLimits, now: MonotonicInstant) {
        self.limits = limits
        lastHeard = now
        idleSince = now
    }

    /// Any byte from the peer proves as much as an answer to a ping.
    mutating func heard(_ now: MonotonicInstant) {
        lastHeard = now
        pinged = nil
    }

    mutating func step(_ now: MonotonicInstant, isIdle: Bool) -> Step {
        if isIdle, now - idleSince >= limits.idle { return .close }
        if let pinged { return now - pinged >= limits.pingTimeout ? .dead : .wait }
        guard let interval = limits.pingInterval, now - lastHeard >= interval else { return .wait }
        pinged = now
        return .ping
    }

    /// How long until `step` may have something to say.
    func untilNext(_ now: MonotonicInstant, isIdle: Bool) -> Duration {
        var next = (isIdle ? idleSince : now) + limits.idle
        if let pinged {
            next = min(next, pinged + limits.pingTimeout)
        } else if let interval = limits.pingInterval {
            next = min(next, lastHeard + interval)
        }
        return max(.milliseconds(1), next - now)
    }
}
