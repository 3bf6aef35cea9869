import KubeModel
import Ownership
import Wire

/// An operator's whole decision about one task: it is seen, its status says Running, it runs, its status says Succeeded,
/// it is gone. The answers are those that an API server would give.
struct ReplicaLife {
    private static let now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private static let key = ObjectKey(namespace: "demo", name: "t1")

    static func task(uid: String, version: Int64 = 10, status: JSONValue = ["fence": ""]) -> JSONValue {
        [
            "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner",
            "metadata": [
                "name": "t1", "namespace": "demo", "uid": .string(uid), "resourceVersion": .string(String(version)),
                "creationTimestamp": "2026-01-01T00:00:00Z", "generation": 1,
            ],
            "spec": ["owner": "op-a", "ownership": ["epoch": 0]],
            "status": status,
        ]
    }

    func run(_ count: Int) -> Int {
        var machine = Self.atWork()
        let watch = machine.watch
        var finished = 0
        for index in 0..<count {
            let uid = "uid-\(index)"
            var patches = 0
            var events = [ReplicaMachine.Event.watch(watch, .upsert(Self.key, Self.task(uid: uid)))]
            var next = 0
            while next < events.count {
                for action in machine.step(events[next]) {
                    switch action {
                    case .call(let id, let request) where request.verb == .patch(.json) && request.name == "t1":
                        patches += 1
                        let status: JSONValue =
                            patches == 1
                            ? ["phase": "Running", "fence": "f", "attempts": 1] : ["phase": "Succeeded", "fence": "f"]
                        let answer = Self.task(uid: uid, version: 10 + Int64(patches), status: status)
                        events.append(.answered(id, .success(answer)))
                    case .run(let id, _, _):
                        finished += 1
                        events.append(.runEnded(id, .outcome(.succeeded("done"))))
                    default: break
                    }
                }
                next += 1
            }
            _ = machine.step(.watch(watch, .delete(Self.key, last: nil)))
            // A life that is not whole would be counted too cheap.
            if patches != 2 { return -1 }
        }
        return finished
    }

    private struct Machine {
        var machine: ReplicaMachine
        var watch = ReplicaMachine.WatchID(number: 0)

        mutating func step(_ event: ReplicaMachine.Event) -> [ReplicaMachine.Action] {
            machine.step(event, now: ReplicaLife.now, wall: Timestamp(seconds: 1_000_000))
        }
    }

    /// It holds its seat, and has listed that it owns nothing.
    private static func atWork() -> Machine {
        let identity = SeatIdentity(pod: "op-a", podUID: "aaaaaaaa-1", nonce: "n1")
        let configuration = ReplicaConfiguration(namespace: "ns", identity: identity, seat: "op-a", profile: .standard)
        var machine = Machine(machine: ReplicaMachine(configuration))
        var watches: [String: ReplicaMachine.WatchID] = [:]
        func note(_ actions: [ReplicaMachine.Action]) {
            for case .watch(let id, let resource, let scope) in actions {
                watches["\(resource.resource) \(scope.fieldSelector)"] = id
            }
        }
        note(machine.step(.started))
        if let leases = watches["leases "] {
            note(machine.step(.watch(leases, .synced(ResourceVersion("50")))))
            note(machine.step(.watch(leases, .healthy)))
        }
        let tenure = SeatMachine.Tenure(
            term: "lease-op.1",
            leaseUID: "lease-op-a",
            leaseTransitions: 1,
            until: now + .seconds(8),
            kind: .own,
            finalVersion: nil
        )
        note(machine.step(.seat("op-a", .granted(tenure))))
        if let own = watches["task-owners spec.owner=op-a"] {
            machine.watch = own
            _ = machine.step(.watch(own, .synced(ResourceVersion("9"))))
        }
        return machine
    }
}
