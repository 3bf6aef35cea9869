import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Ownership
import Synchronization
import Telemetry

/// What the work of every tenure has in common.
struct SeatTools: Sendable {
    var seat: String
    /// Of the Leases.
    var namespace: String
    var longestDuration: Duration
    var concurrency: Int
    var retries: Int
    var retryWait: Duration
    var retryWaitMax: Duration
    var watches: any KubeAPI
    var bulk: any KubeAPI
    var handler: any TaskHandler
    var clock: ControlClock
    var log: Logger
    var metrics: OperatorMetrics
    /// Whether the seat is held now, under that very term.
    var isHeld: @Sendable (_ term: String) -> Bool
    var annotate: @Sendable ([String: String]) -> Void
    /// The tasks have been listed in this tenure.
    var listed: @Sendable () -> Void
    /// A try has ended and its status is written.
    var report: @Sendable (TaskObject, TaskVerdict) -> Void
}

/// Lets the controller, which is made first, reach the work it belongs to.
final class SeatRelay: Sendable {
    private struct Reference { weak var work: SeatWork? }
    private let reference = Mutex(Reference())

    var work: SeatWork? {
        get { reference.withLock { $0.work } }
        set { reference.withLock { $0.work = newValue } }
    }
}
