import ClusterCore
import KubeModel
import Ownership
import Wire

/// The requests and streams that are open, and the API servers they go to. All servers have one store; each shows
/// watches from a cache of its own, which lags.
struct Network {
    var calls: [Int: Call] = [:]
    var streams: [Int: Stream] = [:]
    var servers: [APIServer] = []
    private(set) var last = 0
    /// Arrived while the store stalled.
    var stalled: [Int] = []
    /// Whose write the server is at.
    var causes: [CallID: Int] = [:]
    /// The same bytes go to many streams: they are read once.
    var lastLine: (bytes: [UInt8], event: WatchEvent)?

    static let serverCount = 3

    mutating func nextNumber() -> Int {
        last += 1
        return last
    }
}

struct APIServer {
    /// How old what its watches show is, by its nature; faults add to it.
    let lag: Duration
    var extraLag = Duration.zero
    /// How many faults hold it down.
    var downs = 0
    var isDown: Bool { downs > 0 }
}

/// One request on its way, and who asked.
struct Call {
    var asker: Asker
    var request: KubeRequest
    var server: Int
    /// Whose right a write of a task is made by.
    var mark: WriterMark?
    var response: HTTPResponse?
    /// Its asker has been answered, or has given up.
    var isOver = false
    var isUnanswered = false
    /// Its way is open and the server is there: no ping ends it.
    var isPatient = false

    enum Asker {
        case replica(process: Int, ReplicaMachine.CallID)
        case seat(process: Int, String, serial: Int, SeatMachine.CallID, SeatCallKind)
        case list(process: Int, ReplicaMachine.WatchID, serial: Int)
        case webhookList(Int, serial: Int)
        case user(task: Int)

        var process: Int? {
            switch self {
            case .replica(let process, _), .seat(let process, _, _, _, _), .list(let process, _, _): process
            case .webhookList, .user: nil
            }
        }
    }

    enum SeatCallKind { case read, write, pod }
}

/// One watch stream.
struct Stream {
    var owner: Owner
    var server: Int
    /// Nothing overtakes.
    var lastAt = MonotonicInstant(nanoseconds: 0)
    /// What waits for a cut way to be mended.
    var held: [StreamSaying] = []

    enum Owner {
        case process(Int, ReplicaMachine.WatchID, serial: Int)
        case webhook(Int, serial: Int)
        case observer

        var process: Int? { if case .process(let process, _, _) = self { process } else { nil } }
    }
}
