import KubeModel
import Wire

/// Letting go of whole seats: all of them on SIGTERM, one when the pod it is named after is back.
extension ReplicaMachine {
    mutating func stopRequested() {
        guard stoppingUntil == nil else { return }
        stoppingUntil = now + configuration.drainGrace
        tell(.draining)
        for seat in machines.keys.sorted(by: bytewise) {
            // What was granted and not fenced may have work that runs, also if news of its renewal are late.
            if estates[seat]?.tenure != nil { depart(seat) } else { command(seat, .release) }
        }
        for seat in estates.keys.sorted(by: bytewise) where machines[seat] == nil { drop(seat) }
    }

    /// Names an heir, if there is one.
    mutating func depart(_ seat: String) {
        guard estates[seat]?.tenure != nil, estates[seat]?.departure == nil else { return }
        var said = [SeatKeys.draining: "true"]
        if let heir = chooseHeir(for: seat) {
            said[SeatKeys.heir] = heir.text
            estates[seat]?.departure = Estate.Departure(
                heir: heir,
                phase: .awaitingWarm(until: now + configuration.pace.heirPatience)
            )
            tell(.heirChosen(seat, heir: heir.pod))
        } else {
            estates[seat]?.departure = Estate.Departure(heir: nil, phase: .quiescing)
            tell(.noHeir(seat))
        }
        command(seat, .annotate(said))
        command(seat, .renewSoon)
    }

    /// A StatefulSet's pod will be back, so anybody keeps its seat meanwhile: the next in hash order. A Deployment's will
    /// not: of the newest revision, which will not have to go soon, the least loaded.
    private func chooseHeir(for seat: String) -> SeatIdentity? {
        let members = fleet.members(now: now).filter { $0 != own && $0 != seat }
        guard !members.isEmpty else { return nil }
        let key = Digest64.of(seat)
        let isForGood = configuration.name != .recurring
        let (births, inherited) = isForGood ? (birthsOfRevisions(), inheritedByHeirs()) : ([:], [:])
        let candidates = members.compactMap { name -> Candidate? in
            guard let sight = fleet.sights[name], let holder = sight.holder else { return nil }
            return Candidate(
                name: name,
                holder: holder,
                birth: births[sight.revision] ?? Timestamp(seconds: 0),
                load: isForGood ? sight.load + (inherited[holder.text] ?? 0) : 0,
                score: Fleet.score(name, key)
            )
        }
        return candidates.min { $0.isBetter(than: $1) }?.holder
    }

    private struct Candidate {
        let name: String
        let holder: SeatIdentity
        let birth: Timestamp
        let load: Int
        let score: UInt64

        func isBetter(than other: Candidate) -> Bool {
            if birth != other.birth { return birth > other.birth }
            if load != other.load { return load < other.load }
            return score != other.score ? score > other.score : bytewise(name, other.name)
        }
    }

    /// When the newest seat of each revision was made: hashes of templates have no order of their own.
    private func birthsOfRevisions() -> [String: Timestamp] {
        var births: [String: Timestamp] = [:]
        for (seat, sight) in fleet.sights where sight.holder?.pod == seat {
            guard let birth = sight.lease.meta.creationTimestamp else { continue }
            births[sight.revision] = max(birth, births[sight.revision] ?? birth)
        }
        return births
    }

    /// What this pod is about to hand to each, beside what that one has said of itself.
    private func inheritedByHeirs() -> [String: Int] {
        var tasks: [String: Int] = [:]
        for estate in estates.values {
            if let heir = estate.departure?.heir { tasks[heir.text, default: 0] += estate.unfinished }
        }
        return tasks
    }

    /// News of a Lease that we hold: the heir is warm, or the pod whose seat it is wants it back.
    mutating func considerDeparture(_ seat: String, _ lease: Lease) {
        guard lease.holderIdentity == me.text, isHeld(seat), let text = lease.meta.annotations[SeatKeys.warm],
            let warm = SeatIdentity(text), warm != me
        else { return }
        if let departure = estates[seat]?.departure {
            guard case .awaitingWarm = departure.phase, departure.heir == warm || warm.pod == seat else { return }
            estates[seat]?.departure = Estate.Departure(heir: warm, phase: .quiescing)
        } else if warm.pod == seat, seat != own {
            estates[seat]?.departure = Estate.Departure(heir: warm, phase: .quiescing)
            tell(.heirChosen(seat, heir: warm.pod))
        }
    }

    var departureDeadline: MonotonicInstant? {
        var times: [MonotonicInstant?] = []
        for estate in estates.values {
            switch estate.departure?.phase {
            case .awaitingWarm(let until): times.append(until)
            case .quiescing: times.append(graceEnds(estate))
            case .leaving, nil: break
            }
        }
        return times.compactMap { $0 }.min()
    }

    /// Until when what runs may end by itself; nil once it was told to stop.
    private func graceEnds(_ estate: Estate) -> MonotonicInstant? {
        let isRunning = jobs.values.contains { $0.ref.seat == estate.seat && $0.run != nil && !$0.isCancelled }
        guard isRunning else { return nil }
        return stoppingUntil ?? now
    }

    mutating func advanceDepartures() {
        for seat in seats(where: { $0.departure != nil }) {
            guard let departure = estates[seat]?.departure else { continue }
            if case .awaitingWarm(let until) = departure.phase, until <= now {
                estates[seat]?.departure = Estate.Departure(heir: nil, phase: .quiescing)
                tell(.noHeir(seat))
            }
            if estates[seat]?.departure?.phase == .quiescing { quiesce(seat) }
        }
    }

    /// What runs may end within the grace. No outcome of a write may be unknown when the seat goes: the heir could not
    /// know of it either.
    private mutating func quiesce(_ seat: String) {
        guard let estate = estates[seat], let departure = estate.departure else { return }
        if let until = graceEnds(estate), until <= now {
            for key in jobKeys(of: seat) {
                guard let run = jobs[key]?.run, jobs[key]?.isCancelled == false else { continue }
                jobs[key]?.isCancelled = true
                actions.append(.cancel(run))
            }
        }
        let left = jobKeys(of: seat).filter { key in !(omits(.handoverWithUnknown) && jobs[key]?.isMove == true) }
        guard left.isEmpty else { return }
        estates[seat]?.departure?.phase = .leaving
        estates[seat]?.tenure = nil
        if let heir = departure.heir {
            command(
                seat,
                .handOver(to: heir, finalVersion: omits(.finalVersionFromWatch) ? estate.reached : estate.learned)
            )
        } else {
            command(seat, .release)
        }
    }
}
