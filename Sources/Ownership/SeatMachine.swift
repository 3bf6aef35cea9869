package import KubeModel
package import Wire

/// Holds one seat: acquires its Lease, renews it, and gives it up in time. It decides; a shell performs the actions and
/// reports what became of them. Every write is counted from when it was asked for, which is before it was sent, so the
/// holder stops no later than any observer may begin.
package struct SeatMachine: Sendable {
    package enum Event: Sendable {
        case started
        case leaseRead(CallID, Reading)
        case writeAnswered(CallID, WriteResult)
        /// A deadline may have come: see `nextDeadline`.
        case tick
        /// What renewals say about the pod from now on (load, weight, …); other annotations stay.
        case annotated([String: String])
        /// All work of the seat has stopped after `.fenced`.
        case quiesced
        /// Give the seat up. All its work must have stopped before.
        case stopRequested
    }

    package enum Reading: Sendable { case found(Lease), absent, failed }

    package enum WriteResult: Sendable {
        /// The Lease as the answer has it.
        case done(Lease)
        /// 409 or 422: the Lease is not as the patch supposed, or the server will not have it. Only a read tells which.
        case refused
        /// 404
        case absent
        /// Refused for another reason, or nothing is known of it: it may yet be carried out.
        case failed
    }

    package enum Action: Sendable, Equatable {
        /// GET without resourceVersion, so that it is read from the store itself.
        case get(CallID)
        case create(CallID, JSONValue)
        case patch(CallID, JSONPatch)
        /// The seat is ours until then, unless `.renewed` says longer.
        case granted(Tenure)
        case renewed(until: MonotonicInstant)
        /// The seat is lost: stop all its work now, then report `.quiesced`.
        case fenced(FenceReason)
        /// Nothing more will come.
        case stopped
    }

    package enum FenceReason: Sendable, Equatable {
        /// H has passed since the last renewal that succeeded was sent.
        case horizonPassed
        /// Another holder, or another term, is in the Lease.
        case taken(by: String)
        case leaseDeleted
    }

    /// One tenure of the seat, from an acquisition to the next.
    package struct Tenure: Sendable, Equatable {
        package var term: String
        package var leaseUID: String
        /// Half of the fencing token (epoch, leaseTransitions).
        package var leaseTransitions: Int64
        package var until: MonotonicInstant
        package var kind: Aim.Kind
        /// Of a hand-over: up to where its former holder knew the seat's tasks.
        package var finalVersion: ResourceVersion?

        package init(
            term: String,
            leaseUID: String,
            leaseTransitions: Int64,
            until: MonotonicInstant,
            kind: Aim.Kind = .own,
            finalVersion: ResourceVersion? = nil
        ) {
            self.kind = kind
            self.finalVersion = finalVersion
            self.term = term
            self.leaseUID = leaseUID
            self.leaseTransitions = leaseTransitions
            self.until = until
        }
    }

    /// Tells the answers of this machine's calls apart; one that is no longer waited for is ignored.
    package struct CallID: Sendable, Hashable {
        package let number: UInt64

        package init(number: UInt64) { self.number = number }
    }

    package enum State: Sendable, Equatable {
        case new
        /// A GET is on its way, to acquire.
        case reading(CallID)
        /// Nothing may be done before then: a holder's time runs, or the server was in trouble.
        case waiting(until: MonotonicInstant)
        case acquiring(CallID, sentAt: MonotonicInstant)
        case holding(Holding)
        /// The seat is lost, its work still runs.
        case quiescing
        case releasing(Holding)
        case stopped
    }

    package struct Holding: Sendable, Equatable {
        /// As last answered.
        var lease: Lease
        /// When the last renewal that succeeded was asked for.
        var renewedAt: MonotonicInstant
        /// When the next call may be made.
        var nextCall: MonotonicInstant
        var call: Call?

        enum Call: Sendable, Equatable {
            case write(CallID, sentAt: MonotonicInstant)
            case check(CallID)
        }
    }

    package private(set) var state = State.new
    let seat: SeatRecord
    let profile: SeatProfile
    /// The record of another holder, and when it was first seen so.
    private var observed: (record: LeaseRecord, since: MonotonicInstant)?
    private let absenceWait: Duration
    private var absentSince: MonotonicInstant?
    private var annotations: [String: String]
    private var isStopping = false
    private var lastCall: UInt64 = 0

    /// `absenceWait`: how long a Lease must have been seen absent before it is made. A seat whose name is used by one pod
    /// only needs none; one whose name comes back (a StatefulSet's) needs D, for a Lease that somebody deleted may have a
    /// holder who has not noticed yet.
    package init(_ seat: SeatRecord, profile: SeatProfile, absenceWait: Duration = .zero) {
        self.seat = seat
        self.profile = profile
        self.absenceWait = absenceWait
        annotations = seat.annotations
    }

    /// When the next `.tick` is due.
    package var nextDeadline: MonotonicInstant? {
        switch state {
        case .new, .reading, .acquiring, .quiescing, .stopped: nil
        case .waiting(let until): until
        case .holding(let holding), .releasing(let holding):
            holding.call == nil ? min(holding.nextCall, horizon(holding)) : horizon(holding)
        }
    }

    /// `wall` is written into the Lease for people to read; nothing is decided by it.
    package mutating func step(_ event: Event, now: MonotonicInstant, wall: Timestamp) -> [Action] {
        // The fence comes before everything else: whatever the event says, it came too late.
        if case .holding(let holding) = state, now >= horizon(holding) { return fence(.horizonPassed, event, now) }
        switch event {
        case .started: return state == .new ? read() : []
        case .leaseRead(let call, let reading): return leaseRead(call, reading, now, wall)
        case .writeAnswered(let call, let result): return writeAnswered(call, result, now, wall)
        case .tick: return tick(now, wall)
        case .annotated(let changes):
            annotations.merge(changes) { $1 }
            return []
        case .quiesced: return state == .quiescing ? (isStopping ? stop() : read()) : []
        case .stopRequested: return stopRequested(now, wall)
        }
    }

    // MARK: - Reading

    private mutating func read() -> [Action] {
        let call = nextCallID()
        state = .reading(call)
        return [.get(call)]
    }

    private mutating func leaseRead(
        _ call: CallID,
        _ reading: Reading,
        _ now: MonotonicInstant,
        _ wall: Timestamp
    ) -> [Action] {
        switch state {
        case .reading(call):
            switch reading {
            case .failed: return wait(until: now + retryPause)
            case .absent: return considerAbsence(now, wall)
            case .found(let lease):
                absentSince = nil
                return consider(lease, now, wall)
            }
        case .holding(let holding) where holding.call == .check(call): return checked(holding, reading, now)
        case .releasing(let holding) where holding.call == .check(call): return checkedRelease(holding, reading, now)
        default: return []
        }
    }

    /// A seat that another holds is left alone until its record has stayed the same for its own duration, by our clock.
    private mutating func consider(_ lease: Lease, _ now: MonotonicInstant, _ wall: Timestamp) -> [Action] {
        let record = LeaseRecord(lease)
        if lease.holderIdentity.isEmpty || lease.holderIdentity == seat.identity.text { return take(lease, now, wall) }
        if observed?.record != record { observed = (record, now) }
        let free = (observed?.since ?? now) + record.duration(default: profile.duration)
        return now >= free ? take(lease, now, wall) : wait(until: free)
    }

    private mutating func considerAbsence(_ now: MonotonicInstant, _ wall: Timestamp) -> [Action] {
        let since = absentSince ?? now
        absentSince = since
        return now >= since + absenceWait ? create(now, wall) : wait(until: since + absenceWait)
    }

    private mutating func create(_ now: MonotonicInstant, _ wall: Timestamp) -> [Action] {
        forgetFormerTenure()
        let call = nextCallID()
        state = .acquiring(call, sentAt: now)
        return [.create(call, seat.created(annotations: annotations, profile: profile, wall: wall))]
    }

    private mutating func take(_ lease: Lease, _ now: MonotonicInstant, _ wall: Timestamp) -> [Action] {
        forgetFormerTenure()
        let call = nextCallID()
        state = .acquiring(call, sentAt: now)
        return [.patch(call, seat.taking(lease, annotations: annotations, profile: profile, wall: wall))]
    }

    /// What was said of a tenure of ours that ended must not be said of the next: it has listed nothing yet.
    private mutating func forgetFormerTenure() {
        for name in SeatRecord.ofOneTenure { annotations[name] = seat.annotations[name] }
    }

    private mutating func wait(until: MonotonicInstant) -> [Action] {
        if isStopping { return stop() }
        state = .waiting(until: until)
        return []
    }

    // MARK: - Answers to writes

    private mutating func writeAnswered(
        _ call: CallID,
        _ result: WriteResult,
        _ now: MonotonicInstant,
        _ wall: Timestamp
    ) -> [Action] {
        switch state {
        case .acquiring(call, let sentAt): return acquired(result, sentAt, now, wall)
        case .holding(let holding):
            guard case .write(call, let sentAt) = holding.call else { return [] }
            return renewed(holding, result, sentAt, now)
        case .releasing(let holding):
            guard case .write(call, _) = holding.call else { return [] }
            return released(holding, result, now)
        default: return []
        }
    }

    private mutating func acquired(
        _ result: WriteResult,
        _ sentAt: MonotonicInstant,
        _ now: MonotonicInstant,
        _ wall: Timestamp
    ) -> [Action] {
        switch result {
        case .done(let lease) where lease.holderIdentity == seat.identity.text && now < sentAt + profile.horizon:
            observed = nil
            let holding = Holding(lease: lease, renewedAt: sentAt, nextCall: sentAt + profile.renewal)
            state = .holding(holding)
            if isStopping { return release(holding, now, wall) }
            return [.granted(tenure(holding))]
        // It may have been carried out or not. Either way the next read tells, and takes the seat under a new term.
        case .done, .refused, .absent, .failed: return wait(until: now + retryPause)
        }
    }

    private mutating func renewed(
        _ before: Holding,
        _ result: WriteResult,
        _ sentAt: MonotonicInstant,
        _ now: MonotonicInstant
    ) -> [Action] {
        var holding = before
        holding.call = nil
        switch result {
        case .done(let lease) where isSameTenure(lease, holding.lease):
            holding.lease = lease
            holding.renewedAt = sentAt
            holding.nextCall = sentAt + profile.renewal
            state = .holding(holding)
            return [.renewed(until: horizon(holding))]
        case .done(let lease): return fence(.taken(by: lease.holderIdentity), .tick, now)
        case .absent: return fence(.leaseDeleted, .tick, now)
        case .refused:
            let call = nextCallID()
            holding.call = .check(call)
            state = .holding(holding)
            return [.get(call)]
        case .failed:
            holding.nextCall = now + retryPause
            state = .holding(holding)
            return []
        }
    }

    /// A renewal was refused: either the seat is somebody else's now, or the server did not like the patch.
    private mutating func checked(_ before: Holding, _ reading: Reading, _ now: MonotonicInstant) -> [Action] {
        var holding = before
        holding.call = nil
        switch reading {
        case .absent: return fence(.leaseDeleted, .tick, now)
        case .found(let lease) where !isSameTenure(lease, holding.lease):
            return fence(.taken(by: lease.holderIdentity), .tick, now)
        case .found(let lease): holding.lease = lease
        case .failed: break
        }
        holding.nextCall = now + retryPause
        state = .holding(holding)
        return []
    }

    // MARK: - Time

    private mutating func tick(_ now: MonotonicInstant, _ wall: Timestamp) -> [Action] {
        switch state {
        case .waiting(let until) where now >= until: return read()
        case .holding(var holding) where holding.call == nil && now >= holding.nextCall:
            let call = nextCallID()
            holding.call = .write(call, sentAt: now)
            state = .holding(holding)
            return [.patch(call, seat.renewing(holding.lease, annotations: annotations, wall: wall))]
        case .releasing(let holding):
            // Past the horizon the Lease runs out by itself.
            if now >= horizon(holding) { return stop() }
            return holding.call == nil && now >= holding.nextCall ? release(holding, now, wall) : []
        default: return []
        }
    }

    /// The event that came too late is only looked at for what outlives the tenure.
    private mutating func fence(_ reason: FenceReason, _ event: Event, _ now: MonotonicInstant) -> [Action] {
        state = .quiescing
        switch event {
        case .annotated(let changes): annotations.merge(changes) { $1 }
        case .stopRequested: return [.fenced(reason)] + stop()
        default: break
        }
        return [.fenced(reason)]
    }

    // MARK: - Giving up

    private mutating func stopRequested(_ now: MonotonicInstant, _ wall: Timestamp) -> [Action] {
        guard !isStopping else { return [] }
        isStopping = true
        switch state {
        case .holding(var holding):
            // What is on its way renews the same tenure: the release tests nothing that it changes.
            holding.call = nil
            return release(holding, now, wall)
        // If it succeeds, it must be undone.
        case .acquiring: return []
        case .new, .reading, .waiting, .quiescing: return stop()
        case .releasing, .stopped: return []
        }
    }

    private mutating func release(_ before: Holding, _ now: MonotonicInstant, _ wall: Timestamp) -> [Action] {
        var holding = before
        let call = nextCallID()
        holding.call = .write(call, sentAt: now)
        state = .releasing(holding)
        return [.patch(call, seat.releasing(holding.lease, wall: wall))]
    }

    private mutating func released(_ before: Holding, _ result: WriteResult, _ now: MonotonicInstant) -> [Action] {
        var holding = before
        switch result {
        case .done, .absent: return stop()
        case .refused:
            let call = nextCallID()
            holding.call = .check(call)
            state = .releasing(holding)
            return [.get(call)]
        case .failed:
            holding.call = nil
            holding.nextCall = now + retryPause
            state = .releasing(holding)
            return []
        }
    }

    private mutating func checkedRelease(_ before: Holding, _ reading: Reading, _ now: MonotonicInstant) -> [Action] {
        var holding = before
        switch reading {
        case .absent: return stop()
        case .found(let lease) where !isSameTenure(lease, holding.lease): return stop()
        case .found(let lease): holding.lease = lease
        case .failed: break
        }
        holding.call = nil
        holding.nextCall = now + retryPause
        state = .releasing(holding)
        return []
    }

    private mutating func stop() -> [Action] {
        isStopping = true
        state = .stopped
        return [.stopped]
    }

    // MARK: - Parts

    /// Between tries when something failed: four fit between two renewals.
    private var retryPause: Duration { profile.renewal / 4 }

    private func horizon(_ holding: Holding) -> MonotonicInstant { holding.renewedAt + profile.horizon }

    private func isSameTenure(_ left: Lease, _ right: Lease) -> Bool {
        left.meta.uid == right.meta.uid && left.leaseTransitions == right.leaseTransitions
            && left.holderIdentity == seat.identity.text
    }

    private func tenure(_ holding: Holding) -> Tenure {
        Tenure(
            term: holding.lease.term,
            leaseUID: holding.lease.meta.uid,
            leaseTransitions: holding.lease.leaseTransitions,
            until: horizon(holding)
        )
    }

    private mutating func nextCallID() -> CallID {
        lastCall += 1
        return CallID(number: lastCall)
    }
}
