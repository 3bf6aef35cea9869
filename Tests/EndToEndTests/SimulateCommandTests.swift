import TestSupport
import Testing

/// `workclaim simulate` as people run it: what it prints, and how it ends.
@Suite(.timeLimit(.minutes(5))) struct SimulateCommandTests {
    /// Small, so that a debug build ends soon.
    private static let small = [
        "simulate", "--pods", "3", "--tasks", "4", "--seconds", "60", "--tail", "15", "--manifests",
        Binary.root + "/manifests",
    ]

    /// Each process has hash seeds of its own, so whatever hung on the order of a Set or Dictionary would show.
    @Test(arguments: ["handovers", "ambushes"]) func twoProcessesTellOneStoryOfASeed(theme: String) throws {
        func story(_ seed: Int) throws -> String {
            let end = try Binary.run(
                Self.small + ["--seed", "\(seed)", "--story", "--faults", "8", "--theme", theme]
            )
            #expect(end.status == 0, "\(end.output.suffix(1_000))")
            return end.output
        }
        let told = try story(7)
        #expect(told.split(separator: "\n").count > 100)
        for _ in 0..<2 { #expect(try story(7) == told) }
        #expect(try story(8) != told)
    }

    /// Which seed shows it changes whenever what seeds draw does: the first that does, of a few.
    @Test func aSeedThatBreaksAPromiseIsExitCode1AndItsShortestStoryIsTold() throws {
        let broken = Self.small + ["--mutation", "PUT_EMPTIES", "--theme", "users", "--faults", "6-10"]
        for seed in 1...20 {
            let end = try Binary.run(broken + ["--seed", "\(seed)"])
            guard end.status != 0 else { continue }
            #expect(end.status == 1)
            let lines = end.output.split(separator: "\n")
            let verdict = lines.first { $0.hasPrefix("seed \(seed): S") }
            let title = lines.firstIndex { $0.hasPrefix("the shortest story of seed \(seed): ") }
            let rule = try #require(verdict?.split(separator: " ").dropFirst(2).first, "\(end.output)")
            try #require(title != nil, "\(end.output)")
            // The story ends with it, and with what else happened at that instant.
            let ending = lines.suffix(3).contains { $0.contains("VIOLATION of \(rule)") }
            #expect(ending, "\(end.output)")
            // Fewer faults than were drawn, and the story is there.
            let faults = lines[title ?? 0].split(separator: ": ").last?.split(separator: " ").first.flatMap { Int($0) }
            #expect((faults ?? 99) < 6 && lines.count > (title ?? 0) + 5, "\(end.output)")
            return
        }
        Issue.record("none of 20 seeds breaks a promise without the rule")
    }
}
