import Wire

/// Makes a failing scenario small: leaves out faults and tasks and ends it early, as long as the same rule is still broken.
/// What is left out is gone from a list, so what is left stays as it was; the chances on the way may fall differently.
package struct Shrinker {
    private let cluster: PreparedCluster
    private let rule: Violation.Rule
    private var runs = 0

    package init(cluster: PreparedCluster, rule: Violation.Rule) {
        self.cluster = cluster
        self.rule = rule
    }

    package mutating func shrink(_ scenario: Scenario) -> Scenario {
        var best = scenario
        if let end = failure(best) { best = shortened(best, end) }
        var isSmaller = true
        while isSmaller, runs < SimulationLimits.shrinkRunsMax {
            isSmaller = false
            for part in [\Scenario.faultCount, \Scenario.taskCount] {
                var size = max(1, best[keyPath: part] / 2)
                while true {
                    if let smaller = without(size, part, best) {
                        best = smaller
                        isSmaller = true
                    } else if size > 1 {
                        size /= 2
                    } else {
                        break
                    }
                }
            }
            if best.pods > 2 {
                var fewer = best
                fewer.pods -= 1
                if failure(fewer) != nil {
                    best = fewer
                    isSmaller = true
                }
            }
        }
        return best
    }

    /// The first piece of that size that is not needed.
    private mutating func without(_ size: Int, _ part: KeyPath<Scenario, Int>, _ scenario: Scenario) -> Scenario? {
        for start in stride(from: 0, to: scenario[keyPath: part], by: size) {
            guard runs < SimulationLimits.shrinkRunsMax else { return nil }
            var smaller = scenario
            let end = min(start + size, scenario[keyPath: part])
            if part == \Scenario.faultCount {
                smaller.faults.removeSubrange(start..<end)
            } else {
                smaller.tasks.removeSubrange(start..<end)
            }
            if let end = failure(smaller) { return shortened(smaller, end) }
        }
        return nil
    }

    /// When it fails; nil if it does not, or not in the same way.
    private mutating func failure(_ scenario: Scenario) -> Duration? {
        runs += 1
        var simulation = Simulation(scenario, cluster: cluster)
        guard let violation = simulation.run().violation, violation.rule == rule else { return nil }
        return .nanoseconds(violation.at.nanoseconds)
    }

    /// Nothing that is planned for later matters. (The end itself stays: some rules are about it.)
    private func shortened(_ scenario: Scenario, _ end: Duration) -> Scenario {
        var shorter = scenario
        shorter.faults.removeAll { $0.at > end }
        shorter.tasks.removeAll { $0.at > end }
        return shorter
    }
}

extension Scenario {
    fileprivate var faultCount: Int { faults.count }
    fileprivate var taskCount: Int { tasks.count }
}
