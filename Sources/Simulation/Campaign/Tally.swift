/// What many runs came to.
package struct Tally: Sendable {
    package private(set) var runs = 0
    package private(set) var happenings = 0
    /// Virtual.
    package private(set) var seconds = 0.0
    package private(set) var counts = FlowCounts()
    package private(set) var recoveries: [Fault.Class: Duration] = [:]
    package private(set) var traffic = TrafficMaxima()
    /// Runs in which at least three faults came to pass.
    package private(set) var troubled = 0
    package private(set) var failures: [(seed: UInt64, violation: Violation)] = []

    package init() {}

    package mutating func add(_ report: SimulationReport, seed: UInt64) {
        runs += 1
        happenings += report.happenings
        seconds += report.seconds
        counts.add(report.counts)
        recoveries.merge(report.recoveries, uniquingKeysWith: max)
        traffic.add(report.traffic)
        if report.counts.faults.values.reduce(0, +) >= 3 { troubled += 1 }
        if let violation = report.violation { failures.append((seed, violation)) }
    }

    package mutating func add(_ other: Tally) {
        runs += other.runs
        happenings += other.happenings
        seconds += other.seconds
        counts.add(other.counts)
        recoveries.merge(other.recoveries, uniquingKeysWith: max)
        traffic.add(other.traffic)
        troubled += other.troubled
        failures = (failures + other.failures).sorted { $0.seed < $1.seed }
    }
}
