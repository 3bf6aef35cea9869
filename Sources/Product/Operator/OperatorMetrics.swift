import LinuxIO
import Ownership
import Telemetry
import Wire

/// What an operator counts. Counters are raised by `count`; gauges are read when somebody asks.
struct OperatorMetrics: Sendable {
    private let fences: Counter
    private let adoptions: Family<Counter>
    private let handovers: Counter
    private let fencedWrites: Counter
    private let claims: Counter
    private let moves: Counter
    private let unknownOutcomes: Counter
    private let seconds: Histogram
    private let outcomes: Family<Counter>
    let callFailures: Counter

    /// Seconds: a handler may take the time of an HTTP call, or an hour.
    static let tryBounds: [Double] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600]

    init(_ registry: MetricsRegistry, _ status: OperatorStatus) {
        fences = registry.counter("workclaim_seat_fences_total", "Times a seat was lost.")[]
        adoptions = registry.counter(
            "workclaim_adoptions_total",
            "Seats of others that were taken over, by why.",
            labels: ["reason"]
        )
        // There from the start: a rate does not see the step from no series to 1.
        for reason: ReplicaNote.AdoptionReason in [.silent, .proven, .released, .absent] {
            adoptions["\(reason)"].add(0)
        }
        handovers = registry.counter("workclaim_handovers_total", "Seats let go of in order, to an heir or nobody.")[]
        fencedWrites =
            registry.counter(
                "workclaim_fenced_writes_total",
                "Writes of tasks that were given up because the task or the seat had moved on."
            )[]
        claims = registry.counter("workclaim_claims_total", "Tasks claimed that nobody owned.")[]
        moves = registry.counter("workclaim_moves_total", "Tasks given to another owner.")[]
        unknownOutcomes =
            registry.counter("workclaim_unknown_outcomes_total", "Moves whose outcome a re-claim had to settle.")[]
        seconds = registry.histogram("workclaim_try_duration_seconds", "How long tries took.", bounds: Self.tryBounds)[]
        outcomes = registry.counter("workclaim_tries_total", "Tries by their outcome.", labels: ["phase"])
        for phase: TaskStatus.Phase in [.pending, .succeeded, .failed] { outcomes[phase.rawValue].add(0) }
        callFailures = registry.counter("workclaim_lease_call_failures_total", "Lease calls that failed.")[]
        Self.addGauges(registry, status)
    }

    private static func addGauges(_ registry: MetricsRegistry, _ status: OperatorStatus) {
        func gauge(
            _ name: String,
            _ help: String,
            labels: [String] = [],
            _ samples: @escaping @Sendable () -> [(labels: [String], value: Double)]
        ) {
            registry.computed(name, help, kind: .gauge, labels: labels, samples)
        }
        gauge("workclaim_seat_held", "1 while this pod holds the seat.", labels: ["seat"]) {
            status.margins(now: BootClock.now()).map { (labels: [$0.seat], value: 1) }
        }
        gauge("workclaim_fence_margin_seconds", "Until the seat is lost unless it is renewed.", labels: ["seat"]) {
            status.margins(now: BootClock.now()).map { (labels: [$0.seat], value: $0.left.seconds) }
        }
        gauge("workclaim_tasks", "Tasks of the seat that are not finished.", labels: ["seat"]) {
            status.summary.seats.map { (labels: [$0.name], value: Double($0.tasks)) }
        }
        gauge("workclaim_adopted_seats", "Seats held that are named after other pods.") {
            [(labels: [], value: Double(status.summary.seats.count { $0.kind != .own }))]
        }
        gauge("workclaim_tasks_running", "Handlers at work.") {
            [(labels: [], value: Double(status.summary.running))]
        }
        gauge("workclaim_unowned_tasks", "Tasks that nobody owns.") {
            [(labels: [], value: Double(status.summary.unowned))]
        }
        gauge("workclaim_oldest_unowned_seconds", "For how long the oldest of them has been seen so.") {
            [(labels: [], value: status.summary.oldestUnowned.seconds)]
        }
    }

    func count(_ note: ReplicaNote) {
        switch note {
        case .seatLost: fences.add()
        case .adopting(_, let why): adoptions["\(why)"].add()
        case .handedOver: handovers.add()
        case .tryEnded(_, let verdict, let took):
            outcomes[verdict.phase.rawValue].add()
            seconds.observe(took)
        case .statusFenced: fencedWrites.add()
        case .claimed: claims.add()
        case .released, .moved: moves.add()
        case .outcomeUnknown: unknownOutcomes.add()
        case .seatHeld, .notAdopted, .listed, .watchTroubled, .statusRefused, .reclaimed, .expired, .unreadable,
            .draining,
            .heirChosen, .noHeir, .estateRemoved, .ownerWithoutLease, .ownerIsNoPod, .auditFailed:
            break
        }
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(wholeNanoseconds) / 1e9 }
}
