internal import CLinux

/// Everything that descends from this process, which is the subreaper of it: whoever is orphaned below becomes its child,
/// so nobody gets away, whatever it forks and whichever session it makes. Nobody else may wait for the children.
struct Descendants: ~Copyable {
    /// The one whose end is told.
    private let program: Int32
    private let ends: OwnedDescriptor

    /// Between two looks at children that were killed and have not ended: the kernel takes a moment, or they hang in it.
    private static let pauseMilliseconds: Int32 = 5
    /// ECHILD
    private static let noChild: Int32 = 10
    private static let list = "/proc/thread-self/children"

    /// Fails if this kernel does not list children (CONFIG_PROC_CHILDREN).
    static func check() throws(Errno) { _ = try FileReading.read(list) }

    /// `ends` is readable when a child has ended.
    init(program: Int32, ends: consuming OwnedDescriptor) {
        self.program = program
        self.ends = ends
    }

    var readable: Int32 { ends.number }

    /// Reaps orphans that have ended by themselves. True if the program has ended; it stays unreaped, so that its pid
    /// and its process group remain its own.
    func programHasEnded() -> Bool {
        clear()
        while true {
            let pid = clinux_ended_child()
            if pid == program { return true }
            guard pid > 0 else { return false }
            _ = reap(pid)
        }
    }

    /// To the children and their process groups. SIGTERM to each once, as far as that is in our hands: to many a program a second one
    /// means "at once".
    func signal(_ signal: ProcessSignal) {
        var told: Set<Int32> = []
        for pid in children() {
            // A child that nobody has reaped yet pins its group, also if the leader is gone. Not our own group: who
            // has joined it is signalled one by one.
            let group = clinux_process_group(pid)
            let isOfItsOwn = group > 1 && group != clinux_own_pid()
            if isOfItsOwn, told.insert(group).inserted { _ = clinux_kill(-group, signal.rawValue) }
            if !isOfItsOwn || signal == .kill { _ = clinux_kill(pid, signal.rawValue) }
        }
    }

    /// Kills all, children first: what they leave behind becomes our child, until there is none. One who forks faster
    /// than we look has the whole of its process group killed at once; one who makes groups as well has to win every
    /// round, and we need to win one.
    /// How the program ended, unless somebody else has reaped it.
    func end() -> (exitCode: Int32, signal: Int32)? {
        var programEnd: (exitCode: Int32, signal: Int32)?
        _ = clinux_hurry()
        while true {
            signal(.kill)
            var pid = clinux_ended_child()
            while pid > 0 {
                let end = reap(pid)
                if pid == program { programEnd = end }
                pid = clinux_ended_child()
            }
            if pid == -Self.noChild { return programEnd }
            _ = unsafe clinux_wait_readable([ends.number], 1, Self.pauseMilliseconds)
            clear()
        }
    }

    private func reap(_ pid: Int32) -> (exitCode: Int32, signal: Int32) {
        var code: Int32 = 0
        var number: Int32 = 0
        _ = unsafe clinux_reap(pid, &code, &number)
        return (code, number)
    }

    private func clear() {
        // A signalfd_siginfo has 128 bytes; they say nothing that clinux_ended_child does not.
        var information = [UInt8](repeating: 0, count: 128)
        _ = unsafe clinux_read(ends.number, &information, information.count)
    }

    private func children() -> [Int32] {
        guard let text = try? FileReading.read(Self.list) else { return [program] }
        return text.split(separator: UInt8(ascii: " ")).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
    }
}
