import KubeClient
import KubeModel
import KubeRuntime
import LinuxIO
import Logging
import Ownership
import Synchronization
import Testing
import Wire

@testable import Product

/// If these fail, two installations fight over the same tasks, or a pod that nobody sees says nothing of it.
@Suite struct SurroundingsTests {
    private static func surroundings(_ cluster: TestCluster, _ log: Logger = Logger(label: "test")) -> Surroundings {
        let identity = OperatorIdentity(pod: "op-1", podUID: "u", namespace: "ops")
        return Surroundings(api: cluster.api, identity: identity, service: "op", log: log)
    }

    /// Seconds that pass when somebody waits for them; `each` happens meanwhile.
    private final class Seconds: Sendable {
        private let passed = Atomic<Int64>(0)
        let each: @Sendable (Int64) async throws -> Void
        var count: Int64 { passed.load(ordering: .relaxed) }

        init(each: @escaping @Sendable (Int64) async throws -> Void = { _ in }) { self.each = each }

        var clock: ControlClock {
            ControlClock(
                now: { MonotonicInstant(nanoseconds: self.count * 1_000_000_000) },
                pause: { duration in
                    self.passed.wrappingAdd(duration.components.seconds, ordering: .relaxed)
                    do { try await self.each(self.count) } catch { Issue.record(error) }
                }
            )
        }
    }

    private static func lease(_ name: String, _ namespace: String, holder: String) -> JSONValue {
        [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": [
                "name": .string(name), "namespace": .string(namespace), "labels": [SeatKeys.seatLabel: "true"],
            ],
            "spec": ["holderIdentity": .string(holder), "leaseDurationSeconds": 10],
        ]
    }

    @Test func aSeatOfAnotherNamespaceThatIsRenewedIsCompanyAndNamed() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        _ = try await cluster.api.send(
            .create(.leases, namespace: "default", Self.lease("op-9", "default", holder: "op-9_u_n"))
        )
        let key = ObjectKey(namespace: "default", name: "op-9")
        let seconds = Seconds { second in
            guard second == 3 else { return }
            let renewal: JSONValue = ["spec": ["renewTime": "2026-01-01T00:00:00.000000Z"]]
            _ = try await cluster.api.send(.patch(.leases, key, .merge, renewal))
        }
        var surroundings = Self.surroundings(cluster)
        surroundings.clock = seconds.clock
        do {
            try await surroundings.refuseCompany()
            Issue.record("a second installation was not noticed")
        } catch {
            #expect(error.description.contains("Lease default/op-9 is held by op-9_u_n"))
            #expect(error.description.contains("kubectl -n default delete leases"))
        }
        #expect(seconds.count == 3)
    }

    /// Made by hand or left behind: it keeps nobody from the tasks.
    @Test(arguments: [(10, 10), (1, 1), (0, 15), (86_400, 15)] as [(Int64, Int64)])
    func aSeatOfAnotherNamespaceThatIsNotRenewedIsToldAndPassedOver(duration: Int64, waited: Int64) async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        var lease = Self.lease("op-9", "default", holder: "nobody")
        lease["spec"]?["leaseDurationSeconds"] = duration == 0 ? nil : .integer(duration)
        _ = try await cluster.api.send(.create(.leases, namespace: "default", lease))
        let counter = WarningCounter()
        let seconds = Seconds()
        var surroundings = Self.surroundings(cluster, Logger(label: "test") { _ in counter })
        surroundings.clock = seconds.clock
        try await surroundings.refuseCompany()
        #expect(seconds.count == waited)
        #expect(counter.count == 1)
    }

    @Test func whoIsAloneDoesNotWait() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        _ = try await cluster.api.send(
            .create(.leases, namespace: "ops", Self.lease("op-0", "ops", holder: "op-0_u_n"))
        )
        _ = try await cluster.api.send(.create(.leases, namespace: "default", Self.lease("old", "default", holder: "")))
        let seconds = Seconds()
        var surroundings = Self.surroundings(cluster)
        surroundings.clock = seconds.clock
        try await surroundings.refuseCompany()
        #expect(seconds.count == 0)
    }

    /// By name, readiness and uid, as the webhook looks at it.
    @Test(arguments: [(true, "u", 0), (false, "u", 1), (true, "another", 1)])
    func aPodThatIsNoReadyEndpointIsWarnedOf(ready: Bool, uid: String, warnings: Int) async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        let slice: JSONValue = [
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": ["name": "op-1", "namespace": "ops", "labels": [EndpointSlice.serviceNameLabel: "op"]],
            "addressType": "IPv4",
            "endpoints": [
                [
                    "addresses": ["127.1.0.1"], "conditions": ["ready": .bool(ready)],
                    "targetRef": ["kind": "Pod", "name": "op-1", "namespace": "ops", "uid": .string(uid)],
                ]
            ],
        ]
        _ = try await cluster.api.send(.create(.endpointSlices, namespace: "ops", slice))
        let counter = WarningCounter()
        await Self.surroundings(cluster, Logger(label: "test") { _ in counter }).warnIfUnseen()
        #expect(counter.count == warnings)
    }

    /// Whether a missing Lease must be missed for D, and who keeps the seat while the pod is away.
    @Test(arguments: [
        ("ReplicaSet", 0, SeatName.fresh), ("ReplicaSet", 1, .used), ("StatefulSet", 0, .recurring),
        ("StatefulSet", 2, .recurring),
    ])
    func whatIsKnownOfTheNameIsReadFromThePod(owner: String, restarts: Int, name: SeatName) {
        let pod: JSONValue = [
            "metadata": ["ownerReferences": [["kind": .string(owner), "name": "op"]]],
            "status": ["containerStatuses": [["name": "operator", "restartCount": .integer(Int64(restarts))]]],
        ]
        #expect(Surroundings.seatName(pod) == name)
    }
}
