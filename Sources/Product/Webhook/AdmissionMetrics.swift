package import Ownership
package import Telemetry

/// The admission metrics of one reactor: cells of its own, so that reactors do not write to the same memory.
package struct AdmissionMetrics: Sendable {
    /// All made beforehand: an admission only takes its own.
    private let filled, released, restored, untouched, unowned: Counter
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
        func cell(_ outcome: AdmissionDecision.Outcome) -> Counter { family.ownCell(outcome.rawValue) }
        filled = cell(.filled)
        released = cell(.released)
        restored = cell(.restored)
        untouched = cell(.untouched)
        unowned = cell(.unowned)
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
        switch outcome {
        case .filled: filled.add()
        case .released: released.add()
        case .restored: restored.add()
        case .untouched: untouched.add()
        case .unowned: unowned.add()
        }
    }
}
