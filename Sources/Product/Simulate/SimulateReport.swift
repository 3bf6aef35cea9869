internal import Simulation
internal import Wire

/// The figures of many runs, for people.
enum SimulateReport {
    static func lines(_ tally: Tally) -> [String] {
        let counts = tally.counts
        let seconds = max(1, Int(tally.seconds))
        let faults = Fault.Class.allCases.sorted().map { "\($0.rawValue) \(counts.faults[$0] ?? 0)" }
        let recoveries = tally.recoveries.sorted { $0.key < $1.key }
            .map { "\($0.key.rawValue) \($0.value.wholeMilliseconds) ms" }
        return [
            "faults: " + faults.joined(separator: ", ") + "; three or more in \(tally.troubled) seeds",
            "tasks: \(counts.tasksCreated) created, \(counts.tasksFinished) finished, \(counts.handlersStarted) handlers started, "
                + "\(counts.statusWrites) status writes",
            "owner changes: \(counts.releases) released, \(counts.moves) moved, \(counts.claims) claimed, "
                + "\(counts.reclaims) re-claimed",
            "leases: \(counts.leaseRenewals) renewals, \(counts.leasesCreated) created, \(counts.seatsAcquired) acquired, "
                + "\(counts.seatsHandedOver) handed over, \(counts.seatsReleased) released, \(counts.leasesDeleted) deleted",
            "watch events delivered to operators: \(counts.leaseEvents) of leases, \(counts.taskEvents) of tasks; "
                + "lease writes per virtual second: \(counts.leaseWrites / seconds).\(counts.leaseWrites * 10 / seconds % 10)",
            "the most that was seen: \(tally.traffic.statusWrites) writes of a status beyond two for each start, "
                + "\(tally.traffic.moves) moves of a task while nobody came or went, \(tally.traffic.leaseWrites) writes of a Lease "
                + "in ten seconds, \(tally.traffic.requests) requests of a pod in a second",
            "longest until worked on again, by the only trouble there was: " + recoveries.joined(separator: ", "),
        ]
    }
}
