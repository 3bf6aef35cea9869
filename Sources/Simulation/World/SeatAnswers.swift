import KubeModel
import Ownership
import Wire

/// What a seat's machine hears: the replica's commands, and the API server's answers in the words of its shell.
extension SeatMachine.Event {
    init(_ command: ReplicaMachine.SeatCommand) {
        self =
            switch command {
            case .hold: .started
            case .annotate(let changes): .annotated(changes)
            case .renewSoon: .renewSoon
            case .quiesced: .quiesced
            case .release: .stopRequested
            case .handOver(let heir, let version): .handOver(to: heir, finalVersion: version)
            case .leaseSeen(let lease): .leaseSeen(lease)
            case .deathSeen(let proof): .deathSeen(proof)
            }
    }
}

extension SeatMachine.Reading {
    init(_ result: Result<JSONValue, CallFailure>) {
        switch result {
        case .success(let json): self = (try? Lease(json)).map { .found($0) } ?? .failed
        case .failure(.status(let status)) where status.isNotFound: self = .absent
        case .failure: self = .failed
        }
    }
}

extension SeatMachine.PodReading {
    init(_ result: Result<JSONValue, CallFailure>) {
        switch result {
        case .success(let json): self = .found(json)
        case .failure(.status(let status)) where status.isNotFound: self = .absent
        case .failure: self = .failed
        }
    }
}

extension SeatMachine.WriteResult {
    init(_ result: Result<JSONValue, CallFailure>) {
        switch result {
        case .success(let json): self = (try? Lease(json)).map { .done($0) } ?? .failed
        case .failure(.status(let status)) where status.isNotFound: self = .absent
        case .failure(.status(let status)) where status.code == 409 || status.isInvalid: self = .refused
        case .failure: self = .failed
        }
    }
}
