import FoundationEssentials
import Glibc

/// A process of this machine that is not our child, by what /proc says and signals do.
package struct OtherProcess: Sendable, Hashable {
    package let pid: Int32

    package init(_ pid: Int32) { self.pid = pid }

    /// A zombie has ended.
    package var isAlive: Bool {
        guard let state = stat?.first else { return false }
        return state != "Z" && state != "X"
    }

    package var parent: Int32? { stat?.dropFirst().first.flatMap { Int32($0) } }

    package func signal(_ number: Int32) { _ = kill(pid, number) }

    /// Its children, zombies too.
    package var children: [OtherProcess] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.map(OtherProcess.init).filter { $0.parent == pid }
    }

    /// What it has used of processors, to a hundredth of a second.
    package var processorTime: Duration {
        let ticks = stat?.dropFirst(11).prefix(2).compactMap { Int($0) }.reduce(0, +) ?? 0
        return .milliseconds(10 * ticks)
    }

    /// Of its memory, what is in the machine's; 0 once it has ended.
    package var residentBytes: Int {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/statm") else { return 0 }
        return String(decoding: data, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap { Int($0) }
            .map { $0 * Int(getpagesize()) } ?? 0
    }

    /// The fields of /proc/PID/stat from the state on.
    private var stat: [Substring]? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        return String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
    }
}
