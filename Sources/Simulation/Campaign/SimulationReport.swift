/// What one run came to.
package struct SimulationReport: Sendable {
    package var violation: Violation?
    package var counts: FlowCounts
    /// The longest time until a task was worked on again, where only one class of trouble was there.
    package var recoveries: [Fault.Class: Duration]
    package var traffic: TrafficMaxima
    package var happenings: Int
    /// Virtual.
    package var seconds: Double
}
