package import Ownership
package import Telemetry

/// The admission metrics of one reactor: cells of its own, so that reactors do not write to the same memory.
package struct AdmissionMetrics: Sendable {
    private let outcomes: [Counter]
    package let malformed: Counter
    package let duration: Histogram

    package init(_ registry: MetricsRegistry) {
        let family = registry.counter(
            "workclaim_admissions_total",
            "Admission reviews answered, by what was done.",
            labels: ["outcome"]
        )
        outcomes = AdmissionDecision.Outcome.allCases.map { family.ownCell($0.rawValue) }
        malformed = family.ownCell("malformed")
        duration =
            registry.histogram(
                "workclaim_admission_duration_seconds",
                "From the last byte of a review to its answer.",
                bounds: [0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.1, 1]
            ).ownCell()
    }

    package func count(_ outcome: AdmissionDecision.Outcome) {
        switch outcome {
        case .filled: outcomes[0].add()
        case .released: outcomes[1].add()
        case .restored: outcomes[2].add()
        case .untouched: outcomes[3].add()
        case .unowned: outcomes[4].add()
        }
    }
}
