import KubeClient
import KubeModel
import LinuxIO
import Ownership
import Product
import Serving
import Synchronization
import TestSupport
import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct OperatorProcessTests {
    private func withCluster(_ body: (TestCluster) async throws -> Void) async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await body(cluster)
    }

    @Test func tasksOfTheSeatAreWorkedOnAndOthersAreNot() async throws {
        try await withCluster { cluster in
            try await cluster.createTask("before", owner: "op-1")
            try await cluster.createTask("foreign", owner: "op-2")
            let process = TestOperator("op-1", cluster)
            let before = try await cluster.finished("before")
            try await cluster.createTask("after", owner: "op-1")
            _ = try await cluster.finished("after")
            #expect(before.phase == "Succeeded")
            #expect(before.json.at("status", "observedEpoch") == 0)
            #expect(before.json.at("status", "attempts") == 1)
            #expect(before.json.at("status", "message") == "done")
            let lease = try #require(try await cluster.lease("op-1"))
            #expect(before.fence == "\(lease.term)/0")
            let foreign = try await cluster.task("foreign")
            #expect(foreign.phase.isEmpty && foreign.fence.isEmpty)
            try await process.stop()
        }
    }

    @Test func theSeatSaysWhoHoldsItAndIsReleasedAtTheEnd() async throws {
        try await withCluster { cluster in
            let process = TestOperator("op-1", cluster)
            try await cluster.createTask("a", owner: "op-1")
            _ = try await cluster.finished("a")
            let held = try #require(try await cluster.lease("op-1"))
            #expect(held.isSeat)
            #expect(held.leaseDurationSeconds == 5)
            let identity = try #require(SeatIdentity(held.holderIdentity))
            #expect(identity.pod == "op-1" && identity.podUID8 == "uid-of-o")
            #expect(held.meta.annotations[SeatKeys.podUID] == "uid-of-op-1")
            #expect(held.meta.annotations[SeatKeys.node] == "n1")
            #expect(held.meta.annotations[SeatKeys.revision] == "r1")
            let renewed = try await eventually("renewed", { try await cluster.lease("op-1") }) {
                $0?.renewTime != held.renewTime && $0?.meta.annotations[SeatKeys.syncedRV] != nil
                    && $0?.meta.annotations[SeatKeys.load] == "0"
            }
            #expect(renewed?.term == held.term)
            try await process.stop()
            #expect(try await cluster.lease("op-1")?.holderIdentity.isEmpty == true)
            // The next one need not wait, and begins another term.
            let next = TestOperator("op-1", cluster)
            try await cluster.createTask("b", owner: "op-1")
            let done = try await cluster.finished("b")
            #expect(done.fence != "\(held.term)/0")
            try await next.stop()
        }
    }

    /// The look for another installation may take longer than the grace of a pod.
    @Test func whoeverIsStoppedWhileItLooksForCompanyEndsAtOnce() async throws {
        try await withCluster { cluster in
            let silent: JSONValue = [
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": ["name": "op-9", "namespace": "default", "labels": [SeatKeys.seatLabel: "true"]],
                "spec": ["holderIdentity": "op-9_u_n", "leaseDurationSeconds": 15],
            ]
            _ = try await cluster.api.send(.create(.leases, namespace: "default", silent))
            let process = TestOperator("op-1", cluster)
            try await Task.sleep(for: .milliseconds(300))
            let began = BootClock.now()
            try await process.stop()
            #expect(BootClock.now() - began < .seconds(5))
            #expect(try await cluster.lease("op-1") == nil, "it has not begun")
        }
    }

    @Test func failuresAreTriedAgainAndThenGivenUp() async throws {
        try await withCluster { cluster in
            try await cluster.createTask(
                "twice",
                owner: "op-1",
                spec: ["payload": ["fail": "no disk", "failTimes": 2]]
            )
            try await cluster.createTask("never", owner: "op-1", spec: ["retries": 1, "payload": ["fail": "no disk"]])
            let process = TestOperator("op-1", cluster)
            let twice = try await cluster.finished("twice")
            #expect(twice.phase == "Succeeded")
            #expect(twice.json.at("status", "attempts") == 3)
            let never = try await cluster.finished("never")
            #expect(never.phase == "Failed")
            #expect(never.json.at("status", "attempts") == 2)
            #expect(never.json.at("status", "message") == "no disk (the last of 2 tries)")
            try await process.stop()
        }
    }

    @Test func aTaskThatLeavesTheSeatIsStopped() async throws {
        try await withCluster { cluster in
            try await cluster.createTask("long", owner: "op-1", spec: ["payload": ["sleep": "1h"]])
            let process = TestOperator("op-1", cluster)
            let running = try await eventually("running", { try await cluster.task("long") }) {
                $0.phase == "Running"
            }
            let move: JSONValue = [
                "spec": [
                    "owner": "op-2", "ownership": ["epoch": 1, "from": ["seat": "op-1", "term": "x", "by": "test"]],
                ]
            ]
            _ = try await cluster.api.send(.patch(.taskOwners, running.key, .merge, move))
            // It is stopped in time: otherwise the end would wait for it.
            try await process.stop()
            let left = try await cluster.task("long")
            #expect(left.phase == "Running" && left.fence == running.fence)
        }
    }

    @Test func runningTasksAreCutShortAtTheEndOfTheGrace() async throws {
        try await withCluster { cluster in
            try await cluster.createTask("long", owner: "op-1", spec: ["payload": ["sleep": "1h"]])
            let process = TestOperator("op-1", cluster) { $0.drain = .milliseconds(50) }
            let first = try await eventually("running", { try await cluster.task("long") }) {
                $0.phase == "Running"
            }
            try await process.stop()
            #expect(try await cluster.lease("op-1")?.holderIdentity.isEmpty == true)
            // Another process of the same seat takes the task up again.
            let next = TestOperator("op-1", cluster) { $0.drain = .zero }
            let again = try await eventually("begun again", { try await cluster.task("long") }) {
                $0.fence != first.fence
            }
            #expect(again.phase == "Running" && again.json.at("status", "attempts") == 1)
            try await next.stop()
        }
    }

    @Test func aSeatTakenByAnotherIsGivenUpAndItsWorkStopped() async throws {
        try await withCluster { cluster in
            try await cluster.createTask("long", owner: "op-1", spec: ["payload": ["sleep": "1h"]])
            let process = TestOperator("op-1", cluster)
            let first = try await eventually("running", { try await cluster.task("long") }) {
                $0.phase == "Running"
            }
            let held = try #require(try await cluster.lease("op-1"))
            // Somebody takes the seat by force, and lets it go again.
            let taken: JSONValue = [
                "spec": ["holderIdentity": "thief_12345678_x", "leaseTransitions": .integer(held.leaseTransitions + 1)]
            ]
            _ = try await cluster.api.send(.patch(.leases, held.meta.key, .merge, taken))
            let free: JSONValue = ["spec": ["holderIdentity": ""]]
            _ = try await cluster.api.send(.patch(.leases, held.meta.key, .merge, free))
            let again = try await eventually("taken up again", { try await cluster.task("long") }) {
                $0.fence != first.fence
            }
            #expect(again.json.at("status", "attempts") == 1)
            try await process.stop()
        }
    }

    /// Does not hear that it is to stop.
    private final class DeafHandler: TaskHandler {
        private let released = Mutex<CheckedContinuation<Void, Never>?>(nil)
        func reconcile(_ task: TaskObject, _ context: TaskContext) async throws -> TaskOutcome {
            await withCheckedContinuation { continuation in released.withLock { $0 = continuation } }
            return .succeeded("at last")
        }
        func renewed(seat: String, until: MonotonicInstant) {}
        func fence(seat: String) {}
        func release() { released.withLock { $0 }?.resume() }
    }

    @Test func workThatOutlivesTheSeatEndsTheProcess() async throws {
        try await withCluster { cluster in
            try await cluster.createTask("deaf", owner: "op-1")
            let handler = DeafHandler()
            let (words, speak) = AsyncStream.makeStream(of: String.self)
            let process = TestOperator("op-1", cluster, handler: handler, abort: { speak.yield($0) })
            try await eventually("running", { try await cluster.task("deaf") }) { $0.phase == "Running" }
            let key = ObjectKey(namespace: "ops", name: "op-1")
            _ = try await cluster.api.send(.delete(.leases, key))
            var word: String?
            for await said in words {
                word = said
                break
            }
            #expect(word?.contains("seat op-1 is lost, but work on its tasks still runs after 900 ms") == true)
            handler.release()
            try await process.stop()
            // What it says after its seat was lost is not written.
            #expect(try await cluster.task("deaf").phase == "Running")
        }
    }

    @Test func aMovedTaskWaitsForItsSendersLease() async throws {
        try await withCluster { cluster in
            // op-9 has a newer holder than the term that let go, who has not seen the move yet.
            let lease: JSONValue = [
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "op-9"],
                "spec": ["holderIdentity": "op-8_12345678_x", "leaseTransitions": 4, "leaseDurationSeconds": 10],
            ]
            let made = try Lease(try await cluster.api.send(.create(.leases, namespace: "ops", lease)))
            let from: JSONValue = [
                "seat": "op-9", "term": .string(Lease.term(uid: made.meta.uid, transitions: 3)), "by": "op-9",
            ]
            try await cluster.createTask("moved", owner: "op-1", spec: ["ownership": ["epoch": 1, "from": from]])
            try await cluster.createTask("own", owner: "op-1")
            let process = TestOperator("op-1", cluster)
            _ = try await cluster.finished("own")
            let moved = try await cluster.task("moved")
            #expect(moved.phase.isEmpty)
            let seen: JSONValue = [
                "metadata": ["annotations": [SeatKeys.syncedRV: .string(moved.meta.resourceVersion.text)]]
            ]
            _ = try await cluster.api.send(.patch(.leases, made.meta.key, .merge, seen))
            #expect(try await cluster.finished("moved").phase == "Succeeded")
            try await process.stop()
        }
    }

    @Test func unownedTasksAreClaimedByOnePodEach() async throws {
        try await withCluster { cluster in
            let names = (1...8).map { "task-\($0)" }
            let processes = ["op-1", "op-2"].map { seat in
                TestOperator(seat, cluster) { $0.claimDelay = .milliseconds(50) }
            }
            for name in names { try await cluster.createTask(name, owner: "") }
            for name in names {
                let task = try await cluster.finished(name)
                #expect(["op-1", "op-2"].contains(task.owner))
                #expect(task.ownership == OwnershipRecord(epoch: 1))
                #expect(task.json.at("status", "attempts") == 1)
                #expect(task.fence.hasSuffix("/1"))
            }
            for process in processes { try await process.stop() }
        }
    }

    @Test func healthTellsWhetherTheSeatIsHeldAndItsTasksListed() async throws {
        try await withCluster { cluster in
            let ready = "/tmp/workclaim-ready-\(String(RandomBytes.word(), radix: 36))"
            defer { try? FileWriting.remove(ready) }
            let process = TestOperator("op-1", cluster) {
                $0.healthListen = "127.0.0.1:0"
                $0.readyFile = ready
            }
            let text = try await eventually("the ready file", { try? FileReading.read(ready) }) { $0 != nil }
            let address = try SocketAddress(
                parsing: try #require(JSONValue.parse(text ?? []).at("addresses", "health")?.stringValue)
            )
            let thread = try ReactorThread(name: "probe")
            let client = HTTPClient(ClientConfiguration(host: "127.0.0.1", port: address.port), on: thread)
            defer {
                client.close()
                thread.stop()
            }
            func get(_ path: String) async throws -> HTTPResponse {
                try await client.send(HTTPRequest("GET", path), timeout: .seconds(5))
            }
            try await eventually("ready", { try await get("/readyz").status }) { $0 == 200 }
            let verbose = String(decoding: try await get("/readyz?verbose").body, as: UTF8.self)
            #expect(verbose == "[+]ping ok\n[+]seat ok\n[+]tasks ok\nreadyz check passed\n")
            #expect(try await get("/healthz").status == 200)
            #expect(try await get("/livez").status == 200)
            let alive = String(decoding: try await get("/livez?verbose").body, as: UTF8.self)
            #expect(alive == "[+]ping ok\n[+]loop ok\nlivez check passed\n")
            #expect(try await get("/nowhere").status == 404)
            let metrics = String(decoding: try await get("/metrics").body, as: UTF8.self)
            #expect(metrics.contains("workclaim_seat_held{seat=\"op-1\"} 1\n"))
            // Tries may last a day.
            #expect(metrics.contains("workclaim_try_duration_seconds_bucket{le=\"3600\"} 0\n"))
            #expect(metrics.contains("workclaim_handler_start_failures_total 0\n"))
            try await process.stop()
        }
    }

    /// A kubelet that gets no answer for 15 s restarts the pod, and a start that waits for so long would never end.
    @Test func whoWaitsToSeeWhetherItIsAloneLives() async throws {
        try await withCluster { cluster in
            let lease: JSONValue = [
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": ["name": "left-behind", "labels": [SeatKeys.seatLabel: "true"]],
                "spec": ["holderIdentity": "nobody", "leaseDurationSeconds": 5],
            ]
            _ = try await cluster.api.send(.create(.leases, namespace: "default", lease))
            let folder = try ScratchFolder()
            let process = TestOperator("op-1", cluster) {
                $0.healthListen = "127.0.0.1:0"
                $0.readyFile = folder.path("ready")
            }
            _ = try await eventually("the ready file", { try? folder.read("ready") }) { $0 != nil }
            #expect(try await cluster.lease("op-1") == nil)
            _ = try await eventually("the seat", { try await cluster.lease("op-1") }) { $0 != nil }
            try await process.stop()
        }
    }
}
