package import Ownership

/// Everything that a seed has decided before the first moment: who there is, what is to be done, what will go wrong.
package struct Scenario: Sendable, Equatable {
    /// Of what happens by chance on the way: delays, identifiers, outcomes.
    package var seed: UInt64
    package var workload: WorkloadKind
    package var pods: Int
    package var nodes: Int
    /// Of the pods in turn.
    package var profiles: [SeatProfile]
    package var duration: Duration
    package var tasks: [TaskPlan]
    package var faults: [Fault]
    package var pace: ReplicaPace
    /// Until a client notices that nobody is there any more, by its pings (`ClusterConnections`).
    package var deadLink: Duration
    /// See `ScenarioSize.patience`.
    package var patience: Int
    /// The rules that are left out, to see whether anybody notices.
    package var omissions: Set<Omission> = []

    package enum WorkloadKind: String, Sendable { case deployment = "Deployment", statefulSet = "StatefulSet" }
}

/// A task that a user will create.
package struct TaskPlan: Sendable, Equatable {
    package var number: Int
    package var at: Duration
    package var work: Duration
    package var isNamed: Bool
    package var hasFinalizer: Bool
    package var ttlSeconds: Int?
    /// How its tries end before the last one.
    package var failures: Int
    /// Ends with "again later" so often.
    package var repeats: Int
    /// Comes back later again and again, as a controller's objects do: at rest now and then, so it can be moved.
    package var isPeriodic = false
}
