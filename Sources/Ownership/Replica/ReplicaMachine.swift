import KubeModel
package import Wire

/// Everything that one operator pod decides: which seats it takes, which tasks it works on, when it lets go. A value:
/// events in, actions out, no I/O, no clock; the process, the simulation and the tests run the same one. Holding a seat
/// is the business of a `SeatMachine` each, which runs beside it on a thread of its own.
///
/// Its parts: +Seats (what the seats' machines say), +Fleet (Leases of others, adoption), +Watching (what watches say of
/// tasks), +Tasks (when a task is worked on), +Status and +Moves (its writes), +Departure (hand-over of a whole seat),
/// +Watermark, +Balance (moving tasks home), +Unowned, +Housekeeping.
package struct ReplicaMachine: Sendable {
    package let configuration: ReplicaConfiguration

    var now = MonotonicInstant(nanoseconds: 0)
    var wall = Timestamp(seconds: 0)
    var actions: [Action] = []
    var random: SeededRandom
    var lastID: UInt64 = 0

    var fleet: Fleet
    /// Held, warming, or being lost; by seat.
    var estates: [String: Estate] = [:]
    /// Seats whose machine is at work, and how it came to it.
    var machines: [String: SeatMachine.Aim.Kind] = [:]
    var heldTerms = HeldTerms()
    var jobs: [ObjectKey: Job] = [:]
    var queue: WorkQueue<TaskRef>
    var backlog = Backlog()
    var runs: [RunID: ObjectKey] = [:]
    var watches: [WatchID: WatchPurpose] = [:]
    var calls: [CallID: CallPurpose] = [:]
    /// Whose Lease is being read for the start rule.
    var senders: [String: SenderCheck] = [:]
    /// Jobs that pause between two tries of a write.
    var pauses = DelayedKeys<ObjectKey>()

    var unowned = UnownedTasks()
    var expiries = DelayedKeys<TaskRef>()
    var removals = Removals()
    var load = ReplicaLoad()
    var announceAt: MonotonicInstant?
    var fleetWatch = FleetWatch()
    var balance = Balance()
    var housekeeping = Housekeeping()
    var deaths = DeathNotices()
    var containerID: String?
    /// SIGTERM has come; what runs may go on until then.
    var stoppingUntil: MonotonicInstant?
    var isFinished = false

    enum WatchPurpose: Sendable, Equatable { case leases, pods, unowned, estate(String) }

    enum CallPurpose: Sendable, Equatable {
        case sender(String)
        case awaited(String)
        case look(String)
        case job(ObjectKey)
        case claim(ObjectKey, seat: String)
        case warm(String)
        case leaseList
        case audit
        case expiry(TaskRef)
        case lastLook(String)
        case removal(String)
    }

    /// One GET of a sender's Lease serves all tasks that were seen before it was sent.
    struct SenderCheck: Sendable {
        var covered: [TaskRef]
        var isSent = false
        /// Came after the GET had been sent: the next one is theirs.
        var next: [TaskRef] = []
    }

    package init(_ configuration: ReplicaConfiguration) {
        self.configuration = configuration
        random = SeededRandom(seed: configuration.seed)
        fleet = Fleet(fallback: configuration.profile.duration)
        queue = WorkQueue(
            concurrency: configuration.concurrency,
            backoff: Backoff(base: .milliseconds(200), cap: .seconds(60)),
            seed: configuration.seed &+ 1
        )
    }

    var me: SeatIdentity { configuration.identity }
    var own: String { configuration.seat }
    var isStopping: Bool { stoppingUntil != nil }
    func omits(_ rule: Omission) -> Bool { configuration.omissions.contains(rule) }

    /// `wall` is written into objects for people, and read for the age of finished tasks.
    package mutating func step(_ event: Event, now: MonotonicInstant, wall: Timestamp) -> [Action] {
        guard !isFinished else { return [] }
        self.now = now
        self.wall = wall
        switch event {
        case .started: start()
        case .seat(let seat, let news): take(news, of: seat)
        case .watch(let id, let news): if let purpose = watches[id] { take(news, purpose) }
        case .answered(let id, let answer): if let purpose = calls.removeValue(forKey: id) { take(answer, id, purpose) }
        case .runEnded(let id, let end): if let key = runs.removeValue(forKey: id) { runEnded(key, id, end) }
        case .tick: break
        case .stopRequested: stopRequested()
        }
        advance()
        defer { actions = [] }
        return actions
    }

    /// What is due, whatever the event was.
    private mutating func advance() {
        while let key = pauses.popDue(now) { resume(key) }
        advanceDepartures()
        advanceFleet()
        advanceUnowned()
        advanceExpiries()
        advanceBalance()
        advanceHousekeeping()
        advanceWatermarks()
        work()
        readSenders()
        announce()
        finishIfDone()
    }

    /// When the next `.tick` is due.
    package var nextDeadline: MonotonicInstant? {
        if isFinished { return nil }
        let parts: [MonotonicInstant?] = [
            pauses.earliest, isStopping ? nil : queue.nextDeadline, departureDeadline, fleetDeadline, unownedDeadline,
            expiryDeadline,
            balanceDeadline, housekeepingDeadline, watermarkDeadline, announceAt,
        ]
        return parts.compactMap { $0 }.min()
    }

    // MARK: - Beginning and end

    private mutating func start() {
        command(own, .hold(.own(absenceWait: configuration.name == .fresh ? .zero : longestDuration)))
        machines[own] = .own
        watch(
            .leases,
            .leases,
            ListScope(namespace: configuration.namespace, labelSelector: "\(SeatKeys.seatLabel)=true")
        )
        watch(.pods, .pods, ListScope(namespace: configuration.namespace))
        watch(.unowned, .taskOwners, ListScope(fieldSelector: "spec.owner="))
        scheduleHousekeeping()
    }

    private mutating func finishIfDone() {
        guard isStopping, machines.isEmpty, jobs.isEmpty else { return }
        for id in watches.keys.sorted(by: { $0.number < $1.number }) { actions.append(.unwatch(id)) }
        watches = [:]
        isFinished = true
        actions.append(.finished)
    }

    /// D of the longest profile in use: an absent Lease names none.
    var longestDuration: Duration { max(SeatProfile.longestDuration, configuration.profile.duration) }

    // MARK: - Actions

    mutating func tell(_ note: ReplicaNote) { actions.append(.tell(note)) }

    mutating func command(_ seat: String, _ command: SeatCommand) { actions.append(.seat(seat, command)) }

    @discardableResult
    mutating func watch(_ purpose: WatchPurpose, _ resource: GroupVersionResource, _ scope: ListScope) -> WatchID {
        let id = WatchID(number: nextID())
        watches[id] = purpose
        actions.append(.watch(id, resource, scope))
        return id
    }

    mutating func unwatch(_ id: WatchID?) {
        guard let id, watches.removeValue(forKey: id) != nil else { return }
        actions.append(.unwatch(id))
    }

    @discardableResult
    mutating func call(_ purpose: CallPurpose, _ request: KubeRequest) -> CallID {
        let id = CallID(number: nextID())
        calls[id] = purpose
        actions.append(.call(id, request))
        return id
    }

    mutating func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    static let writeOptions = WriteOptions(fieldManager: TaskResource.fieldManager)

    /// A refusal that may pass: twice to thrice as long for every try.
    func pause(_ tries: Int) -> Duration { Job.firstPause * (1 << min(tries, 6)) }

    // MARK: - Answers

    private mutating func take(_ answer: Result<JSONValue, CallFailure>, _ id: CallID, _ purpose: CallPurpose) {
        switch purpose {
        case .sender(let seat): senderAnswered(seat, answer)
        // If it did not come through the next look at the sender asks again.
        case .awaited: break
        case .look(let seat): looked(seat, id, answer)
        case .job(let key): jobAnswered(key, id, answer)
        case .claim(let key, let seat): claimAnswered(key, seat, answer)
        case .warm(let seat): warmAnswered(seat, answer)
        case .leaseList: leasesListed(answer)
        case .audit: audited(answer)
        case .expiry(let ref): expiryAnswered(ref, answer)
        case .lastLook(let seat): lastLookAnswered(seat, answer)
        case .removal(let seat): removalAnswered(seat, answer)
        }
    }
}
