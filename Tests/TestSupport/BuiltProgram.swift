import FoundationEssentials

/// The program that is tested, as it was built beside the tests.
package enum BuiltProgram {
    package static let path: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return tests.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/workclaim"
    }()
}
