import KubeClient
import KubeModel
import Ownership
import Wire

/// An API server's answers about Leases and their holders' pods, as the seat machine wants to hear them. Absent is only what
/// the API server itself says of that very object.
enum LeaseAnswer {
    static func reading(_ result: Result<JSONValue, KubeError>, of name: String) -> SeatMachine.Reading {
        switch result {
        case .success(let value): (try? Lease(value)).map { .found($0) } ?? .failed
        case .failure(.status(let status)) where status.isNotFound && status.name == name: .absent
        case .failure: .failed
        }
    }

    static func pod(_ result: Result<JSONValue, KubeError>, of name: String) -> SeatMachine.PodReading {
        switch result {
        case .success(let value): .found(value)
        case .failure(.status(let status)) where status.isNotFound && status.name == name: .absent
        case .failure: .failed
        }
    }

    static func write(_ result: Result<JSONValue, KubeError>, of name: String) -> SeatMachine.WriteResult {
        switch result {
        case .success(let value): (try? Lease(value)).map { .done($0) } ?? .failed
        case .failure(.status(let status)) where status.isNotFound && status.name == name: .absent
        case .failure(.status(let status)) where status.code == 409 || status.isInvalid: .refused
        case .failure: .failed
        }
    }
}
