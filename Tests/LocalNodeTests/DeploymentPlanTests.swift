import LocalNode
import Testing
import Wire

/// If these fail, the demo's and chaos' Deployments do not roll as real ones do.
@Suite struct DeploymentPlanTests {
    private struct Bench {
        var world: WorkloadBench
        var sets: [JSONValue] = []

        init(replicas: Int64, surge: JSONValue, unavailable: JSONValue) {
            let strategy: JSONValue = ["rollingUpdate": ["maxSurge": surge, "maxUnavailable": unavailable]]
            world = WorkloadBench(kind: "Deployment", replicas: replicas, ["strategy": strategy])
        }

        var plan: DeploymentPlan {
            DeploymentPlan(deployment: world.workload, replicaSets: sets, pods: world.pods, node: "n")
        }

        /// One pass: what the plan asks for happens at once. Whether there was anything to do.
        mutating func pass(ready: Bool = true) -> Bool {
            let plan = plan
            if let set = plan.createReplicaSet { sets.append(set) }
            world.add(plan.createPods, ready: ready)
            world.remove(uids: plan.deletePods.map(\.uid))
            return plan.createReplicaSet != nil || !plan.createPods.isEmpty || !plan.deletePods.isEmpty
        }
    }

    @Test func aDeploymentBecomesAReplicaSetAndPods() {
        var bench = Bench(replicas: 2, surge: 1, unavailable: 0)
        let set = bench.plan.createReplicaSet
        #expect(bench.plan.createPods.isEmpty)
        let hash = set?.at("metadata", "labels", "pod-template-hash")?.stringValue ?? ""
        #expect(hash.utf8.count == 10)
        _ = bench.pass()
        #expect(bench.plan.createPods.count == 2)
        #expect(bench.plan.createPods.first?.at("metadata", "generateName")?.stringValue == "op-\(hash)-")
        #expect(bench.plan.createPods.first?.at("spec", "nodeName") == "n")
        while bench.pass() {}
        bench.world.workload["spec"]?["replicas"] = 1
        #expect(bench.plan.deletePods.count == 1)
    }

    @Test func aRolloutWithSurgeAddsOnePodBeforeItTakesOneAway() {
        var bench = Bench(replicas: 3, surge: 1, unavailable: 0)
        while bench.pass() {}
        let old = bench.world.names
        bench.world.changeTemplate()
        _ = bench.pass()  // the new ReplicaSet
        _ = bench.pass(ready: false)
        #expect(bench.world.pods.count == 4)
        let moves = bench.pass()
        #expect(!moves, "until the new pod is ready nothing goes")
        bench.world.setReady(3, true)
        var fewest = 4
        var most = 4
        while bench.pass() {
            fewest = min(fewest, bench.world.pods.count)
            most = max(most, bench.world.pods.count)
        }
        #expect(fewest == 3 && most == 4)
        #expect(bench.world.names.allSatisfy { !old.contains($0) })
        #expect(bench.plan.status["updatedReplicas"] == 3)
    }

    @Test func aRolloutWithoutSurgeTakesOnePodAwayFirst() {
        var bench = Bench(replicas: 3, surge: 0, unavailable: 1)
        while bench.pass() {}
        bench.world.changeTemplate()
        _ = bench.pass()
        #expect(bench.world.pods.count == 2, "the first pass with the new ReplicaSet already lets one go")
        while bench.pass() {}
        #expect(bench.plan.status["updatedReplicas"] == 3)
    }

    @Test func percentagesAreRoundedSoThatARolloutCanMove() {
        var bench = Bench(replicas: 3, surge: "25%", unavailable: "25%")
        while bench.pass() {}
        bench.world.changeTemplate()
        _ = bench.pass()
        #expect(bench.plan.createPods.count == 1, "25 % of 3, rounded up")
        #expect(bench.plan.deletePods.isEmpty, "25 % of 3, rounded down")
    }
}
