import KubeClient
import KubeModel
import LinuxIO
import Logging
import Ownership
import Product
import Synchronization
import Telemetry
import TestSupport
import Testing
import Wire

/// What an operator leaves behind for `kubectl describe`.
@Suite(.timeLimit(.minutes(2))) struct OperatorEventsTests {
    /// Reason and count of every Event about an object.
    private func story(_ cluster: TestCluster, _ name: String, in namespace: String = "default") async throws
        -> [String]
    {
        let scope = ListScope(namespace: namespace, fieldSelector: "involvedObject.name=\(name)")
        let list = try ListPage(try await cluster.api.send(.list(.events, scope)))
        return list.items.map {
            "\($0["reason"]?.stringValue ?? "") \($0["count"]?.integerValue ?? 0)"
        }.sorted()
    }

    @Test func theStoryOfATaskIsTold() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("twice", owner: "op-1", spec: ["payload": ["fail": "no disk", "failTimes": 2]])
        let process = TestOperator("op-1", cluster)
        let task = try await cluster.finished("twice")
        let told = try await eventually("told", { try await story(cluster, "twice") }) {
            $0.contains("Succeeded 1") && $0.contains("Retrying 2") && $0.contains("Started 3")
        }
        #expect(told.count == 3, "\(told)")
        let events = try ListPage(try await cluster.api.send(.list(.events, ListScope(namespace: "default")))).items
        #expect(events.allSatisfy { $0.at("involvedObject", "uid")?.stringValue == task.meta.uid })
        try await process.stop()
        // The seat was let go of in order; that is the pod's story.
        #expect(try await story(cluster, "op-1", in: "ops").contains("SeatLeft 1"))
    }

    @Test func aTaskThatIsStoppedSaysSo() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("long", owner: "op-1", spec: ["payload": ["sleep": "1h"]])
        let process = TestOperator("op-1", cluster) { $0.drain = .milliseconds(50) }
        // That it is Running is written before the handler starts.
        try await eventually("at work", { try await story(cluster, "long") }) { $0 == ["Started 1"] }
        try await process.stop()
        #expect(try await story(cluster, "long") == ["Interrupted 1", "Started 1"])
    }

    /// No try of the task has begun here: its uid is looked up.
    @Test func aClaimIsFoundByTheTasksUID() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("unowned", owner: "")
        let task = try await cluster.task("unowned")
        let registry = MetricsRegistry()
        let recorder = EventRecorder(
            cluster.api,
            OperatorIdentity(pod: "op-1", podUID: "uid", namespace: "ops"),
            log: Logger(label: "events") { _ in SwiftLogNoOpLogHandler() },
            registry: registry
        )
        for outcome in ["written", "failed", "dropped"] {
            let none = #"workclaim_events_total{outcome="\#(outcome)"} 0"#
            #expect(String(decoding: registry.render(), as: UTF8.self).contains(none), "before the first")
        }
        let running = Task { await recorder.run() }
        recorder.tell(.claimed(task.key, seat: "op-1"))
        recorder.tell(.claimed(ObjectKey(namespace: "default", name: "never-was"), seat: "op-1"))
        await recorder.close(running)
        let scope = ListScope(namespace: "default", fieldSelector: "involvedObject.uid=\(task.meta.uid),reason=Claimed")
        #expect(try ListPage(try await cluster.api.send(.list(.events, scope))).items.count == 1)
        let text = String(decoding: registry.render(), as: UTF8.self)
        #expect(text.contains(#"workclaim_events_total{outcome="written"} 1"#), "\(text)")
        #expect(text.contains(#"workclaim_events_total{outcome="failed"} 1"#))
    }

    /// A task that is made anew under the name of one whose try has ended here is another one. That the recorder forgets the
    /// first is also why it does not grow.
    @Test(arguments: [false, true]) func aTaskOfTheSameNameIsAnotherOne(wasInterrupted: Bool) async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("again", owner: "")
        let first = try await cluster.task("again")
        let recorder = EventRecorder(
            cluster.api,
            OperatorIdentity(pod: "op-1", podUID: "uid", namespace: "ops"),
            log: Logger(label: "events") { _ in SwiftLogNoOpLogHandler() },
            registry: MetricsRegistry()
        )
        let running = Task { await recorder.run() }
        let context = TaskContext(
            seat: "op-1",
            term: "1",
            epoch: 1,
            leaseTransitions: 1,
            attempt: 1,
            until: BootClock.now() + .seconds(10)
        )
        recorder.started(first, context)
        if wasInterrupted {
            recorder.interrupted(first, context)
        } else {
            recorder.tell(.tryEnded(first.key, TaskVerdict(.succeeded("done")), took: .seconds(1)))
        }
        _ = try await cluster.api.send(.delete(.taskOwners, first.key))
        try await cluster.createTask("again", owner: "")
        let second = try await cluster.task("again")
        #expect(second.meta.uid != first.meta.uid)
        recorder.tell(.claimed(second.key, seat: "op-1"))
        await recorder.close(running)
        for (task, reasons) in [
            (first, ["Started", wasInterrupted ? "Interrupted" : "Succeeded"]), (second, ["Claimed"]),
        ] {
            let scope = ListScope(namespace: "default", fieldSelector: "involvedObject.uid=\(task.meta.uid)")
            let told = try ListPage(try await cluster.api.send(.list(.events, scope))).items
            #expect(Set(told.compactMap { $0["reason"]?.stringValue }) == Set(reasons))
        }
    }

    /// Every request is refused, first as in a namespace that is being deleted.
    private final class Refusing: KubeAPI {
        private let asked = Atomic<Int>(0)
        private let terminating: Int
        init(terminating: Int) { self.terminating = terminating }

        func send(_: KubeRequest, timeout _: Duration) async throws(KubeError) -> JSONValue {
            let count = asked.wrappingAdd(1, ordering: .relaxed).newValue
            let cause = KubeStatus.Cause(type: "NamespaceTerminating", field: "metadata.namespace", message: "going")
            let status = KubeStatus(
                code: 403,
                reason: "Forbidden",
                message: "no",
                causes: count <= terminating ? [cause] : []
            )
            throw .status(status)
        }

        func watch(_: KubeRequest, idle _: Duration) async throws(KubeError) -> WatchStream {
            throw .malformed("nobody watches here")
        }
    }

    /// The one line about missing rights is kept for missing rights.
    @Test(arguments: [(1, 1), (2, 0)])
    func aNamespaceThatIsBeingDeletedIsNoMissingRight(terminating: Int, warnings: Int) async {
        let counter = WarningCounter()
        let recorder = EventRecorder(
            Refusing(terminating: terminating),
            OperatorIdentity(pod: "op-1", podUID: "uid", namespace: "ops"),
            log: Logger(label: "events") { _ in counter },
            registry: MetricsRegistry()
        )
        let running = Task { await recorder.run() }
        for name in ["a", "b"] {
            recorder.tell(.claimed(ObjectKey(namespace: "default", name: name), seat: "op-1"))
        }
        await recorder.close(running)
        #expect(counter.count == warnings)
    }

    @Test func nothingIsToldIfNobodyWantsIt() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("quiet", owner: "op-1")
        let process = TestOperator("op-1", cluster) { $0.tellsEvents = false }
        _ = try await cluster.finished("quiet")
        try await process.stop()
        #expect(try await story(cluster, "quiet").isEmpty)
    }
}
