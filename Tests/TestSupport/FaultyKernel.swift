import Glibc
import Testing

/// What the kernel answers to a program that is started with `environment`: its faults are set, counted and taken back while
/// it runs, by a page that both map. The other half is Tests/FaultyKernel/kernel.c, preloaded into the program.
package final class FaultyKernel: Sendable {
    /// Bits as in kernel.c.
    package struct Calls: OptionSet, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }
        package static let receive = Calls(rawValue: 1 << 0)
        package static let send = Calls(rawValue: 1 << 1)
        package static let accept = Calls(rawValue: 1 << 2)
        package static let connect = Calls(rawValue: 1 << 3)
        package static let socket = Calls(rawValue: 1 << 4)
        package static let open = Calls(rawValue: 1 << 5)
        package static let read = Calls(rawValue: 1 << 6)
        package static let write = Calls(rawValue: 1 << 7)
        package static let sync = Calls(rawValue: 1 << 8)
        package static let rename = Calls(rawValue: 1 << 9)
        /// epoll_ctl that adds.
        package static let watch = Calls(rawValue: 1 << 10)
        /// epoll_wait and poll.
        package static let wait = Calls(rawValue: 1 << 11)
        /// Whatever else makes a descriptor: epoll, eventfd, pipe, memfd, signalfd, timerfd, pidfd.
        package static let descriptor = Calls(rawValue: 1 << 12)
        package static let fork = Calls(rawValue: 1 << 13)
        package static let thread = Calls(rawValue: 1 << 14)
        package static let folder = Calls(rawValue: 1 << 15)
    }

    package enum Effect: Sendable {
        case fails(Int32)
        /// At most so many bytes (of epoll_wait: events) at a time.
        case cuts(Int)
    }

    /// Acts on the `first` of the calls that it matches and on each `every`-th from there, `count` times in all.
    package struct Rule: Sendable {
        package var calls: Calls
        /// Of either end of a TCP connection; 0: whatever it is about.
        package var port: UInt16 = 0
        /// A part of the path of a file; empty: whatever it is about.
        package var path = ""
        package var first = 1
        package var every = 1
        package var count = Int.max
        package var effect: Effect

        package init(
            _ calls: Calls,
            _ effect: Effect,
            port: UInt16 = 0,
            path: String = "",
            first: Int = 1,
            every: Int = 1,
            count: Int = .max
        ) {
            self.calls = calls
            self.effect = effect
            self.port = port
            self.path = path
            self.first = first
            self.every = every
            self.count = count
        }
    }

    private static let ruleBytes = 256
    private static let rules = 16
    private static let pathBytes = 184
    private let folder: ScratchFolder
    private let page: Int32
    private let library: String

    /// Where no C compiler is at hand the test is skipped. `generations`: 2 if what the program starts is to meet the
    /// faults too.
    package init(generations: Int = 1) throws {
        library = try Self.neededLibrary()
        self.generations = generations
        folder = try ScratchFolder()
        try folder.write("rules", [UInt8](repeating: 0, count: Self.ruleBytes * Self.rules + 8))
        page = unsafe Glibc.open(folder.path("rules"), O_RDWR)
    }

    private let generations: Int

    deinit { close(page) }

    package var environment: [(name: String, value: String)] {
        [
            ("LD_PRELOAD", library), ("FAULTY_KERNEL", folder.path("rules")),
            ("FAULTY_KERNEL_GENERATIONS", "\(generations)"),
        ]
    }

    /// In force from now on, its counts at zero; `place` is one of sixteen, of which the lower goes first.
    package func set(_ rule: Rule, at place: Int = 0) {
        clear(place)
        let does =
            switch rule.effect {
            case .fails(let code): Int64(code)
            case .cuts(let count): -Int64(count)
            }
        let words: [UInt64] = [
            0, rule.calls.rawValue, UInt64(rule.port), UInt64(rule.first), UInt64(rule.every), UInt64(rule.count),
            UInt64(bitPattern: does), 0, 0,
        ]
        var bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        let path = Array(rule.path.utf8)
        precondition(path.count < Self.pathBytes, "\(rule.path) is too long for a rule")
        bytes += path + [UInt8](repeating: 0, count: Self.pathBytes - path.count)
        put(bytes, at: place * Self.ruleBytes)
        put([1, 0, 0, 0, 0, 0, 0, 0], at: place * Self.ruleBytes)
    }

    package func clear(_ place: Int = 0) { put([UInt8](repeating: 0, count: 8), at: place * Self.ruleBytes) }
    package func clearAll() { for place in 0..<Self.rules { clear(place) } }

    /// By how much the wall clock goes before the true one, from now on; clocks that only go on stay as they are.
    package func setWallClock(aheadBy seconds: Int64) {
        let word = UInt64(bitPattern: seconds)
        put((0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }, at: Self.ruleBytes * Self.rules)
    }

    /// How many calls the rule met, and on how many it acted.
    package func counts(_ place: Int = 0) -> (seen: Int, acted: Int) {
        var bytes = [UInt8](repeating: 0, count: 16)
        // At most as many bytes are stored as the array has.
        let count = unsafe pread(page, &bytes, 16, off_t(place * Self.ruleBytes + 56))
        precondition(count == 16, "the page of rules is gone")
        func word(_ start: Int) -> Int { (0..<8).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) } }
        return (word(0), word(8))
    }

    private func put(_ bytes: [UInt8], at offset: Int) {
        precondition(unsafe pwrite(page, bytes, bytes.count, off_t(offset)) == bytes.count, "the page of rules is gone")
    }

    // MARK: - The library

    /// Built once for each run of the tests, beside the program; nil without a compiler.
    private static let library = Result { try build() }

    private static func neededLibrary() throws -> String {
        guard let built = try library.get() else { try Test.cancel("this machine has no 'clang'") }
        return built
    }

    private static func build() throws -> String? {
        guard let compiler = ForeignProgram("clang") else { return nil }
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let target =
            BuiltProgram.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/") + "/faulty-kernel.so"
        // Another run of the tests may use the one that is there.
        let beside = target + ".\(getpid())"
        let outcome = try compiler.run([
            "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-fuse-ld=lld", "-o", beside,
            root + "/Tests/FaultyKernel/kernel.c",
        ])
        guard outcome.status == 0, unsafe rename(beside, target) == 0 else {
            throw NotBuilt(description: "Tests/FaultyKernel/kernel.c: \(outcome.output)")
        }
        return target
    }

    struct NotBuilt: Error, CustomStringConvertible { var description: String }
}

/// How much of a sweep is done: by ./run test some of its points, each time the same; by hand, with
/// `WORKCLAIM_FAULT_SWEEP=full`, all.
package enum FaultSweep {
    package static let isFull = unsafe getenv("WORKCLAIM_FAULT_SWEEP").map { unsafe String(cString: $0) } == "full"
    /// From one point to the next.
    package static func stride(_ usual: Int) -> Int { isFull ? 1 : usual }
    /// All of them, or the first ones.
    package static func some<Element>(_ count: Int, of all: [Element]) -> [Element] {
        isFull ? all : Array(all.prefix(count))
    }
}

/// Descriptors that a process has.
package func openDescriptors(of pid: Int32) -> Int {
    guard let folder = unsafe opendir("/proc/\(pid)/fd") else { return -1 }
    defer { unsafe closedir(folder) }
    var count = -2
    while unsafe readdir(folder) != nil { count += 1 }
    return count
}
