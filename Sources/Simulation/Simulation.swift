// Simulation: a whole cluster on one thread under one seed. The product's own machines (ReplicaMachine, SeatMachine,
// WatchMachine, MembershipView, AdmissionDecision) and the embedded API server's own rules (ClusterCore) run by virtual
// time, in a world where messages are lost, clocks drift and pods die; checkers look at every step. Same seed, same bytes.
// Next door: Product reads the manifests, runs many seeds and prints; Ownership and ClusterCore are what is tried here.

import ClusterCore
import KubeModel
import Ownership
import Wire

/// One run of one scenario. Its parts: +Server and +Network (API servers and the ways to them), +Process (operator pods),
/// +Webhook, +Pods and +Workload (kubelet and controllers), +Faults, +Users, +Observation (what the checkers are shown).
package struct Simulation {
    package let scenario: Scenario

    /// The world's own time, which no machine sees.
    var now = MonotonicInstant(nanoseconds: 0)
    var queue = EventQueue<Occurrence>()
    var random: SeededRandom
    var happenings = 0

    var core: ClusterCore
    var network = Network()
    var processes: [SimulatedProcess] = []
    var pods: [SimulatedPod] = []
    var nodes: [SimulatedNode] = []
    var workload: Workload
    var webhook: SimulatedWebhook
    var runs: [SimulatedRun] = []
    var trouble = Trouble()

    var safety = SafetyChecker()
    var liveness: LivenessChecker
    var leases = LeaseChecker()
    var claims = ClaimChecker()
    var traffic: TrafficChecker
    package private(set) var counts = FlowCounts()
    package let story: Story
    package private(set) var violation: Violation?

    /// `cluster` has the project's CRD and webhook configuration in it.
    package init(_ scenario: Scenario, cluster: PreparedCluster, tellsStory: Bool = false) {
        self.scenario = scenario
        random = SeededRandom(seed: scenario.seed)
        core = cluster.core
        core.reseed(random.next())
        workload = Workload(scenario.workload, replicas: scenario.pods)
        webhook = SimulatedWebhook(seed: random.next(), fillsEmptied: scenario.omissions.contains(.putEmpties))
        traffic = TrafficChecker(recount: scenario.pace.recount)
        liveness = LivenessChecker(duration: scenario.profiles.map(\.duration).max() ?? .zero)
        story = Story(isTold: tellsStory)
        network.servers = (0..<Network.serverCount).map { _ in
            APIServer(lag: random.within(.milliseconds(1)...(.milliseconds(20))))
        }
        nodes = (0..<scenario.nodes).map { number in
            let most = Int(SimulationLimits.clockErrorMax)
            return SimulatedNode(
                name: "node-\(number)",
                clock: NodeClock(
                    offset: random.within(.seconds(10)...(.seconds(1_000_000))),
                    error: Int64(random.within(-most...most))
                ),
                wallSkew: random.within(.zero...(.seconds(1)))
            )
        }
    }

    /// To the end, or to the first violation.
    package mutating func run() -> SimulationReport {
        begin()
        let end = MonotonicInstant(nanoseconds: 0) + scenario.duration
        let most = max(
            SimulationLimits.happeningsMax,
            scenario.tasks.count * SimulationLimits.happeningsPerTaskMax
        )
        while violation == nil, let (at, occurrence) = queue.next(), at <= end {
            now = max(now, at)
            happenings += 1
            guard happenings < most else {
                violate(.livelock, "more than \(most) happenings")
                break
            }
            happen(occurrence)
        }
        if violation == nil { checkEnd() }
        return SimulationReport(
            violation: violation,
            counts: counts,
            recoveries: liveness.longest,
            traffic: traffic.most,
            happenings: happenings,
            seconds: Double((now - MonotonicInstant(nanoseconds: 0)).wholeMilliseconds) / 1_000
        )
    }

    private mutating func begin() {
        story.tell(now, "world", "\(scenario.workload.rawValue), \(scenario.pods) pods, \(scenario.tasks.count) tasks")
        // The first pods come as those of a scale-up.
        liveness.troubled(by: .scale, from: now, until: now)
        observe()
        startWebhook()
        for (index, plan) in scenario.tasks.enumerated() { at(.zero + plan.at, .taskIsCreated(index)) }
        for (index, fault) in scenario.faults.enumerated() { at(.zero + fault.at, .faultBegins(index)) }
        at(.zero, .workloadLooks)
        at(.seconds(1), .checks)
        at(.seconds(1), .serverTicks)
    }

    private mutating func happen(_ occurrence: Occurrence) {
        switch occurrence {
        case .requestArrives(let call): requestArrives(call)
        case .answerArrives(let call): answerArrives(call)
        case .callTimesOut(let call): callTimesOut(call)
        case .streamSays(let stream, let saying): streamSays(stream, saying)
        case .linkBreaks(let pod, let fault): linkBreaks(pod, fault)
        case .message(let process, let message): deliver(message, to: process)
        case .runEnds(let run): runEnds(run)
        case .guardLooks(let run): guardLooks(run)
        case .webhookAnswers(let call): webhookAnswers(call)
        case .webhookTicks: webhookTicks()
        case .webhookWatch(let index, let serial, let event): webhookWatch(index, serial, event)
        case .pod(let pod, let step): podSteps(pod, step)
        case .endpointsAreWritten: writeEndpoints()
        case .workloadLooks: workloadLooks()
        case .faultBegins(let index): faultBegins(index)
        case .faultEnds(let index): faultEnds(index)
        case .revengeEnds(let process, let revenge): revengeEnds(process, revenge)
        case .taskIsCreated(let index): createTask(index)
        case .finalizerIsRemoved(let key): removeFinalizer(key)
        case .serverTicks:
            step(.tick, cause: nil)
            at(.seconds(1), .serverTicks)
        case .checks: check()
        }
    }

    // MARK: - Parts

    mutating func at(_ delay: Duration, _ occurrence: Occurrence) { queue.add(occurrence, at: now + max(.zero, delay)) }

    /// The first violation counts; what follows may be its consequence.
    mutating func violate(_ rule: Violation.Rule, _ text: String) {
        // Whoever lacks that rule asks in vain again and again; that is not what it is tried for.
        guard violation == nil, rule != .traffic || !scenario.omissions.contains(.startBeforeFence) else { return }
        violation = Violation(rule: rule, at: now, text: text)
        story.tell(now, "checker", "VIOLATION of \(rule.rawValue): \(text)")
    }

    mutating func count(_ change: (inout FlowCounts) -> Void) { change(&counts) }

    func tell(_ who: @autoclosure () -> String, _ what: @autoclosure () -> String) {
        if story.isTold { story.tell(now, who(), what()) }
    }

    var clusterTime: ClusterTime { ClusterTime(monotonic: now, wall: wall(skew: .zero)) }

    /// 2026-11-22, and what has passed since.
    func wall(skew: Duration) -> Timestamp {
        let microseconds = (now + skew).nanoseconds / 1_000
        return Timestamp(seconds: 1_795_365_480 + microseconds / 1_000_000, microseconds: microseconds % 1_000_000)
    }
}
