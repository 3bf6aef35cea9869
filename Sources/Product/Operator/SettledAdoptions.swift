import Ownership
import Synchronization

/// That a seat is being taken becomes that it was taken once it is held: trials, which may fail again and again, are no take-over.
final class SettledAdoptions: Sendable {
    private let trials = Mutex<[String: ReplicaNote.AdoptionReason]>([:])

    /// What is to be counted and told as an Event now that the replica says so.
    func settled(by note: ReplicaNote) -> [ReplicaNote] {
        trials.withLock { trials in
            switch note {
            case .adopting(let seat, let why):
                trials[seat] = why
                return []
            case .seatHeld(let seat, _, _):
                return (trials.removeValue(forKey: seat).map { [.adopting(seat, why: $0)] } ?? []) + [note]
            case .notAdopted(let seat, _):
                trials[seat] = nil
                return [note]
            default: return [note]
            }
        }
    }
}
