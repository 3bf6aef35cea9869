import KubeClient
import KubeModel
import KubeRuntime
import LinuxIO
import Ownership
import TestSupport
import Testing
import Wire

/// An operator under which others come and go for weeks keeps nothing of their seats.
@Suite struct KeptSeatsTests {
    @Test func nothingIsKeptOfASeatThatIsGone() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        let thread = try ReactorThread(name: "replica")
        defer { thread.stop() }
        let api = try RemoteKubeAPI(cluster.configuration, on: thread)
        var configuration = ReplicaConfiguration(
            namespace: "ops",
            identity: SeatIdentity(pod: "op-1", podUID: "uid-of-op-1", nonce: "n"),
            seat: "op-1",
            profile: .fast
        )
        configuration.pace.emptyEstate = .milliseconds(100)
        let loop = ReplicaLoop(
            configuration,
            connections: ReplicaLoop.Connections(control: api, thread: thread, watches: api, bulk: api),
            hooks: ReplicaLoop.Hooks(
                work: { _, _ in .cancelled },
                seatNews: { _, _ in },
                quiesced: { _ in },
                told: { _ in },
                summary: { _ in },
                watched: { _, _ in }
            )
        )
        let running = Task { await loop.run() }
        // Let go of by their pods, and without tasks.
        let seats = ["op-7", "op-8", "op-9"]
        for seat in seats { _ = try await cluster.api.send(.create(.leases, namespace: "ops", released(seat))) }
        for seat in seats {
            try await eventually("\(seat) is removed", { try await cluster.lease(seat) }) { $0 == nil }
        }
        let kept = try await eventually("the keepers are gone", { await loop.keptSeats }) { $0 == ["op-1"] }
        #expect(kept == ["op-1"])
        loop.stop()
        await running.value
        #expect(await loop.keptSeats.isEmpty)
    }

    private func released(_ seat: String) -> JSONValue {
        let now = JSONValue.string(WallClock.now().rfc3339Micro)
        return [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": ["name": .string(seat), "labels": [SeatKeys.seatLabel: "true"]],
            "spec": [
                "holderIdentity": "", "leaseTransitions": 4, "leaseDurationSeconds": 5, "acquireTime": now,
                "renewTime": now,
            ],
        ]
    }
}
