package import Ownership

/// How large the scenarios are that seeds make.
package struct ScenarioSize: Sendable, Equatable {
    package var pods: ClosedRange<Int> = 5...6
    package var tasks: ClosedRange<Int> = 8...20
    package var duration: Duration = .seconds(120)
    package var faults: ClosedRange<Int> = 3...7
    /// A ping is sent after five seconds, and waited for as long.
    package var deadLink: ClosedRange<Duration> = .seconds(5)...(.seconds(10))
    /// How many of a thousand writes of tasks that are held up on their way are waited for as long as a server may take to
    /// answer; the others are given up as those on a dead way are.
    package var patience = 500
    /// Between two counts of what a pod has beyond its share.
    package var recount: ClosedRange<Duration> = .seconds(3)...(.seconds(12))
    /// The end, in which nothing new goes wrong.
    package var quietTail = LivenessBounds.quietTail
    /// What all trouble is about; nil: the seed decides, also for no theme at all.
    package var theme: FaultTheme?
    /// Every task is a moment's work and succeeds at once: for counting what many cost.
    package var isPlain = false

    package init() {}

    /// Few of all, and much trouble: for looking for one mistake.
    package static func dense(_ theme: FaultTheme? = nil) -> ScenarioSize {
        var size = ScenarioSize()
        size.pods = 3...4
        size.tasks = 6...10
        size.faults = 6...10
        size.duration = .seconds(60)
        size.quietTail = .seconds(15)
        size.deadLink = .seconds(5)...(.seconds(5))
        size.recount = .seconds(1)...(.seconds(1))
        size.patience = 0
        size.theme = theme
        return size
    }
}

extension Scenario {
    /// What each part draws has its own numbers, so that a change of one leaves the others as they were.
    package init(seed: UInt64, size: ScenarioSize = ScenarioSize(), omissions: Set<Omission> = []) {
        var random = SeededRandom(seed: seed)
        var (shape, work, trouble) = (
            SeededRandom(seed: random.next()), SeededRandom(seed: random.next()), SeededRandom(seed: random.next())
        )
        self.seed = random.next()
        self.omissions = omissions
        workload = shape.happens(perMille: 500) ? .deployment : .statefulSet
        pods = shape.within(size.pods)
        nodes = min(pods, 4)
        profiles =
            switch shape.below(10) {
            case 0..<6: [.standard]
            case 6..<8: [.fast]
            case 8: [.standard, .fast]
            default: [.calm, .standard]
            }
        duration = size.duration
        pace = Self.pace(&shape)
        deadLink = shape.within(size.deadLink)
        pace.recount = shape.within(size.recount)
        patience = size.patience
        let end = duration - size.quietTail
        tasks =
            size.isPlain
            ? Self.plainTasks(work.within(size.tasks), until: max(.seconds(10), end), &work)
            : Self.tasks(work.within(size.tasks), until: max(.seconds(10), end), &work)
        faults = Self.faults(trouble.within(size.faults), until: max(.seconds(12), end), size.theme, &trouble)
    }

    /// Background work is quickened, or two minutes would not see it.
    private static func pace(_ random: inout SeededRandom) -> ReplicaPace {
        var pace = ReplicaPace()
        pace.settle = random.pick([.seconds(1), .seconds(2), .seconds(5)])
        pace.movesPerSecond = random.pick([2, 10, 20])
        pace.emptyEstate = .seconds(15)
        pace.leaseList = random.pick([.seconds(8), .seconds(20)])
        pace.audit = .seconds(10)
        pace.auditAfterChange = .seconds(3)
        return pace
    }

    private static func tasks(_ count: Int, until end: Duration, _ random: inout SeededRandom) -> [TaskPlan] {
        (0..<count).map { number in
            TaskPlan(
                number: number,
                at: random.within(.seconds(1)...end),
                // Most take a moment, some are there all the time.
                work: random.happens(perMille: 600)
                    ? random.within(.milliseconds(20)...(.seconds(3)))
                    : random.within(.seconds(10)...(.seconds(200))),
                isNamed: random.happens(perMille: 700),
                hasFinalizer: random.happens(perMille: 100),
                ttlSeconds: random.happens(perMille: 250) ? random.within(1...20) : nil,
                failures: random.happens(perMille: 150) ? random.within(1...2) : 0,
                repeats: random.happens(perMille: 150) ? random.within(1...3) : 0,
                isPeriodic: random.happens(perMille: 450)
            )
        }
    }

    private static func plainTasks(_ count: Int, until end: Duration, _ random: inout SeededRandom) -> [TaskPlan] {
        (0..<count).map { number in
            TaskPlan(
                number: number,
                at: random.within(.seconds(5)...end),
                work: random.within(.milliseconds(20)...(.milliseconds(500))),
                isNamed: true,
                hasFinalizer: false,
                failures: 0,
                repeats: 0
            )
        }
    }

    private static func faults(
        _ count: Int,
        until end: Duration,
        _ chosen: FaultTheme?,
        _ random: inout SeededRandom
    ) -> [Fault] {
        // Some seeds are all about one kind of trouble: rare meetings of the same two need many of both.
        let drawn = random.happens(perMille: 400) ? random.pick(FaultTheme.drawn) : nil
        let theme = chosen ?? drawn
        if theme == .pursuits || theme == .farewells {
            return pursuits(count, until: end, isLeaving: theme == .farewells, &random)
        }
        if theme == .claims { return claims(until: end, &random) }
        return (0..<count).map { _ in
            let kind = theme.flatMap { random.happens(perMille: 700) ? $0.kind(&random) : nil }
            return Fault(
                at: random.within(.seconds(6)...(end - .seconds(2))),
                lasting: .zero,
                kind: kind ?? FaultTheme.any(&random)
            )
            .lasting(&random, until: end)
        }
        .sorted { $0.at < $1.at }
    }
}

extension Scenario {
    /// One after another: something that makes tasks move, the prey that is lain in wait for, and watches that lag when it
    /// comes to pass.
    private static func pursuits(
        _ count: Int,
        until end: Duration,
        isLeaving: Bool,
        _ random: inout SeededRandom
    ) -> [Fault] {
        var faults: [Fault] = []
        for _ in 0..<max(1, count / 4) {
            let at = random.within(.seconds(6)...(end - .seconds(4)))
            // A sender that is to go: its heir lists after `by`, and will not see for as long what comes after that.
            let by = random.within(.milliseconds(100)...(isLeaving ? .milliseconds(1_500) : .seconds(4)))
            let server = random.below(64)
            let lag = Fault.Kind.watchLag(server: server, by: by)
            faults += [
                Fault(
                    at: at,
                    lasting: .zero,
                    kind: .ambush(isLeaving ? .farewell(after: by, &random) : .pursuit(&random))
                ),
                Fault(
                    at: at + .milliseconds(1),
                    lasting: .zero,
                    kind: random.pick([.scale(by: 1), .drain(pod: random.below(64)), .crash(pod: random.below(64))])
                ),
                Fault(at: isLeaving ? at : at + .seconds(1), lasting: min(.seconds(20), end - at), kind: lag),
            ]
            if isLeaving {
                // Only the receiver's server is up to date.
                let second = Fault.Kind.watchLag(server: server + 1, by: by)
                faults.append(Fault(at: at, lasting: min(.seconds(20), end - at), kind: second))
            } else if random.happens(perMille: 400) {
                faults.append(Fault(at: at + .seconds(2), lasting: min(.seconds(20), end - at), kind: .webhookDown))
            }
        }
        return faults.sorted { $0.at < $1.at }
    }
}

extension Scenario {
    /// A pod is gone and another has taken its seat; then all lose the seats of their own, while no webhook answers.
    private static func claims(until end: Duration, _ random: inout SeededRandom) -> [Fault] {
        let at = random.within(.seconds(6)...max(.seconds(6), end - .seconds(40)))
        let deletion = at + random.within(.seconds(6)...(.seconds(18)))
        return [
            Fault(at: at, lasting: end - at, kind: .nodeLoss(node: random.below(64))),
            Fault(at: deletion - .seconds(1), lasting: .seconds(12), kind: .webhookDown),
            Fault(at: deletion, lasting: .zero, kind: .ownLeasesDeletion),
        ]
    }
}

extension Fault {
    fileprivate func lasting(_ random: inout SeededRandom, until end: Duration) -> Fault {
        var fault = self
        let range: ClosedRange<Duration> =
            switch kind {
            case .pause, .starvation, .partition, .outage, .forceDeletion, .leaseDeletion(_, holderIsCutOff: true):
                .milliseconds(300)...(.seconds(18))
            case .storeStalls: .milliseconds(300)...(.seconds(12))
            case .nodeLoss: .seconds(2)...(.seconds(40))
            case .badWeather: .seconds(5)...(.seconds(40))
            case .watchLag, .webhookDown, .webhookStale, .serverDown: .seconds(1)...(.seconds(20))
            default: .zero...(.zero)
            }
        fault.lasting = random.within(range)
        fault.lasting = max(.zero, min(fault.lasting, end - fault.at))
        return fault
    }
}

extension Ambush {
    static func any(_ prey: Prey, _ random: inout SeededRandom) -> Ambush {
        let fate: Fate =
            switch random.below(10) {
            case 0: .lost
            case 1, 2: .unanswered
            case 3, 4, 5: .heldUp(random.within(.seconds(9)...(.seconds(25))))
            default: .heldUp(random.within(.milliseconds(200)...(.seconds(10))))
            }
        return Ambush(prey: prey, fate: fate, revenge: random.pick(Revenge.allCases))
    }

    static func farewell(after lag: Duration, _ random: inout SeededRandom) -> Ambush {
        Ambush(
            prey: .move,
            fate: .heldUp(lag + random.within(.milliseconds(50)...(.milliseconds(700)))),
            revenge: .drain
        )
    }

    static func pursuit(_ random: inout SeededRandom) -> Ambush {
        Ambush(
            prey: .move,
            fate: .heldUp(random.within(.milliseconds(500)...(.seconds(12)))),
            revenge: random.pick([.crash, .cutOff, .pause, .lateLeaseDeletion]),
            pursuit: random.pick([.nothing, .crash, .drain])
        )
    }
}

/// What the trouble of one seed may be about.
package enum FaultTheme: String, Sendable, CaseIterable {
    case lateWrites, ambushes, leases, restarts, handovers, lag, users, membership
    /// Moves that come to pass late, or just before their sender goes, and whose receivers do not last.
    case pursuits
    /// Heirs whose seats are taken over in the moment in which they take them up.
    case inheritances
    /// Moves that come to pass while their sender hands its seat over.
    case farewells
    /// Tasks that nobody owns while no pod has a seat of its own.
    case claims

    /// What seeds choose among; the others are there to be asked for.
    static let drawn: [FaultTheme] = [
        .lateWrites, .ambushes, .leases, .restarts, .handovers, .lag, .users, .membership,
    ]

    func kind(_ random: inout SeededRandom) -> Fault.Kind {
        let (pod, task) = (random.below(64), random.below(64))
        switch self {
        case .lateWrites:
            return random.pick([
                .badWeather(Weather(requestLost: 40, requestLate: random.pick([60, 200]), answerLost: 60)),
                .ambush(.any(.move, &random)), .ambush(.any(.move, &random)), .ambush(.any(.status, &random)),
                .scale(by: 1), .crash(pod: pod),
            ])
        case .ambushes:
            return random.pick([
                .ambush(.any(.move, &random)), .ambush(.any(.move, &random)), .ambush(.any(.status, &random)),
                .ambush(.any(.claim, &random)), .ambush(.any(.seat, &random)), .webhookDown, .crash(pod: pod),
            ])
        case .leases:
            return random.pick([
                .leaseDeletion(seat: pod, holderIsCutOff: true), .leaseDeletion(seat: pod, holderIsCutOff: false),
                .ambush(.any(.move, &random)), .crash(pod: pod),
            ])
        case .restarts:
            return random.pick([.crash(pod: pod), .crash(pod: pod), .nodeLoss(node: pod), .forceDeletion(pod: pod)])
        case .handovers:
            return random.pick([
                .rollout, .drain(pod: pod), .drain(pod: pod), .scale(by: -1), .scale(by: 1),
                .ambush(.any(.move, &random)),
                .watchLag(server: pod, by: random.within(.milliseconds(100)...(.seconds(3)))),
            ])
        case .lag:
            return random.pick([
                .watchLag(server: pod, by: random.within(.milliseconds(500)...(.seconds(8)))), .watchesCut,
                .historyGone,
                .drain(pod: pod), .pause(pod: pod), .scale(by: 1),
            ])
        case .users:
            return random.pick([
                .replacement(task: task), .taskEdit(task: task), .taskDeletion(task: task), .webhookDown,
            ])
        case .pursuits: return .ambush(.pursuit(&random))
        case .inheritances:
            let heir = Ambush(prey: .inheritance, fate: .overtaken, revenge: .nothing)
            return random.pick([.ambush(heir), .drain(pod: pod), .drain(pod: pod)])
        case .farewells: return .ambush(.farewell(after: .zero, &random))
        case .claims: return random.pick([.ownLeasesDeletion, .webhookDown, .nodeLoss(node: pod)])
        case .membership:
            return random.pick([.scale(by: random.pick([-2, -1, 1, 2])), .rollout, .crash(pod: pod), .webhookStale])
        }
    }

    static func any(_ random: inout SeededRandom) -> Fault.Kind {
        let (index, other) = (random.below(64), random.below(64))
        switch random.below(25) {
        case 0: return .crash(pod: index)
        case 1: return .pause(pod: index)
        case 2: return .nodeLoss(node: index)
        case 3: return .partition(pod: index, requests: true, answers: true)
        case 4: return .partition(pod: index, requests: true, answers: false)
        case 5: return .partition(pod: index, requests: false, answers: true)
        case 6: return .outage
        case 7: return .serverDown(index)
        case 8: return .storeStalls
        case 9: return .watchLag(server: index, by: random.within(.milliseconds(200)...(.seconds(6))))
        case 10: return .watchesCut
        case 11: return .historyGone
        case 12:
            return .badWeather(
                Weather(
                    requestLost: random.below(60),
                    requestLate: random.below(100),
                    answerLost: random.below(60),
                    refused429: random.below(60),
                    refused409: random.below(30),
                    failed500: random.below(60)
                )
            )
        case 13: return .webhookDown
        case 14: return .webhookStale
        case 15: return .rollout
        case 16: return .scale(by: random.pick([-2, -1, 1, 2, 3]))
        case 17: return .drain(pod: index)
        case 18: return .forceDeletion(pod: index)
        case 19: return .leaseDeletion(seat: index, holderIsCutOff: random.happens(perMille: 300))
        case 20: return .replacement(task: other)
        case 21: return .taskDeletion(task: other)
        case 22: return .taskEdit(task: other)
        case 23: return .starvation(pod: index)
        default: return .ambush(.any(random.pick(Ambush.Prey.drawn), &random))
        }
    }
}
