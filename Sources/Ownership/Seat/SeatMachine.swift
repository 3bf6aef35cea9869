package import KubeModel
package import Wire

/// Holds one seat: comes by its Lease as its aim says, renews it, and gives it up in time. It decides; a shell performs
/// the actions and reports what became of them. Every write is counted from when it was asked for, which is before it was
/// sent, so the holder stops no later than any observer may begin.
///
/// Its parts: +Interface (events and actions), +Aim (how it comes to its seat), +Acquiring, +Holding, +Leaving.
package struct SeatMachine: Sendable {
    package internal(set) var state = State.new
    let seat: SeatRecord
    let profile: SeatProfile
    let aim: Aim
    let omissions: Set<Omission>

    var now = MonotonicInstant(nanoseconds: 0)
    var wall = Timestamp(seconds: 0)
    /// The record of another holder, and when it was first seen so.
    var observed: (record: LeaseRecord, since: MonotonicInstant)?
    /// Somebody says that the present holder has ended; to be read again before it is believed.
    var proof: Proof?
    var absentSince: MonotonicInstant?
    /// See `Tenure.isFromLostHolder`: of the acquisition that is under way.
    var takesFromLostHolder = false
    /// See `Tenure.mayHaveRival`.
    var mayHaveRival = false
    /// Then its absence means that somebody deleted it: a holder may not know yet.
    var hasSeenLease = false
    var annotations: [String: String]
    /// The last term that was held; it is never held again.
    var formerTerm: String?
    /// By the last renewal that was asked for, whatever became of it.
    var renewTimeWritten: Timestamp?
    var isStopping = false
    private var lastCall: UInt64 = 0

    package enum State: Sendable, Equatable {
        case new
        /// A GET of the Lease is on its way, to acquire.
        case reading(CallID)
        /// A GET of the holder's pod is on its way: has its container ended?
        case proving(CallID, Lease)
        /// Nothing may be done before then: a holder's time runs, or the server was in trouble.
        case waiting(until: MonotonicInstant)
        case acquiring(CallID, sentAt: MonotonicInstant)
        /// The Lease names us already; held once a renewal of ours has succeeded.
        case inheriting(Holding)
        case holding(Holding)
        /// The seat is lost, its work still runs.
        case quiescing(FenceReason)
        case leaving(Holding, Farewell)
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
        /// Something is to be said that does not wait for the next renewal's time.
        var isUrgent = false

        enum Call: Sendable, Equatable {
            case write(CallID, sentAt: MonotonicInstant)
            case check(CallID)
        }
    }

    package enum Farewell: Sendable, Equatable {
        case release
        case handOver(to: SeatIdentity, finalVersion: ResourceVersion?)
    }

    /// `omissions` only in a simulation.
    package init(
        _ seat: SeatRecord,
        profile: SeatProfile,
        aim: Aim = .own(absenceWait: .zero),
        omissions: Set<Omission> = []
    ) {
        self.seat = seat
        self.profile = profile
        self.aim = aim
        self.omissions = omissions
        annotations = seat.annotations
    }

    /// When the next `.tick` is due.
    package var nextDeadline: MonotonicInstant? {
        switch state {
        case .new, .reading, .proving, .acquiring, .quiescing, .stopped: nil
        case .waiting(let until): until
        case .inheriting(let holding): holding.call == nil ? holding.nextCall : nil
        case .holding(let holding), .leaving(let holding, _):
            holding.call == nil ? min(holding.nextCall, horizon(holding)) : horizon(holding)
        }
    }

    /// `wall` is written into the Lease for people to read, and compared with the end of a container on the same node.
    package mutating func step(_ event: Event, now: MonotonicInstant, wall: Timestamp) -> [Action] {
        self.now = now
        self.wall = wall
        // The fence comes before everything else: whatever the event says, it came too late.
        if case .holding(let holding) = state, now >= horizon(holding) { return fence(.horizonPassed, event) }
        switch event {
        case .started: return state == .new ? start() : []
        case .leaseRead(let call, let reading): return leaseRead(call, reading)
        case .podRead(let call, let reading): return podRead(call, reading)
        case .writeAnswered(let call, let result): return writeAnswered(call, result)
        case .tick: return tick()
        case .annotated(let changes):
            annotations.merge(changes) { $1 }
            return []
        case .renewSoon: return renewSoon()
        case .leaseSeen(let lease): return leaseSeen(lease)
        case .deathSeen(let proof): return deathSeen(proof)
        case .quiesced: return quiesced()
        case .stopRequested: return leave(.release)
        case .handOver(let heir, let finalVersion): return leave(.handOver(to: heir, finalVersion: finalVersion))
        }
    }

    // MARK: - Dispatch

    private mutating func start() -> [Action] {
        if case .inherit(let lease) = aim { return inherit(lease) }
        return read()
    }

    private mutating func leaseRead(_ call: CallID, _ reading: Reading) -> [Action] {
        switch state {
        case .reading(call): return readToAcquire(reading)
        case .holding(let holding) where holding.call == .check(call): return checked(holding, reading)
        case .leaving(let holding, let farewell) where holding.call == .check(call):
            return checkedLeaving(holding, farewell, reading)
        default: return []
        }
    }

    private mutating func writeAnswered(_ call: CallID, _ result: WriteResult) -> [Action] {
        switch state {
        case .acquiring(call, let sentAt): return acquired(result, sentAt)
        case .inheriting(let holding):
            guard case .write(call, let sentAt) = holding.call else { return [] }
            return inherited(holding, result, sentAt)
        case .holding(let holding):
            guard case .write(call, let sentAt) = holding.call else { return [] }
            return renewed(holding, result, sentAt)
        case .leaving(let holding, let farewell):
            guard case .write(call, _) = holding.call else { return [] }
            return left(holding, farewell, result)
        default: return []
        }
    }

    private mutating func tick() -> [Action] {
        switch state {
        case .waiting(let until) where now >= until: return read()
        case .inheriting(let holding) where holding.call == nil && now >= holding.nextCall:
            return inherit(holding.lease)
        case .holding(let holding) where holding.call == nil && now >= holding.nextCall: return renew(holding)
        case .leaving(let holding, let farewell):
            // Past the horizon the Lease runs out by itself.
            if now >= horizon(holding) { return stop(.lost(.horizonPassed)) }
            return holding.call == nil && now >= holding.nextCall ? sayFarewell(holding, farewell) : []
        default: return []
        }
    }

    // MARK: - Parts

    mutating func stop(_ ending: Ending) -> [Action] {
        isStopping = true
        state = .stopped
        return [.stopped(ending)]
    }

    /// Between tries when something failed: four fit between two renewals.
    var retryPause: Duration { profile.renewal / 4 }

    func horizon(_ holding: Holding) -> MonotonicInstant { horizon(from: holding.renewedAt) }

    /// Until when a renewal that was sent then gives the right to work.
    func horizon(from sentAt: MonotonicInstant) -> MonotonicInstant {
        sentAt + (omits(.noSelfFence) ? .seconds(3_600) : profile.horizon)
    }

    func omits(_ rule: Omission) -> Bool { omissions.contains(rule) }

    func isSameTenure(_ left: Lease, _ right: Lease) -> Bool {
        left.meta.uid == right.meta.uid && left.leaseTransitions == right.leaseTransitions
            && left.holderIdentity == seat.identity.text
    }

    mutating func nextCallID() -> CallID {
        lastCall += 1
        return CallID(number: lastCall)
    }
}
