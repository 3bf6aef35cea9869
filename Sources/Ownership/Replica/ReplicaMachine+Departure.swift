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
        let candidates = fleet.members(now: now).filter { $0 != own && $0 != seat }
            .compactMap { name in fleet.sights[name].map { (name: name, sight: $0) } }
        guard !candidates.isEmpty else { return nil }
        let key = Digest64.of(seat)
        func better(_ left: (name: String, sight: Fleet.Sight), _ right: (name: String, sight: Fleet.Sight)) -> Bool {
            if configuration.name != .recurring {
                let (l, r) = (birth(ofRevision: left.sight.revision), birth(ofRevision: right.sight.revision))
                if l != r { return l > r }
                let (a, b) = (
                    left.sight.load + inherited(by: left.sight), right.sight.load + inherited(by: right.sight)
                )
                if a != b { return a < b }
            }
            let (l, r) = (Fleet.score(left.name, key), Fleet.score(right.name, key))
            return l != r ? l > r : bytewise(left.name, right.name)
        }
        return candidates.min(by: better)?.sight.holder
    }

    /// When the newest seat of a revision was made: hashes of templates have no order of their own.
    private func birth(ofRevision revision: String) -> Timestamp {
        fleet.sights.values.filter { $0.revision == revision && $0.holder?.pod == $0.lease.meta.name }
            .compactMap(\.lease.meta.creationTimestamp).max() ?? Timestamp(seconds: 0)
    }

    /// What this pod is about to hand to somebody, beside what that one has said of itself.
    private func inherited(by sight: Fleet.Sight) -> Int {
        estates.values.filter { $0.departure?.heir != nil && $0.departure?.heir == sight.holder }
            .reduce(0) { $0 + $1.unfinished }
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
        for seat in estates.keys.sorted(by: bytewise) {
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
