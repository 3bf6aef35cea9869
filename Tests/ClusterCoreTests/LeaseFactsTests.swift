import ClusterCore
import Testing
import Wire

/// What was measured about Leases: how they are renewed, taken over and lost.
@Suite struct LeaseFactsTests {
    static let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"

    static func lease(_ holder: String, transitions: Int64 = 0) -> JSONValue {
        [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "seat-a"],
            "spec": [
                "holderIdentity": .string(holder), "leaseDurationSeconds": 10,
                "leaseTransitions": .integer(transitions),
            ],
        ]
    }

    static func renewal(uid: JSONValue, holder: String) -> JSONValue {
        [
            ["op": "test", "path": "/metadata/uid", "value": uid],
            ["op": "test", "path": "/spec/holderIdentity", "value": .string(holder)],
            ["op": "add", "path": "/spec/renewTime", "value": "2026-11-22T16:38:00.000000Z"],
        ]
    }

    @Test func renewalIsRefusedAfterTakeoverDeletionAndRecreation() {
        var cluster = TestCluster()
        let path = Self.leases + "/seat-a"
        let created = cluster.send("POST", Self.leases, Self.lease("a"))
        let uid = created["metadata", "uid"] ?? ""
        let renewal = Self.renewal(uid: uid, holder: "a")
        #expect(cluster.send("PATCH", path, renewal, type: TaskOwners.jsonPatch).status == 200)
        #expect(
            cluster.send("PATCH", path, ["spec": ["holderIdentity": "b"]], type: TaskOwners.mergePatch).status == 200
        )
        #expect(cluster.send("PATCH", path, renewal, type: TaskOwners.jsonPatch).status == 422)
        cluster.send("DELETE", path)
        #expect(cluster.send("PATCH", path, renewal, type: TaskOwners.jsonPatch).status == 404)
        cluster.send("POST", Self.leases, Self.lease("a"))
        #expect(cluster.send("PATCH", path, renewal, type: TaskOwners.jsonPatch).status == 422, "old uid, new Lease")
    }

    @Test func putCreatesAMissingLease() {
        var cluster = TestCluster()
        let answer = cluster.send("PUT", Self.leases + "/seat-a", Self.lease("a"))
        #expect(answer.status == 201)
        #expect(answer["metadata", "uid"] != nil)
        let tasks = TaskOwners.cluster()
        var other = tasks
        var task = TaskOwners.task("t1")
        task["metadata"]?["resourceVersion"] = "1"
        #expect(
            other.send("PUT", TaskOwners.path + "/t1", task).status == 404,
            "a custom resource is not created by PUT"
        )
    }

    @Test func twentyRacingTakeoversHaveOneWinner() {
        var cluster = TestCluster()
        let created = cluster.send("POST", Self.leases, Self.lease("dead", transitions: 3))
        var statuses: [Int] = []
        for number in 0..<20 {
            let takeover: JSONValue = [
                ["op": "test", "path": "/metadata/resourceVersion", "value": .string(created.resourceVersion)],
                ["op": "add", "path": "/spec/holderIdentity", "value": .string("p\(number)")],
                ["op": "add", "path": "/spec/leaseTransitions", "value": 4],
            ]
            statuses.append(cluster.send("PATCH", Self.leases + "/seat-a", takeover, type: TaskOwners.jsonPatch).status)
        }
        #expect(statuses.count(where: { $0 == 200 }) == 1)
        #expect(statuses.count(where: { $0 == 422 }) == 19)
    }

    @Test func nothingProtectsLeaseTransitionsFromAnUnguardedPatch() {
        var cluster = TestCluster()
        cluster.send("POST", Self.leases, Self.lease("a", transitions: 7))
        let patch = cluster.send(
            "PATCH",
            Self.leases + "/seat-a",
            ["spec": ["leaseTransitions": 0]],
            type: TaskOwners.mergePatch
        )
        #expect(patch["spec", "leaseTransitions"] == 0)
    }

    @Test func watchByNameWorks() {
        var cluster = TestCluster()
        let watch = cluster.start("GET", Self.leases + "?watch=1&fieldSelector=metadata.name%3Dseat-a")
        cluster.send("POST", Self.leases, Self.lease("a"))
        var other = Self.lease("b")
        other["metadata"]?["name"] = "seat-b"
        cluster.send("POST", Self.leases, other)
        let events = cluster.take(watch)
        #expect(events.map { $0.value(at: ["object", "metadata", "name"]) } == ["seat-a"])
    }

    @Test func putWithoutResourceVersionIsRefused() {
        var cluster = TestCluster()
        cluster.send("POST", Self.leases, Self.lease("a"))
        let answer = cluster.send("PUT", Self.leases + "/seat-a", Self.lease("b"))
        #expect(answer.status == 422)
        #expect(
            answer.message.contains("metadata.resourceVersion: Invalid value: 0x0: must be specified for an update")
        )
    }
}
