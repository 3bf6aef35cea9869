internal import CLinux

/// The session of a guard that was killed. The kernel has killed the program; what it had started in the session is
/// ended here. What has made a session of its own cannot be told from other people's processes any more.
enum OrphanedSession {
    /// A member that makes a process group between a look and its signal is seen at the next look.
    private static let looksMax = 8
    private static let membersMax = 1_024
    /// From the third look on: whoever was killed needs a moment to end.
    private static let pauseMilliseconds: Int32 = 5

    /// `session`: the dead guard's pid, just reaped. The number is not given away while a member lives.
    static func kill(_ session: Int32) {
        var members = [Int32](repeating: 0, count: membersMax)
        for look in 0..<looksMax {
            if look > 1 { _ = unsafe clinux_wait_readable([], 0, pauseMilliseconds) }
            // At most as many are stored as the array has.
            let count = unsafe clinux_session_members(session, &members, Int32(members.count))
            guard count > 0 else { return }
            for pid in members.prefix(Int(count)) {
                let group = clinux_process_group(pid)
                if group > 1 { _ = clinux_kill(-group, ProcessSignal.kill.rawValue) }
                // Orphans are the operator's children where it is the first process of its container: nobody else would reap them.
                // For all others this says that they are not.
                var (code, number): (Int32, Int32) = (0, 0)
                if look > 0 { _ = unsafe clinux_reap(pid, &code, &number) }
            }
        }
    }
}
