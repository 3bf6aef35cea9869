import KubeModel
import Wire

/// Coming by the Lease: read from the store, compared, and written by compare-and-swap.
extension SeatMachine {
    mutating func read() -> [Action] {
        let call = nextCallID()
        state = .reading(call)
        return [.get(call)]
    }

    mutating func readToAcquire(_ reading: Reading) -> [Action] {
        switch reading {
        case .failed: return isTriedOnce ? stop(.notTaken) : wait(until: now + retryPause)
        case .absent: return considerAbsence()
        case .found(let lease):
            absentSince = nil
            hasSeenLease = true
            mayHaveRival = false
            return consider(lease)
        }
    }

    /// Whoever watches the seats decides anew; only the pod's own seat is asked for again and again.
    private var isTriedOnce: Bool { aim.kind != .own }

    private mutating func consider(_ lease: Lease) -> [Action] {
        switch aim {
        case .own: return considerOwn(lease)
        case .adopt(let record, let proof):
            guard LeaseRecord(lease) == record else { return stop(.notTaken) }
            return proof == nil ? take(lease) : prove(lease)
        // A seat's that has lost its label, so nobody's watch shows it: its holder puts that back, if it is alive. One that never was a
        // seat is somebody else's, whatever a task may say.
        case .make where !lease.isSeat && lease.meta.annotations[SeatKeys.protocolVersion] != nil:
            return lease.holderIdentity.isEmpty ? take(lease) : takeAfterSilence(lease)
        case .make, .inherit: return stop(.notTaken)
        }
    }

    /// A seat that another holds is left alone until its record has stayed the same for its own duration, by our clock.
    private mutating func considerOwn(_ lease: Lease) -> [Action] {
        if lease.holderIdentity.isEmpty { return take(lease) }
        if lease.holderIdentity == seat.identity.text {
            // Handed over to us; or an acquisition of ours that nobody answered, and then the next term is safer.
            let isGift = lease.meta.annotations[SeatKeys.finalRV] != nil && lease.term != formerTerm
            return isGift ? inherit(lease) : take(lease)
        }
        return takeAfterSilence(lease)
    }

    private mutating func takeAfterSilence(_ lease: Lease) -> [Action] {
        let record = LeaseRecord(lease)
        if observed?.record != record { observed = (record, now) }
        let free = (observed?.since ?? now) + record.duration(default: profile.duration)
        if now >= free { return take(lease) }
        return proof == nil ? wait(until: free) : prove(lease)
    }

    private mutating func considerAbsence() -> [Action] {
        let absenceWait: Duration
        switch aim {
        case .own(let wait):
            absenceWait = hasSeenLease ? max(wait, SeatProfile.longestDuration, profile.duration) : wait
        case .make(let wait): absenceWait = wait
        case .adopt, .inherit: return stop(.notTaken)
        }
        let since = absentSince ?? now
        absentSince = since
        if now >= since + absenceWait || omits(.createAtOnce) { return create() }
        return wait(until: since + absenceWait)
    }

    mutating func wait(until: MonotonicInstant) -> [Action] {
        if isStopping { return stop(.notTaken) }
        state = .waiting(until: until)
        return []
    }

    // MARK: - Proof of death

    private mutating func prove(_ lease: Lease) -> [Action] {
        guard let pod = ContainerEnd.pod(of: lease, anyNonce: omits(.staleContainerID)) else { return notProven() }
        let call = nextCallID()
        state = .proving(call, lease)
        return [.getPod(call, name: pod)]
    }

    mutating func podRead(_ call: CallID, _ reading: PodReading) -> [Action] {
        guard case .proving(call, let lease) = state else { return [] }
        proof = nil
        guard case .found(let pod) = reading,
            ContainerEnd.proves(pod: pod, endOf: lease, anyNonce: omits(.staleContainerID))
        else { return notProven() }
        return take(lease)
    }

    private mutating func notProven() -> [Action] {
        proof = nil
        guard !isTriedOnce, let observed else { return isTriedOnce ? stop(.notTaken) : wait(until: now + retryPause) }
        return wait(until: max(now + retryPause, observed.since + observed.record.duration(default: profile.duration)))
    }

    mutating func deathSeen(_ seen: Proof) -> [Action] {
        guard case .waiting = state, !isTriedOnce else { return [] }
        proof = seen
        return read()
    }

    // MARK: - What a watch has shown

    /// A machine that waits reads again as soon as there is hope; one that holds looks whether it still does.
    mutating func leaseSeen(_ lease: Lease) -> [Action] {
        switch state {
        case .waiting:
            // It was absent, and somebody has made it since: its absence counts anew.
            if absentSince != nil {
                absentSince = nil
                return read()
            }
            if lease.holderIdentity.isEmpty || lease.holderIdentity == seat.identity.text { return read() }
            // It has its label again: whoever watches the seats decides.
            if aim.kind == .made { return read() }
            let record = LeaseRecord(lease)
            guard let known = observed, known.record != record else { return [] }
            // Seen now, so committed before: its time may count from here.
            observed = (record, now)
            return wait(until: now + record.duration(default: profile.duration))
        case .holding(let holding):
            guard !isSameTenure(lease, holding.lease),
                lease.meta.resourceVersion.isNewer(than: holding.lease.meta.resourceVersion) == true
            else { return [] }
            return renewSoon()
        default: return []
        }
    }

    // MARK: - Writing

    private mutating func create() -> [Action] {
        forgetFormerTenure()
        takesFromLostHolder = false
        mayHaveRival = true
        let call = nextCallID()
        state = .acquiring(call, sentAt: now)
        return [.create(call, seat.created(annotations: annotations, profile: profile, wall: wall))]
    }

    private mutating func take(_ lease: Lease) -> [Action] {
        forgetFormerTenure()
        // Ours already: an acquisition that nobody answered, from whom it was.
        if lease.holderIdentity != seat.identity.text { takesFromLostHolder = !lease.holderIdentity.isEmpty }
        let call = nextCallID()
        state = .acquiring(call, sentAt: now)
        let kept: Set<String> = omits(.staleContainerID) ? [SeatKeys.containerID] : []
        let patch = seat.taking(
            lease,
            annotations: annotations,
            keeping: kept,
            testsVersion: !omits(.untestedRenewal),
            profile: profile,
            wall: wall
        )
        return [.patch(call, patch)]
    }

    /// What was said of a tenure of ours that ended must not be said of the next: it has listed nothing yet.
    private mutating func forgetFormerTenure() {
        for name in SeatRecord.ofOneTenure { annotations[name] = seat.annotations[name] }
    }

    mutating func acquired(_ result: WriteResult, _ sentAt: MonotonicInstant) -> [Action] {
        switch result {
        case .done(let lease) where lease.holderIdentity == seat.identity.text && now < horizon(from: sentAt):
            return hold(lease, since: sentAt, as: aim.kind)
        // It may have been carried out or not. Either way the next read tells, and takes the seat under a new term.
        case .done, .refused, .absent, .failed:
            return isTriedOnce ? stop(.notTaken) : wait(until: now + retryPause)
        }
    }

    // MARK: - A hand-over to us

    /// The former holder's write proves nothing of our time: H counts from a renewal of our own.
    mutating func inherit(_ lease: Lease) -> [Action] {
        if omits(.heirWithoutRenewal) { return hold(lease, since: now, as: .inherited) }
        if case .inheriting = state {} else { forgetFormerTenure() }
        let call = nextCallID()
        state = .inheriting(
            Holding(lease: lease, renewedAt: now, nextCall: now, call: .write(call, sentAt: now))
        )
        return [
            .patch(
                call,
                seat.inheriting(
                    lease,
                    annotations: annotations,
                    profile: profile,
                    renewTime: renewTime(lease),
                    wall: wall
                )
            )
        ]
    }

    mutating func inherited(_ before: Holding, _ result: WriteResult, _ sentAt: MonotonicInstant) -> [Action] {
        switch result {
        case .done(let lease) where isSameTenure(lease, before.lease) && now < horizon(from: sentAt):
            return hold(lease, since: sentAt, as: .inherited)
        case .failed, .done:
            if isStopping { return stop(.notTaken) }
            var holding = before
            holding.call = nil
            holding.nextCall = now + retryPause
            state = .inheriting(holding)
            return []
        case .refused, .absent: return isTriedOnce ? stop(.notTaken) : wait(until: now + retryPause)
        }
    }

    private mutating func hold(_ lease: Lease, since: MonotonicInstant, as kind: Aim.Kind) -> [Action] {
        observed = nil
        proof = nil
        absentSince = nil
        hasSeenLease = true
        formerTerm = lease.term
        defer { takesFromLostHolder = false }
        let holding = Holding(lease: lease, renewedAt: since, nextCall: since + profile.renewal)
        state = .holding(holding)
        if isStopping { return sayFarewell(holding, .release) }
        let gift = kind == .inherited ? lease.meta.annotations[SeatKeys.finalRV] : nil
        return [
            .granted(
                Tenure(
                    term: lease.term,
                    leaseUID: lease.meta.uid,
                    leaseTransitions: lease.leaseTransitions,
                    until: horizon(from: since),
                    kind: kind,
                    finalVersion: gift.flatMap { $0.isEmpty ? nil : ResourceVersion($0) },
                    mayHaveRival: mayHaveRival,
                    isFromLostHolder: kind != .inherited && takesFromLostHolder
                )
            )
        ]
    }
}
