import Ownership
import Wire

struct SimulatedNode {
    let name: String
    let clock: NodeClock
    /// Wall clocks are for people; those of two nodes differ.
    let wallSkew: Duration
    /// How many faults hold it down.
    var downs = 0
    var isUp: Bool { downs == 0 }
}

/// One Pod object, and the container that its node runs for it.
struct SimulatedPod {
    let name: String
    let uid: String
    let node: Int
    /// Of the template.
    let revision: Int
    /// Containers so far; steps that were planned for an earlier one are dropped.
    var life = 0
    var process: Int?
    var isReady = false
    /// Since when its container has been running.
    var runningSince: MonotonicInstant?
    var isTerminating = false
    /// The object is in the store.
    var exists = true
    /// Ended containers, for the status.
    var lastEnd: (containerID: String, finishedAt: Timestamp)?

    /// How many faults cut what it sends, and what it is sent.
    var cutRequests = 0
    var cutAnswers = 0
    var heldRequests: [Int] = []
    var heldAnswers: [Int] = []

    func containerID(_ life: Int) -> String { "containerd://\(uid.prefix(13))-\(life)" }
}
