import KubeClient
import KubeModel
import LinuxIO
import Logging
import Ownership
import Testing
import Wire

@testable import Product

/// If these fail, two installations fight over the same tasks, or a pod that nobody sees says nothing of it.
@Suite struct SurroundingsTests {
    private static func surroundings(_ cluster: TestCluster, _ log: Logger = Logger(label: "test")) -> Surroundings {
        let identity = OperatorIdentity(pod: "op-1", podUID: "u", namespace: "ops")
        return Surroundings(api: cluster.api, identity: identity, service: "op", log: log)
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

    @Test func aHeldSeatOfAnotherNamespaceIsCompanyAndNamed() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        _ = try await cluster.api.send(
            .create(.leases, namespace: "ops", Self.lease("op-0", "ops", holder: "op-0_u_n"))
        )
        _ = try await cluster.api.send(.create(.leases, namespace: "default", Self.lease("old", "default", holder: "")))
        try await Self.surroundings(cluster).refuseCompany()
        _ = try await cluster.api.send(
            .create(.leases, namespace: "default", Self.lease("op-9", "default", holder: "op-9_u_n"))
        )
        do {
            try await Self.surroundings(cluster).refuseCompany()
            Issue.record("a second installation was not noticed")
        } catch {
            #expect(error.description.contains("Lease default/op-9 is held by op-9_u_n"))
            #expect(error.description.contains("kubectl -n default delete leases"))
        }
    }

    @Test(arguments: [(true, 0), (false, 1)])
    func aPodThatIsNoReadyEndpointIsWarnedOf(ready: Bool, warnings: Int) async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        let slice: JSONValue = [
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": ["name": "op-1", "namespace": "ops", "labels": [EndpointSlice.serviceNameLabel: "op"]],
            "addressType": "IPv4",
            "endpoints": [
                [
                    "addresses": ["127.1.0.1"], "conditions": ["ready": .bool(ready)],
                    "targetRef": ["kind": "Pod", "name": "op-1", "namespace": "ops", "uid": "u"],
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
