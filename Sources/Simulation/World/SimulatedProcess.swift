import KubeModel
import Ownership
import Wire

/// One operator process: the machine of the replica, one of each seat, one of each watch, as the product wires them. A
/// class, owned by the run: its machines are too large to be copied on the way to every step.
final class SimulatedProcess {
    let number: Int
    let pod: Int
    let node: Int
    let identity: SeatIdentity
    let profile: SeatProfile
    var replica: ReplicaMachine
    var seats: [String: SimulatedSeat] = [:]
    var watches: [ReplicaMachine.WatchID: SimulatedWatch] = [:]
    var runs: [ReplicaMachine.RunID: Int] = [:]
    /// The API server that it is connected to.
    var server: Int
    var isAlive = true
    var isPaused: Bool { pauses > 0 }
    var pauses = 0
    var starvations = 0
    /// What has reached it while it stood still.
    var held: [Message] = []
    /// When the replica's next tick is on its way, by the world's time.
    var tickAt: MonotonicInstant?
    /// News between the threads of the seats and that of the replica stay in order.
    var toSeatsAt = MonotonicInstant(nanoseconds: 0)
    var toReplicaAt = MonotonicInstant(nanoseconds: 0)
    /// The last term of each seat.
    var terms: [String: String] = [:]
    var serial = 0

    init(
        number: Int,
        pod: Int,
        node: Int,
        identity: SeatIdentity,
        profile: SeatProfile,
        replica: ReplicaMachine,
        server: Int
    ) {
        self.number = number
        self.pod = pod
        self.node = node
        self.identity = identity
        self.profile = profile
        self.replica = replica
        self.server = server
    }

    func nextSerial() -> Int {
        serial += 1
        return serial
    }
}

struct SimulatedSeat {
    var machine: SeatMachine
    let serial: Int
    var tickAt: MonotonicInstant?
    var tenure: SeatMachine.Tenure?
}

struct SimulatedWatch {
    var machine: WatchMachine
    let resource: GroupVersionResource
    let scope: ListScope
    /// Of what it does now; what answers an earlier thing is ignored.
    var serial = 0
    var stream: Int?
}

/// One handler at work, under its guard.
struct SimulatedRun {
    let process: Int
    let id: ReplicaMachine.RunID
    let key: ObjectKey
    let uid: String
    let context: TaskContext
    /// When the guard ends it, by the node's clock; renewals move it.
    var until: MonotonicInstant
    let end: ReplicaMachine.RunEnd
    var isCancelled = false
    var isOver = false
}
