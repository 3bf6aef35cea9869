import KubeClient
import KubeModel
import LinuxIO
import Ownership
import Product
import TestSupport
import Testing
import Wire

/// Whole operators on a whole API server: what becomes of tasks when a pod is gone, leaves, or is back.
@Suite(.timeLimit(.minutes(2))) struct OperatorHandoverTests {
    private func withCluster(_ body: (TestCluster) async throws -> Void) async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await body(cluster)
    }

    /// The Lease of a pod that is no more.
    private func leaveSeat(
        _ seat: String,
        _ cluster: TestCluster,
        annotations: JSONValue = [:],
        acquired: Timestamp = WallClock.now()
    ) async throws -> Lease {
        let lease: JSONValue = [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": [
                "name": .string(seat), "labels": [SeatKeys.seatLabel: "true"], "annotations": annotations,
            ],
            "spec": [
                "holderIdentity": .string("\(seat)_uid-of-\(seat.suffix(1))_dead"), "leaseTransitions": 4,
                "leaseDurationSeconds": 5, "acquireTime": .string(acquired.rfc3339Micro),
                "renewTime": .string(acquired.rfc3339Micro),
            ],
        ]
        return try Lease(try await cluster.api.send(.create(.leases, namespace: "ops", lease)))
    }

    @Test func theTasksOfASilentPodAreWorkedOnUnderItsOwnSeat() async throws {
        try await withCluster { cluster in
            let lease = try await leaveSeat("op-9", cluster)
            try await cluster.createTask("orphan", owner: "op-9")
            let began = BootClock.now()
            let process = TestOperator("op-1", cluster)
            let task = try await cluster.finished("orphan")
            let waited = BootClock.now() - began
            // D of the record; then at once, without a write of the task's owner.
            #expect(waited >= .seconds(5) && waited < .seconds(9), "\(waited)")
            #expect(task.owner == "op-9" && task.ownership.epoch == 0)
            #expect(task.fence == "\(Lease.term(uid: lease.meta.uid, transitions: 5))/0")
            try await process.stop()
        }
    }

    @Test func thatAContainerHasEndedMakesWaitingNeedless() async throws {
        try await withCluster { cluster in
            let pods = GroupVersionResource.pods
            var pod: JSONValue = [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "op-9"],
                "spec": ["containers": [["name": "operator", "image": "x"]]],
            ]
            let made = try await cluster.api.send(.create(pods, namespace: "ops", pod))
            let uid = try #require(made.at("metadata", "uid")?.stringValue)
            let lease: JSONValue = [
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": [
                    "name": "op-9", "labels": [SeatKeys.seatLabel: "true"],
                    "annotations": [SeatKeys.containerID: "dead/cri://1"],
                ],
                "spec": [
                    "holderIdentity": .string("op-9_\(uid.prefix(8))_dead"), "leaseTransitions": 4,
                    "leaseDurationSeconds": 15,
                    "acquireTime": .string(Timestamp(seconds: WallClock.now().seconds - 60).rfc3339Micro),
                ],
            ]
            _ = try await cluster.api.send(.create(.leases, namespace: "ops", lease))
            try await cluster.createTask("orphan", owner: "op-9")
            let process = TestOperator("op-1", cluster)
            try await eventually("held", { try await cluster.lease("op-1") }) {
                $0?.holderIdentity.isEmpty == false
            }
            pod = made
            pod["status"] = [
                "phase": "Running",
                "containerStatuses": [
                    [
                        "name": "operator", "restartCount": 0, "ready": false, "image": "x", "imageID": "x",
                        "state": [
                            "terminated": [
                                "exitCode": 137, "containerID": "cri://1",
                                "finishedAt": .string(WallClock.now().rfc3339),
                            ]
                        ],
                    ]
                ],
            ]
            let began = BootClock.now()
            let key = ObjectKey(namespace: "ops", name: "op-9")
            _ = try await cluster.api.send(.update(pods, key, subresource: "status", pod))
            _ = try await cluster.finished("orphan")
            #expect(BootClock.now() - began < .seconds(3))
            try await process.stop()
        }
    }

    @Test func onTermTheHeirGoesOnWithoutAWriteOfTheOwner() async throws {
        try await withCluster { cluster in
            try await cluster.createTask("long", owner: "op-1", spec: ["payload": ["sleep": "1h"]])
            let leaving = TestOperator("op-1", cluster) { $0.drain = .milliseconds(20) }
            let first = try await eventually("running", { try await cluster.task("long") }) {
                $0.phase == "Running"
            }
            let heir = TestOperator("op-2", cluster) { $0.drain = .milliseconds(20) }
            try await eventually("held", { try await cluster.lease("op-2") }) {
                $0?.holderIdentity.isEmpty == false
            }
            try await leaving.stop()
            let given = try #require(try await cluster.lease("op-1"))
            #expect(SeatIdentity(given.holderIdentity)?.pod == "op-2")
            #expect(given.meta.annotations[SeatKeys.finalRV] != nil)
            let second = try await eventually("running again", { try await cluster.task("long") }) {
                $0.fence != first.fence
            }
            #expect(second.owner == "op-1" && second.ownership == first.ownership && second.fence == "\(given.term)/0")
            // The pod is back under its old name, and so is its seat.
            let back = TestOperator("op-1", cluster) {
                $0.name = .recurring
                $0.drain = .milliseconds(20)
            }
            let third = try await eventually("home again", { try await cluster.task("long") }) {
                $0.fence != second.fence
            }
            #expect(third.owner == "op-1" && third.ownership == first.ownership)
            // Handed over twice, failed never.
            #expect(third.json.at("status", "attempts") == 1)
            let home = try #require(try await cluster.lease("op-1"))
            #expect(SeatIdentity(home.holderIdentity)?.pod == "op-1" && home.leaseTransitions == 3)
            try await heir.stop()
            try await back.stop()
        }
    }

    @Test func adoptedTasksComeHomeAndTheEmptySeatGoes() async throws {
        try await withCluster { cluster in
            _ = try await leaveSeat("op-9", cluster)
            // At rest between two tries for long, so it may be moved.
            try await cluster.createTask(
                "resting",
                owner: "op-9",
                spec: ["payload": ["fail": "no disk", "failTimes": 1]]
            )
            let process = TestOperator("op-1", cluster) {
                $0.retryWait = .seconds(600)
                $0.retryWaitMax = .seconds(600)
                $0.pace.settle = .milliseconds(100)
                $0.pace.emptyEstate = .milliseconds(200)
            }
            let moved = try await eventually("moved", { try await cluster.task("resting") }) {
                $0.owner == "op-1"
            }
            #expect(moved.ownership.epoch == 1 && moved.ownership.from?.seat == "op-9")
            try await eventually("removed", { try await cluster.lease("op-9") }) { $0 == nil }
            try await process.stop()
        }
    }

    @Test func finishedTasksGoAfterTheirTime() async throws {
        try await withCluster { cluster in
            try await cluster.createTask("brief", owner: "op-1", spec: ["ttlSecondsAfterFinished": 0])
            try await cluster.createTask("kept", owner: "op-1")
            let process = TestOperator("op-1", cluster)
            _ = try await cluster.finished("kept")
            try await eventually("removed", { try? await cluster.task("brief") }) { $0 == nil }
            #expect(try await cluster.task("kept").isFinished)
            try await process.stop()
        }
    }
}
