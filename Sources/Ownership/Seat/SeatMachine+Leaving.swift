import KubeModel
import Wire

/// Giving the seat up in one write: to nobody, so that observers need not wait, or to an heir.
extension SeatMachine {
    mutating func leave(_ farewell: Farewell) -> [Action] {
        guard !isStopping else { return [] }
        isStopping = true
        switch state {
        case .holding(var holding):
            // What is on its way renews the same tenure: the farewell tests nothing that it changes.
            holding.call = nil
            return sayFarewell(holding, farewell)
        case .inheriting(var holding):
            // Nothing was begun under it, and nobody else will take it before D.
            holding.call = nil
            return sayFarewell(holding, .release)
        // If it succeeds, it must be undone.
        case .acquiring: return []
        // `.quiesced` ends it.
        case .quiescing: return []
        case .new, .reading, .proving, .waiting: return stop(.notTaken)
        case .leaving, .stopped: return []
        }
    }

    mutating func sayFarewell(_ before: Holding, _ farewell: Farewell) -> [Action] {
        var holding = before
        let call = nextCallID()
        holding.call = .write(call, sentAt: now)
        state = .leaving(holding, farewell)
        let patch =
            switch farewell {
            case .release: seat.releasing(holding.lease, wall: wall)
            case .handOver(let heir, let finalVersion):
                seat.handingOver(holding.lease, to: heir, finalVersion: finalVersion, wall: wall)
            }
        return [.patch(call, patch)]
    }

    mutating func left(_ before: Holding, _ farewell: Farewell, _ result: WriteResult) -> [Action] {
        var holding = before
        switch result {
        case .done: return stop(ending(farewell))
        case .absent: return stop(.lost(.leaseDeleted))
        case .refused:
            let call = nextCallID()
            holding.call = .check(call)
            state = .leaving(holding, farewell)
            return [.get(call)]
        case .failed: return retryFarewell(holding, farewell)
        }
    }

    /// A farewell was refused: it, or somebody's takeover, has been carried out before; or the server did not like it.
    mutating func checkedLeaving(_ before: Holding, _ farewell: Farewell, _ reading: Reading) -> [Action] {
        var holding = before
        switch reading {
        case .absent: return stop(.lost(.leaseDeleted))
        case .found(let lease) where !isSameTenure(lease, holding.lease):
            return stop(isCarriedOut(farewell, lease) ? ending(farewell) : .lost(.taken(by: lease.holderIdentity)))
        case .found(let lease): holding.lease = lease
        case .failed: break
        }
        return retryFarewell(holding, farewell)
    }

    private mutating func retryFarewell(_ before: Holding, _ farewell: Farewell) -> [Action] {
        var holding = before
        holding.call = nil
        holding.nextCall = now + retryPause
        state = .leaving(holding, farewell)
        return []
    }

    private func isCarriedOut(_ farewell: Farewell, _ lease: Lease) -> Bool {
        switch farewell {
        case .release: lease.holderIdentity.isEmpty
        case .handOver(let heir, _): lease.holderIdentity == heir.text
        }
    }

    private func ending(_ farewell: Farewell) -> Ending {
        switch farewell {
        case .release: .released
        case .handOver: .handedOver
        }
    }
}
