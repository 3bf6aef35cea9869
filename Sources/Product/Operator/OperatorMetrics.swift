package import Telemetry

/// What an operator counts.
package struct OperatorMetrics: Sendable {
    /// 1 while the seat is held.
    let held: Gauge
    let tasks: Gauge
    let fences: Counter
    let fencedWrites: Counter
    let claims: Counter
    let seconds: Histogram
    let outcomes: Family<Counter>
    let callFailures: Counter

    package init(_ registry: MetricsRegistry) {
        held = registry.gauge("workclaim_seat_held", "1 while this pod holds its seat.")[]
        tasks = registry.gauge("workclaim_tasks", "Tasks of the seat that are not finished.")[]
        fences = registry.counter("workclaim_seat_fences_total", "Times the seat was lost.")[]
        fencedWrites =
            registry.counter(
                "workclaim_fenced_writes_total",
                "Writes of tasks that were given up because the task or the seat had moved on."
            )[]
        claims = registry.counter("workclaim_claims_total", "Tasks claimed that nobody owned.")[]
        seconds = registry.histogram("workclaim_task_seconds", "How long tries took.")[]
        outcomes = registry.counter("workclaim_tries_total", "Tries by their outcome.", labels: ["phase"])
        callFailures = registry.counter("workclaim_lease_call_failures_total", "Lease calls that failed.")[]
    }
}
