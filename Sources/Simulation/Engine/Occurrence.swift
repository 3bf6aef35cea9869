import ClusterCore
import KubeModel
import Ownership
import Wire

/// What can happen in the world.
enum Occurrence {
    case requestArrives(Int)
    case answerArrives(Int)
    case callTimesOut(Int)
    case streamSays(Int, StreamSaying)
    /// A way that has been cut for long: what was open over it is given up.
    case linkBreaks(pod: Int, fault: Int)
    case message(process: Int, Message)
    case runEnds(Int)
    /// A handler's guard looks whether the time that it was given is over.
    case guardLooks(Int)
    case webhookAnswers(CallID)
    case webhookTicks
    case webhookWatch(Int, serial: Int, WatchMachine.Event)
    case pod(Int, PodStep)
    case endpointsAreWritten
    case workloadLooks
    case faultBegins(Int)
    case faultEnds(Int)
    case revengeEnds(process: Int, Ambush.Revenge)
    case taskIsCreated(Int)
    case finalizerIsRemoved(ObjectKey)
    case serverTicks
    case checks
}

/// What reaches one operator process; it waits there while the process stands still.
enum Message {
    case replica(ReplicaMachine.Event)
    /// When it was asked for; one that another has replaced is ignored.
    case replicaTicks(MonotonicInstant)
    case seatCommand(String, ReplicaMachine.SeatCommand)
    /// `serial`: of the seat's machine, for there may be a later one.
    case seat(String, serial: Int, SeatMachine.Event)
    case seatTicks(String, serial: Int, MonotonicInstant)
    case watch(ReplicaMachine.WatchID, serial: Int, WatchMachine.Event)
}

enum StreamSaying {
    case opened
    case event(WatchEvent)
    case ended(WatchMachine.StreamEnd)
}

/// What a node's agent and the pod's container do next.
enum PodStep {
    case starts(life: Int)
    case isReported(life: Int)
    case isTerminated
    case isKilled(life: Int)
    case isRemoved
}
