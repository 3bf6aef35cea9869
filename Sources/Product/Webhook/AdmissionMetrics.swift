package import Ownership
package import Telemetry

/// The admission metrics of one reactor: cells of its own, so that reactors do not write to the same memory.
package struct AdmissionMetrics: Sendable {
    /// All made beforehand: an admission only looks one up.
    private let outcomes: [AdmissionDecision.Outcome: Counter]
    package let malformed: Counter
    package let shed: Counter
    package let forbidden: Counter
    package let duration: Histogram

    package init(_ registry: MetricsRegistry) {
        let family = registry.counter(
            "workclaim_admissions_total",
            "Admission reviews answered, by what was done.",
            labels: ["outcome"]
        )
        outcomes = Dictionary(
            uniqueKeysWithValues: AdmissionDecision.Outcome.allCases.map { ($0, family.ownCell($0.rawValue)) }
        )
        malformed = family.ownCell("malformed")
        shed = family.ownCell("shed")
        forbidden = family.ownCell("forbidden")
        duration =
            registry.histogram(
                "workclaim_admission_duration_seconds",
                "From the last byte of a review to its answer.",
                bounds: [0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.1, 1]
            ).ownCell()
    }

    package func count(_ outcome: AdmissionDecision.Outcome) {
        outcomes[outcome]?.add()
    }
}
