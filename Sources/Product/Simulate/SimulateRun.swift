internal import LinuxIO
internal import Ownership
internal import Simulation
internal import Wire

/// `workclaim simulate`: runs seeds, says what they came to, and tells the story of the first that fails.
package struct SimulateRun: Sendable {
    private let configuration: SimulateConfiguration
    private let say: @Sendable (String) -> Void

    package init(_ configuration: SimulateConfiguration, say: @escaping @Sendable (String) -> Void) {
        self.configuration = configuration
        self.say = say
    }

    /// True if no promise was broken.
    package func run() async throws -> Bool {
        let manifests = try SimulatedManifests(folder: configuration.manifests)
        if configuration.seeds == 1 {
            let seed = configuration.seed
            let cluster = try manifests.prepare(omitsRules: omitsRules)
            var simulation = Simulation(scenario(seed), cluster: cluster, tellsStory: configuration.tellsStory)
            var tally = Tally()
            tally.add(simulation.run(), seed: seed)
            for line in simulation.story.lines { say(line) }
            return try conclude(tally, cluster)
        }
        let begun = BootClock.now()
        let tally = try await withThrowingTaskGroup(of: Tally.self) { group in
            for job in 0..<configuration.jobs {
                group.addTask { try self.work(job, try manifests.prepare(omitsRules: self.omitsRules)) }
            }
            return try await group.reduce(into: Tally()) { $0.add($1) }
        }
        let wall = BootClock.now() - begun
        say(
            "\(tally.runs) seeds in \(Self.seconds(wall)) s: \(tally.happenings) happenings in \(Int(tally.seconds)) virtual seconds"
        )
        return try conclude(tally, try manifests.prepare(omitsRules: omitsRules))
    }

    /// Every so many seeds; it ends at its first failure, unless failures are what is counted.
    private func work(_ job: Int, _ cluster: PreparedCluster) throws -> Tally {
        var tally = Tally()
        for index in stride(from: job, to: configuration.seeds, by: configuration.jobs) {
            try Task.checkCancellation()
            let seed = configuration.seed &+ UInt64(index)
            var simulation = Simulation(scenario(seed), cluster: cluster)
            tally.add(simulation.run(), seed: seed)
            if tally.failures.count >= Self.failuresShown { break }
        }
        return tally
    }

    private static let failuresShown = 25

    private func scenario(_ seed: UInt64) -> Scenario {
        Scenario(seed: seed, size: configuration.size, omissions: configuration.omissions)
    }

    private var omitsRules: Bool { configuration.omissions.contains(.putEmpties) }

    private func conclude(_ tally: Tally, _ cluster: PreparedCluster) throws -> Bool {
        for line in SimulateReport.lines(tally) { say(line) }
        guard let first = tally.failures.first else { return true }
        for failure in tally.failures { say("seed \(failure.seed): \(failure.violation)") }
        guard configuration.shrinks, !configuration.tellsStory else { return false }
        var shrinker = Shrinker(cluster: cluster, rule: first.violation.rule)
        let small = shrinker.shrink(scenario(first.seed))
        say(
            "the shortest story of seed \(first.seed): \(small.faults.count) faults, \(small.tasks.count) tasks, \(small.pods) pods"
        )
        var simulation = Simulation(small, cluster: cluster, tellsStory: true)
        _ = simulation.run()
        for line in simulation.story.lines { say(line) }
        return false
    }

    private static func seconds(_ duration: Duration) -> String {
        "\(duration.wholeMilliseconds / 1_000).\(duration.wholeMilliseconds % 1_000 / 100)"
    }
}
