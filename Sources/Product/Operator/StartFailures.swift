import LinuxIO
package import Logging
import Synchronization
package import Telemetry
package import Wire

/// An error of this pod, not of the task: no program, no descriptor, no memory. It counts as no try.
struct ProgramNotStarted: Error, CustomStringConvertible {
    var why: String
    var description: String { "the program could not be started: \(why)" }
}

/// Programs that could not be started: counted each time, and said once per cause and minute.
package final class StartFailures: Sendable {
    private static let silence = Duration.seconds(60)
    /// What is said at a time; a system call and an error make a cause, and there are few of these.
    private static let causesMax = 64

    private let counter: Counter
    private let log: Logger
    private let now: @Sendable () -> MonotonicInstant
    private let said = Mutex<[String: MonotonicInstant]>([:])

    package init(
        _ registry: MetricsRegistry,
        log: Logger,
        now: @escaping @Sendable () -> MonotonicInstant = { BootClock.now() }
    ) {
        counter =
            registry.counter(
                "workclaim_handler_start_failures_total",
                "Handlers that could not be started; their tasks wait and lose no try."
            )[]
        self.log = log
        self.now = now
    }

    func add(_ failure: ProgramNotStarted) {
        counter.add()
        let time = now()
        let isNews = said.withLock { said in
            if let last = said[failure.why], time - last < Self.silence { return false }
            if said.count >= Self.causesMax { said = [:] }
            said[failure.why] = time
            return true
        }
        guard isNews else { return }
        log.error(
            "a handler could not be started: its task waits, and no try is counted",
            metadata: ["why": "\(failure.why)"]
        )
    }
}
