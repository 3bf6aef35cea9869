import KubeModel
import Wire

/// Renewing, and noticing in time that the seat is lost.
extension SeatMachine {
    mutating func renew(_ before: Holding) -> [Action] {
        var holding = before
        let call = nextCallID()
        holding.call = .write(call, sentAt: now)
        holding.isUrgent = false
        state = .holding(holding)
        return [
            .patch(call, seat.renewing(holding.lease, annotations: annotations, renewTime: renewTime(holding.lease)))
        ]
    }

    /// Another than the Lease's, and than that of a try before this one, which may have been carried out unheard.
    mutating func renewTime(_ lease: Lease) -> Timestamp {
        let time = SeatRecord.another(
            SeatRecord.another(wall, than: Timestamp(lease.renewTime)),
            than: renewTimeWritten
        )
        renewTimeWritten = time
        return time
    }

    mutating func renewSoon() -> [Action] {
        guard case .holding(var holding) = state else { return [] }
        if holding.call == nil { return renew(holding) }
        holding.isUrgent = true
        state = .holding(holding)
        return []
    }

    mutating func renewed(_ before: Holding, _ result: WriteResult, _ sentAt: MonotonicInstant) -> [Action] {
        var holding = before
        holding.call = nil
        switch result {
        case .done(let lease) where isSameTenure(lease, holding.lease):
            holding.lease = lease
            holding.renewedAt = sentAt
            holding.nextCall = sentAt + profile.renewal
            state = .holding(holding)
            let told = [Action.renewed(until: horizon(from: sentAt))]
            return holding.isUrgent ? told + renew(holding) : told
        case .done(let lease): return fence(.taken(by: lease.holderIdentity), .tick)
        case .absent: return fence(.leaseDeleted, .tick)
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
    mutating func checked(_ before: Holding, _ reading: Reading) -> [Action] {
        var holding = before
        holding.call = nil
        switch reading {
        case .absent: return fence(.leaseDeleted, .tick)
        case .found(let lease) where !isSameTenure(lease, holding.lease):
            return fence(.taken(by: lease.holderIdentity), .tick)
        case .found(let lease): holding.lease = lease
        case .failed: break
        }
        holding.nextCall = now + retryPause
        state = .holding(holding)
        return []
    }

    /// For good: a renewal that is answered later does not revive the term. The event that came too late is only looked at
    /// for what outlives the tenure.
    mutating func fence(_ reason: FenceReason, _ event: Event) -> [Action] {
        state = .quiescing(reason)
        switch event {
        case .annotated(let changes): annotations.merge(changes) { $1 }
        // Whoever lets go has stopped all work before.
        case .stopRequested, .handOver: return [.fenced(reason)] + stop(.lost(reason))
        default: break
        }
        return [.fenced(reason)]
    }

    mutating func quiesced() -> [Action] {
        guard case .quiescing(let reason) = state else { return [] }
        return isStopping || aim.kind != .own ? stop(.lost(reason)) : read()
    }
}
