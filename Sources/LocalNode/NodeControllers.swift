internal import KubeClient
internal import KubeModel
internal import LinuxIO
internal import Logging
internal import Wire

/// The controllers of workloads and endpoints, beside the kubelet's part.
extension LocalNode {
    /// One pass over everything at a time; a change during a pass asks for another.
    func plan() async {
        planAgain = true
        guard !isPlanning else { return }
        isPlanning = true
        defer { isPlanning = false }
        while planAgain {
            planAgain = false
            guard configuration.runsControllers else {
                for pod in known.pods where pod.at("spec", "nodeName") == nil { await bind(pod) }
                continue
            }
            for deployment in known.deployments { await reconcile(deployment: deployment) }
            for set in known.statefulSets { await reconcile(statefulSet: set) }
            for service in known.services { await reconcileSlice(service) }
            await collectGarbage()
        }
    }

    /// What a scheduler does that has one node to choose from.
    private func bind(_ pod: JSONValue) async {
        let key = ClusterSnapshot.key(pod)
        let binding: JSONValue = [
            "apiVersion": "v1", "kind": "Binding",
            "metadata": ["name": .string(key.name), "namespace": .string(key.namespace)],
            "target": ["apiVersion": "v1", "kind": "Node", "name": .string(configuration.name)],
        ]
        var request = KubeRequest.create(.pods, namespace: key.namespace, binding)
        request.name = key.name
        request.subresource = "binding"
        await write(request, expecting: [404, 409])
    }

    private func reconcile(deployment: JSONValue) async {
        let key = ClusterSnapshot.key(deployment)
        let plan = DeploymentPlan(
            deployment: deployment,
            replicaSets: known.replicaSets + made("ReplicaSet"),
            pods: pods(of: deployment, controller: "ReplicaSet"),
            node: configuration.name
        )
        if let set = plan.createReplicaSet { await create(.replicaSets, key.namespace, set) }
        await perform(plan.createPods, plan.deletePods, in: key.namespace)
        guard deployment["status"] != plan.status else { return }
        await write(.patch(.deployments, key, subresource: "status", .merge, ["status": plan.status]))
    }

    private func reconcile(statefulSet set: JSONValue) async {
        let key = ClusterSnapshot.key(set)
        let plan = StatefulSetPlan(set: set, pods: pods(of: set, controller: "StatefulSet"), node: configuration.name)
        await perform(plan.createPods, plan.deletePods, in: key.namespace)
        guard set["status"] != plan.status else { return }
        await write(.patch(.statefulSets, key, subresource: "status", .merge, ["status": plan.status]))
    }

    /// What a garbage collector does in the background: whatever a workload that is gone has made goes too.
    private func collectGarbage() async {
        let sets = known.replicaSets + made("ReplicaSet")
        await collect(.replicaSets, sets, madeBy: "Deployment", known.deployments)
        await collect(.pods, known.pods, madeBy: "ReplicaSet", sets)
        await collect(.pods, known.pods, madeBy: "StatefulSet", known.statefulSets)
    }

    private func collect(
        _ resource: GroupVersionResource,
        _ objects: [JSONValue],
        madeBy kind: String,
        _ controllers: [JSONValue]
    ) async {
        let alive = Set(controllers.compactMap { $0.at("metadata", "uid")?.stringValue })
        for object in objects where object.at("metadata", "deletionTimestamp") == nil {
            guard let owner = Self.controller(of: object), owner["kind"]?.stringValue == kind,
                let uid = owner["uid"]?.stringValue, !alive.contains(uid)
            else { continue }
            let precondition = Preconditions(uid: object.at("metadata", "uid")?.stringValue)
            await write(.delete(resource, ClusterSnapshot.key(object), precondition))
        }
    }

    private static func controller(of object: JSONValue) -> JSONValue? {
        object.at("metadata", "ownerReferences")?.arrayValue?.first { $0["controller"] == true }
    }

    private func perform(_ new: [JSONValue], _ old: [PodDeletion], in namespace: String) async {
        for pod in new { await create(.pods, namespace, pod) }
        for pod in old {
            await write(.delete(.pods, ObjectKey(namespace: namespace, name: pod.name), Preconditions(uid: pod.uid)))
        }
    }

    /// Those that a workload's selector matches, but for those that have a controller of another kind.
    private func pods(of workload: JSONValue, controller kind: String) -> [JSONValue] {
        let namespace = workload.at("metadata", "namespace")
        let selector = workload.at("spec", "selector", "matchLabels")?.objectValue ?? JSONObject()
        return (known.pods + made("Pod")).filter { pod in
            let owner = Self.controller(of: pod)
            return (owner.map { $0["kind"]?.stringValue == kind } ?? true)
                && pod.at("metadata", "namespace") == namespace
                && selector.members.allSatisfy { pod.at("metadata", "labels", $0.name) == $0.value }
        }
    }

    /// What we created and no watch has shown yet. Not for ever: it may have gone before any watch saw it.
    private func made(_ kind: String) -> [JSONValue] {
        let now = BootClock.now()
        unseen.removeAll { $0.until < now }
        return unseen.map(\.object).filter { $0["kind"]?.stringValue == kind }
    }

    private func create(_ resource: GroupVersionResource, _ namespace: String, _ object: JSONValue) async {
        guard let made = await write(.create(resource, namespace: namespace, object)) else { return }
        // The watch may have been quicker than the answer.
        if !known.contains(made) { unseen.append((made, BootClock.now() + NodeLimits.watchPatience)) }
        planAgain = true
    }

    private func reconcileSlice(_ service: JSONValue) async {
        guard let slice = EndpointSlicePlan.slice(service: service, pods: known.pods) else { return }
        let key = ClusterSnapshot.key(slice)
        guard let old = (known.slices + made("EndpointSlice")).first(where: { ClusterSnapshot.key($0) == key }) else {
            return await create(.endpointSlices, key.namespace, slice)
        }
        guard old["endpoints"] != slice["endpoints"] || old["ports"] != slice["ports"] else { return }
        let change: JSONValue = ["endpoints": slice["endpoints"] ?? [], "ports": slice["ports"] ?? []]
        await write(.patch(.endpointSlices, key, .merge, change))
    }

    /// nil if it failed; then everything is planned again a little later.
    @discardableResult
    private func write(_ request: KubeRequest, expecting codes: [Int] = [404]) async -> JSONValue? {
        do {
            return try await api.send(request, timeout: .seconds(5))
        } catch {
            if let code = error.status?.code, codes.contains(code) { return nil }
            log.warning(
                "a write failed",
                metadata: ["what": "\(request.resource) \(request.name)", "error": "\(error)"]
            )
            Task {
                try await Task.sleep(for: NodeLimits.writeRetry)
                await self.plan()
            }
            return nil
        }
    }
}
