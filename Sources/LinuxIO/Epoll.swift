internal import CLinux
internal import Wire

/// The kernel's readiness queue. Sendable because a descriptor is a number: the reactor's thread alone waits on it.
final class Epoll: Sendable {
    enum Operation { case add, modify, remove }
    /// Events taken per wait; the rest come with the next.
    static let eventsPerWait = 256
    /// A wait is cut at this, so that a clock that jumps costs no more.
    static let longestWait: Int64 = 60_000

    private let descriptor: OwnedDescriptor

    init() throws(Errno) {
        descriptor = OwnedDescriptor(adopting: try Errno.check(clinux_epoll_create(), "epoll_create1"))
    }

    func control(_ operation: Operation, _ target: Int32, _ interest: Readiness, token: UInt64) throws(Errno) {
        let code =
            switch operation {
            case .add: Int32(CLINUX_ADD)
            case .modify: Int32(CLINUX_MODIFY)
            case .remove: Int32(CLINUX_REMOVE)
            }
        let result = clinux_epoll_control(descriptor.number, code, target, interest.rawValue, token)
        try Errno.check(result, "epoll_ctl", on: "descriptor \(target)")
    }

    /// What one wait brings; the reactor keeps it, so that no wait has to make room.
    struct Events {
        fileprivate var room = [clinux_event](repeating: clinux_event(), count: Epoll.eventsPerWait)
        fileprivate(set) var count = 0

        subscript(index: Int) -> (token: UInt64, readiness: Readiness) {
            (room[index].token, Readiness(rawValue: room[index].events))
        }
    }

    /// Waits until something is ready or `deadline` has come.
    func wait(until deadline: MonotonicInstant?, from now: MonotonicInstant, _ events: inout Events) throws(Errno) {
        var milliseconds: Int64 = -1
        if let deadline {
            // Rounded up: waking a moment early would spin until the timer is due.
            let nanoseconds = max(0, deadline.nanoseconds - now.nanoseconds)
            milliseconds = min(Self.longestWait, (nanoseconds + 999_999) / 1_000_000)
        }
        events.count = 0
        // The C side stores at most `capacity` events and answers how many.
        let count = unsafe events.room.withUnsafeMutableBufferPointer { room in
            unsafe clinux_epoll_wait(descriptor.number, room.baseAddress, Int32(room.count), Int32(milliseconds))
        }
        events.count = Int(try Errno.check(count, "epoll_wait"))
    }
}
