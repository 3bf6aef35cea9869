package import Wire

/// What an operator tells a guard.
package enum GuardOrder: Sendable, Equatable {
    /// The right to work lasts until then (CLOCK_BOOTTIME, which both share).
    case work(until: MonotonicInstant)
    /// SIGTERM now, SIGKILL after the grace.
    case stop(grace: Duration)
    /// SIGKILL now.
    case kill
}

/// What a guard tells its operator.
enum GuardReport: Equatable {
    /// The program was not started, or its time was up (ETIME) and it was killed; a positive errno.
    case refused(code: Int32)
    /// All that descended from the guard is gone. `signal` is 0 if the program exited.
    case ended(exitCode: Int32, signal: Int32)
}

/// Both as 16 bytes: two words, a kind and its value, in this machine's byte order.
struct GuardRecord: Equatable {
    static let byteCount = 16

    var kind: UInt64
    var value: UInt64

    init(_ order: GuardOrder) {
        switch order {
        case .work(let until): self.init(kind: 1, value: UInt64(bitPattern: until.nanoseconds))
        case .stop(let grace): self.init(kind: 2, value: UInt64(bitPattern: grace.wholeNanoseconds))
        case .kill: self.init(kind: 3, value: 0)
        }
    }

    init(_ report: GuardReport) {
        switch report {
        case .refused(let code): self.init(kind: 17, high: 0, low: code)
        case .ended(let exitCode, let signal): self.init(kind: 18, high: signal, low: exitCode)
        }
    }

    /// nil: not of ours.
    var order: GuardOrder? {
        switch kind {
        case 1: .work(until: MonotonicInstant(nanoseconds: Int64(bitPattern: value)))
        case 2: .stop(grace: .nanoseconds(Int64(bitPattern: value)))
        case 3: .kill
        default: nil
        }
    }

    var report: GuardReport? {
        switch kind {
        case 17: .refused(code: low)
        case 18: .ended(exitCode: low, signal: high)
        default: nil
        }
    }

    init(kind: UInt64, value: UInt64) {
        self.kind = kind
        self.value = value
    }

    private init(kind: UInt64, high: Int32, low: Int32) {
        let bits = UInt64(UInt32(bitPattern: high)) << 32 | UInt64(UInt32(bitPattern: low))
        self.init(kind: kind, value: bits)
    }

    private var high: Int32 { Int32(truncatingIfNeeded: value >> 32) }
    private var low: Int32 { Int32(truncatingIfNeeded: value) }
}
