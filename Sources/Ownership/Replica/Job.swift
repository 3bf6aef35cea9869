import KubeModel
import Wire

/// What goes on about one task: at most one thing at a time, whatever seats see it.
struct Job: Sendable {
    let ref: TaskRef
    let uid: String
    let epoch: Int64
    let term: String
    var phase: Phase
    var write = Write()
    /// It took a worker's place in the queue.
    let holdsSlot: Bool
    /// Stop as soon as possible: the task has left, or the seat is departing.
    var isCancelled = false

    enum Phase: Sendable {
        /// "Running", and with it this tenure's fence, is being written.
        case starting(TaskObject, attempt: Int64)
        case running(ReplicaMachine.RunID, TaskObject, attempt: Int64, begun: MonotonicInstant)
        case ending(TaskObject, TaskVerdict, attempt: Int64, took: Duration)
        case moving(TaskObject, Move)
    }

    enum Move: Sendable, Equatable {
        case release
        /// To another seat of this pod.
        case direct(to: String)
        /// To itself, under the next epoch.
        case reclaim
    }

    /// How far the write of the present phase has come.
    struct Write: Sendable {
        var tries = 0
        var state = State.none
        var trouble = ""
        /// A move was sent whose outcome nobody knows: it counts until the epoch has risen.
        var isUnknown = false

        enum State: Sendable, Equatable {
            case none
            case sent(ReplicaMachine.CallID)
            /// After a refusal, or when nothing is known: the task is read before anything is concluded.
            case reading(ReplicaMachine.CallID, wasRefused: Bool)
            case pausing
        }

        var call: ReplicaMachine.CallID? {
            switch state {
            case .sent(let call), .reading(let call, _): call
            case .none, .pausing: nil
            }
        }
    }

    /// Writes of one status or one move before the job is given up; each refusal is looked at before the next.
    static let triesMax = 6
    static let firstPause = Duration.milliseconds(50)
    /// After jobs about one task that came to nothing.
    static let setback = Backoff(base: .milliseconds(200), cap: .seconds(10))

    var task: TaskObject {
        switch phase {
        case .starting(let task, _), .running(_, let task, _, _), .ending(let task, _, _, _), .moving(let task, _): task
        }
    }

    var run: ReplicaMachine.RunID? { if case .running(let run, _, _, _) = phase { run } else { nil } }

    var isMove: Bool { if case .moving = phase { true } else { false } }
}
