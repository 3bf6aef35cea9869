internal import Ownership
internal import Simulation
internal import Wire

/// `workclaim simulate --mutations`: whether the checkers notice what they are there for.
package struct MutationRun: Sendable {
    private let configuration: SimulateConfiguration
    private let say: @Sendable (String) -> Void

    package init(_ configuration: SimulateConfiguration, say: @escaping @Sendable (String) -> Void) {
        self.configuration = configuration
        self.say = say
    }

    /// True if every one was found.
    package func run() async throws -> Bool {
        let manifests = try SimulatedManifests(folder: configuration.manifests)
        let (chosen, jobs) = (configuration.omissions, configuration.jobs)
        let trials = MutationTrial.all.filter { chosen.isEmpty || chosen.contains($0.omission) }
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            for job in 0..<jobs {
                group.addTask {
                    try stride(from: job, to: trials.count, by: jobs).map { try self.run(trials[$0], manifests) }
                        .allSatisfy { $0 }
                }
            }
            return try await group.reduce(true) { $0 && $1 }
        }
    }

    private func run(_ trial: MutationTrial, _ manifests: SimulatedManifests) throws -> Bool {
        let cluster = try manifests.prepare(omitsRules: trial.omissions.contains(.putEmpties))
        guard let found = trial.run(cluster: cluster, from: configuration.seed) else {
            say("\(trial.name): NOT found within \(trial.seedsMax) seeds")
            return false
        }
        say("\(trial.name): found by seed \(found.seeds) of at most \(trial.seedsMax), \(found.violation)")
        return true
    }
}
