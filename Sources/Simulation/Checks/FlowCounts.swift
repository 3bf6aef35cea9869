/// How much of what there was: sums over any number of runs.
package struct FlowCounts: Sendable, Equatable {
    package var faults: [Fault.Class: Int] = [:]
    package var tasksCreated = 0
    package var tasksFinished = 0
    package var handlersStarted = 0
    package var statusWrites = 0
    /// Owner changes, by how: released by the owner, moved between two of its seats, claimed from nobody, re-claimed.
    package var releases = 0
    package var moves = 0
    package var claims = 0
    package var reclaims = 0
    package var leasesCreated = 0
    package var leaseRenewals = 0
    package var seatsAcquired = 0
    package var seatsHandedOver = 0
    package var seatsReleased = 0
    package var leasesDeleted = 0
    package var leaseAnnotations = 0
    /// Watch events delivered to pods.
    package var leaseEvents = 0
    package var taskEvents = 0

    package var leaseWrites: Int {
        leasesCreated + leaseRenewals + seatsAcquired + seatsHandedOver + seatsReleased + leaseAnnotations
    }

    package init() {}

    package mutating func add(_ other: FlowCounts) {
        for (fault, count) in other.faults { faults[fault, default: 0] += count }
        for path in Self.sums { self[keyPath: path] += other[keyPath: path] }
    }

    private static var sums: [WritableKeyPath<FlowCounts, Int>] {
        [
            \.tasksCreated, \.tasksFinished, \.handlersStarted, \.statusWrites, \.releases, \.moves, \.claims,
            \.reclaims,
            \.leasesCreated, \.leaseRenewals, \.seatsAcquired, \.seatsHandedOver, \.seatsReleased, \.leasesDeleted,
            \.leaseAnnotations, \.leaseEvents, \.taskEvents,
        ]
    }
}
