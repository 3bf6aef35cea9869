import FoundationEssentials

/// The program that is tested, as it was built beside the tests.
package enum BuiltProgram {
    package static let path: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return tests.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/workclaim"
    }()

    /// What it is to be told in every environment that does not inherit ours: no backtraces, and our sanitizer's options.
    package static let environment: [(String, String)] = {
        let ours = ProcessInfo.processInfo.environment
        let options = ["ASAN_OPTIONS", "TSAN_OPTIONS"].compactMap { name in ours[name].map { (name, $0) } }
        return [("SWIFT_BACKTRACE", "enable=no")] + options
    }()

    /// A sanitizer watches it (`./run test --sanitize`): what it holds of memory says nothing then.
    package static let isSanitized = ProcessInfo.processInfo.environment["WORKCLAIM_SANITIZED"] != nil
}
