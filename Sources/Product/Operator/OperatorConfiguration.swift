package import KubeClient
package import Ownership

/// What `workclaim operator` was asked for.
package struct OperatorConfiguration: Sendable {
    package var cluster: ClusterConfiguration
    package var identity: OperatorIdentity
    /// The operators' headless Service, by whose endpoints the webhook sees this pod.
    package var service = "leaderless-operator"
    package var profile = SeatProfile.standard
    package var handler = Handler.builtin
    /// Tasks worked on at a time.
    package var concurrency = 16
    /// Tries that may fail before a task is Failed, where the task does not say.
    package var retries = 3
    /// The first wait between two tries; it doubles up to `retryWaitMax`.
    package var retryWait = Duration.seconds(1)
    package var retryWaitMax = Duration.seconds(300)
    /// How long a task may be unowned before the pod that ranks first for it claims it.
    package var claimDelay = Duration.seconds(1)
    /// How long running tasks may go on after SIGTERM.
    package var drain = Duration.seconds(5)
    /// The container of the pod that this process runs in; nil: the pod has only one.
    package var container: String?
    /// Unless it is `fresh`, a Lease that is absent is missed for D before it is made. nil: the Pod is asked.
    package var name: SeatName?
    package var pace = ReplicaPace()
    /// Whether the story of tasks is told by Events.
    package var tellsEvents = true
    /// Health and metrics over plain HTTP; nil: none.
    package var healthListen: String?
    /// Gets one JSON object (addresses, pid) once the health endpoint serves.
    package var readyFile: String?
    /// What `--exec` programs see beside the TASK_ variables.
    package var environment: [String: String] = [:]
    /// The binary that `--exec` programs are guarded by: this one.
    package var guardProgram = "/proc/self/exe"

    package enum Handler: Sendable, Equatable {
        case builtin
        /// A program, once per try of a task; `again` is how long a task waits whose program said "later".
        case exec(program: String, timeout: Duration, again: Duration)
    }

    package init(cluster: ClusterConfiguration, identity: OperatorIdentity) {
        self.cluster = cluster
        self.identity = identity
    }
}
