import LocalNode
import Testing
import Wire

/// If these fail, the played StatefulSet's pods do not keep their names, or roll all at once.
@Suite struct StatefulSetPlanTests {
    private func plan(_ world: WorkloadBench) -> StatefulSetPlan {
        StatefulSetPlan(set: world.workload, pods: world.pods, node: "n")
    }

    private func started(_ replicas: Int64) -> WorkloadBench {
        var world = WorkloadBench(kind: "StatefulSet", replicas: replicas, [:])
        while !plan(world).createPods.isEmpty { world.add(plan(world).createPods) }
        return world
    }

    @Test func podsComeInOrderEachOnceTheOneBeforeIsReady() {
        var world = WorkloadBench(kind: "StatefulSet", replicas: 2, [:])
        world.add(plan(world).createPods, ready: false)
        #expect(world.names == ["op-0"])
        #expect(plan(world).createPods.isEmpty)
        world.setReady(0, true)
        world.add(plan(world).createPods)
        #expect(world.names == ["op-0", "op-1"])
        #expect(world.pods[1].at("metadata", "labels", "statefulset.kubernetes.io/pod-name") == "op-1")
    }

    @Test func parallelPodsComeAtOnce() {
        let world = WorkloadBench(kind: "StatefulSet", replicas: 3, ["podManagementPolicy": "Parallel"])
        #expect(plan(world).createPods.count == 3)
    }

    @Test func aRolloutReplacesOnePodAtATimeFromTheLastAndEachReturnsUnderItsName() {
        var world = started(3)
        world.changeTemplate()
        var order: [String] = []
        while let next = plan(world).deletePods.first {
            order.append(next.name)
            world.terminate(uids: [next.uid])
            #expect(plan(world).createPods.isEmpty, "the name is taken until the old pod is gone")
            #expect(plan(world).deletePods.isEmpty)
            world.remove(uids: [next.uid])
            world.add(plan(world).createPods, ready: false)
            #expect(plan(world).deletePods.isEmpty, "the next waits for it")
            world.setReady(2, true)
        }
        #expect(order == ["op-2", "op-1", "op-0"])
        #expect(plan(world).status["updatedReplicas"] == 3)
        #expect(plan(world).status["currentRevision"] == plan(world).status["updateRevision"])
    }

    @Test func scalingDownTakesTheLastPodFirst() {
        var world = started(3)
        world.workload["spec"]?["replicas"] = 1
        #expect(plan(world).deletePods.map(\.name) == ["op-2"])
    }
}
