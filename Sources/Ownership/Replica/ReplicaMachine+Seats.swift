import KubeModel
import Wire

/// What the machines of the seats say.
extension ReplicaMachine {
    mutating func take(_ news: SeatNews, of seat: String) {
        switch news {
        case .granted(let tenure): granted(seat, tenure)
        case .renewed(let until): renewed(seat, until)
        case .fenced(let reason): fenced(seat, reason)
        case .stopped(let ending): stopped(seat, ending)
        }
    }

    private mutating func granted(_ seat: String, _ tenure: SeatMachine.Tenure) {
        var estate = estates[seat] ?? makeEstate(seat)
        // What is remembered of senders and of releases on their way belongs to the former term.
        estate.rule = StartRule(seat: seat, duration: longestDuration, omissions: configuration.omissions)
        estate.tenure = tenure
        estate.heldSince = now
        heldTerms.hold(seat, tenure.term)
        estate.isFenced = false
        estate.departure = nil
        estate.hasListed = false
        estate.finalVersion = tenure.finalVersion
        estate.emptiness = nil
        estate.announced = [:]
        estate.looked = nil
        estate.look = nil
        estate.rivalsUntil = rivalsUntil(seat, tenure)
        if estate.watch == nil {
            relist(&estate)
        } else if omits(.staleList) || omits(.coldHeir) || estate.hasReachedFinal {
            estate.hasListed = estate.isSynced
        } else if estate.finalVersion != nil {
            // Warm: the rest is on its way, as a rule.
            estate.listAt = now + Self.warmPatience
        } else {
            relist(&estate)
        }
        estates[seat] = estate
        tell(.seatHeld(seat, term: tenure.term, tenure.kind))
        if estate.hasListed { tell(.listed(seat, tasks: estate.tasks.count)) }
        if seat == own {
            fleet.restartTimers(now: now)
            membershipMayHaveChanged()
        }
        if let containerID { annotateContainer(seat, containerID) }
        // Before its tasks are known none of them may begin; then all are looked at.
        if isStopping { depart(seat) } else if estate.hasListed { enqueueAll(of: seat) }
    }

    /// A Lease that is made anew may have been deleted by somebody: whoever held one of its name before has stopped once the new one
    /// has been there for D.
    private func rivalsUntil(_ seat: String, _ tenure: SeatMachine.Tenure) -> MonotonicInstant {
        // A watch that lags may still show the Lease before.
        guard !tenure.mayHaveRival, let sight = fleet.sights[seat], sight.lease.meta.uid == tenure.leaseUID else {
            return now + longestDuration
        }
        return sight.bornBefore + longestDuration
    }

    /// How long an heir waits for its watch to reach what the former holder knew, before it lists.
    static let warmPatience = Duration.milliseconds(100)

    func makeEstate(_ seat: String) -> Estate {
        Estate(seat, duration: longestDuration, omissions: configuration.omissions)
    }

    /// A consistent list of the seat's tasks, made from now on.
    mutating func relist(_ estate: inout Estate) {
        unwatch(estate.watch)
        forgetTasks(&estate)
        estate.listAt = nil
        estate.watch = watch(
            .estate(estate.seat),
            .taskOwners,
            scope(of: estate.seat)
        )
    }

    private mutating func forgetTasks(_ estate: inout Estate) {
        for key in estate.tasks.keys.sorted() { set(&estate, key, nil) }
        estate.warmOrder = nil
        backlog.remove(estate.seat)
        estate.isSynced = false
        estate.reached = nil
        estate.stopping = []
        estate.waits = [:]
        estate.setbacks = [:]
        estate.unmoved = [:]
        estate.departed = [:]
    }

    private mutating func renewed(_ seat: String, _ until: MonotonicInstant) {
        guard let before = estates[seat]?.tenure?.until else { return }
        estates[seat]?.tenure?.until = until
        // The seat was renewed in time and the news of it came late: what was put off meanwhile is looked at again.
        if before <= now {
            enqueueAll(of: seat)
            if seat == own { fleetWatch.dueVersion = nil }
        }
        // The API server was out of reach for a while: that others were silent proves nothing.
        let profile = configuration.profile
        if seat == own, until - before > profile.renewal + profile.requestTimeout * 2 {
            fleet.restartTimers(now: now)
        }
    }

    private mutating func fenced(_ seat: String, _ reason: SeatMachine.FenceReason) {
        tell(.seatLost(seat, reason))
        guard var estate = estates[seat] else { return command(seat, .quiesced) }
        estate.tenure = nil
        estate.isFenced = true
        estate.departure = nil
        estates[seat] = estate
        if seat == own { membershipMayHaveChanged() }
        for key in jobKeys(of: seat) { abandon(key) }
        quiesceIfIdle(seat)
    }

    /// Nothing more is written or begun; what runs is stopped, and waited for.
    private mutating func abandon(_ key: ObjectKey) {
        guard let job = jobs[key] else { return }
        if let call = job.write.call { calls[call] = nil }
        guard let run = job.run else { return end(key) }
        jobs[key]?.isCancelled = true
        jobs[key]?.write = Job.Write()
        actions.append(.cancel(run))
    }

    func jobKeys(of seat: String) -> [ObjectKey] {
        jobs.filter { $0.value.ref.seat == seat }.keys.sorted()
    }

    /// The machine of a seat that was lost waits until its work has stopped.
    mutating func quiesceIfIdle(_ seat: String) {
        guard let estate = estates[seat], estate.isFenced, jobKeys(of: seat).isEmpty else { return }
        if omits(.staleList) { estates[seat]?.isFenced = false } else { drop(seat) }
        // Whoever leaves does not want it back: another may keep it for as long as it likes.
        if isStopping { command(seat, .release) }
        command(seat, .quiesced)
    }

    /// Forgets an estate and its watch.
    mutating func drop(_ seat: String) {
        guard var estate = estates.removeValue(forKey: seat) else { return }
        unwatch(estate.watch)
        forgetTasks(&estate)
        estates[seat] = nil
    }

    private mutating func stopped(_ seat: String, _ ending: SeatMachine.Ending) {
        let kind = machines.removeValue(forKey: seat)
        let departure = estates[seat]?.departure
        drop(seat)
        if fleet.sights[seat] == nil { heldTerms.vanish(seat) }
        switch ending {
        case .notTaken:
            tell(.notAdopted(seat, ending))
            fleet.postpone(seat, until: now + configuration.pace.rankStep * 4)
        case .lost(.leaseDeleted):
            fleet.forget(seat)
            heldTerms.forget(seat)
        case .released, .handedOver:
            if let departure { tell(.handedOver(seat, to: departure.heir?.pod ?? "")) }
            fleet.postpone(seat, until: now)
        case .lost: fleet.postpone(seat, until: now)
        }
        // The pod always wants its own seat, unless it is leaving.
        if kind == .own, !isStopping {
            machines[own] = .own
            command(own, .hold(.own(absenceWait: configuration.name == .fresh ? .zero : longestDuration)))
        }
    }

    func isHeld(_ seat: String) -> Bool { estates[seat]?.isHeld(at: now) ?? false }

    /// In name order.
    var heldSeats: [String] { seats { $0.isHeld(at: now) } }

    /// In name order. A pod may hold hundreds of seats, and most events concern one or none of them.
    func seats(where matches: (Estate) -> Bool) -> [String] {
        var names: [String] = []
        for (seat, estate) in estates where matches(estate) { names.append(seat) }
        return names.sorted(by: bytewise)
    }

    // MARK: - What the Leases say of us

    /// From the pod's own status, which may lag behind a restart: what it says later corrects it.
    mutating func containerSeen(_ id: String) {
        guard id != containerID else { return }
        containerID = id
        for seat in heldSeats { annotateContainer(seat, id) }
    }

    private mutating func annotateContainer(_ seat: String, _ id: String) {
        command(seat, .annotate([SeatKeys.containerID: "\(me.nonce)/\(id)"]))
    }

    /// The load of the pod, and per seat up to where everything that left it has been quiesced: said with the next
    /// renewal. It must be fresh then, although renewals are seconds apart, for whoever assigns forgets what it assigned
    /// before.
    mutating func announce() {
        if let announceAt, now < announceAt { return }
        announceAt = load.isDecaying ? now + ReplicaLoad.interval : nil
        let published = "\(load.published(at: now))"
        for seat in heldSeats {
            guard let estate = estates[seat], estate.departure?.phase != .leaving else { continue }
            var changes: [String: String] = [:]
            if seat == own { changes[SeatKeys.load] = published }
            if estate.hasListed, estate.stopping.isEmpty || omits(.earlyWatermark), let watermark = estate.watermark {
                changes[SeatKeys.syncedRV] = watermark.text
            }
            changes[SeatKeys.emptySince] = emptySince(estate)
            guard changes != estate.announced else { continue }
            // Whoever waits for this seat's holder to have looked waits no longer than needed.
            let isFirst = estate.announced[SeatKeys.syncedRV] == nil && changes[SeatKeys.syncedRV] != nil
            estates[seat]?.announced = changes
            command(seat, .annotate(changes))
            if isFirst, estate.tenure?.kind != .own { command(seat, .renewSoon) }
            announceAt = now + ReplicaLoad.interval
        }
    }
}
