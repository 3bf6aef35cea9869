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
    /// Held under that term, and not about to be given up.
    var mayClaim: @Sendable (_ term: String) -> Bool
    /// How long a task may be unowned before it is claimed.
    var claimDelay: Duration
    var annotate: @Sendable ([String: String]) -> Void
    /// The tasks have been listed in this tenure.
    var listed: @Sendable () -> Void
    /// A try has ended and its status is written.
    var report: @Sendable (TaskObject, TaskVerdict) -> Void
}

/// Lets a controller, which is made first, reach what it belongs to.
final class Relay<Target: AnyObject & Sendable>: Sendable {
    private struct Reference { weak var target: Target? }
    private let reference = Mutex(Reference())

    var target: Target? {
        get { reference.withLock { $0.target } }
        set { reference.withLock { $0.target = newValue } }
    }
}
