package import KubeClient
internal import KubeModel
internal import LinuxIO
package import Logging
internal import Serving
internal import TLSEngine
internal import Wire

/// A node and the controllers around it, with real processes: what kubelet, Deployment controller and EndpointSlice
/// controller do, for one node on loopback. It knows the cluster only by the API.
package actor LocalNode {
    let api: any KubeAPI
    let configuration: NodeConfiguration
    let log: Logger
    let thread: ReactorThread
    private var network: PodNetwork
    private var pods: [String: NodePod] = [:]
    private var known = ClusterSnapshot()
    /// Created by us and not yet seen in a watch: without them a slow watch would make too many.
    private var unseen: [JSONValue] = []
    private let actions: AsyncStream<NodeAction>.Continuation
    private let pending: AsyncStream<NodeAction>
    private var isPlanning = false
    private var planAgain = false

    package init(_ api: any KubeAPI, _ configuration: NodeConfiguration, log: Logger) throws {
        self.api = api
        self.configuration = configuration
        self.log = log
        network = configuration.network
        thread = try ReactorThread(name: "node")
        (pending, actions) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(NodeLimits.pendingActionsMax))
    }

    /// Plays the node until the task is cancelled, then ends every container: SIGTERM, and SIGKILL after `grace`.
    package func run(grace: Duration = .seconds(5)) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepTime() }
            for await action in pending {
                group.addTask { await self.perform(action) }
            }
            group.cancelAll()
        }
        await endAll(grace: grace)
        thread.stop()
    }

    /// The API's objects have changed.
    package func update(_ snapshot: ClusterSnapshot) async {
        known = snapshot
        unseen.removeAll { made in snapshot.contains(made) }
        syncPods()
        await plan()
    }

    /// The processes that run, by Pod name: for whoever wants to kill one.
    package var processes: [String: Int32] {
        var result: [String: Int32] = [:]
        for pod in pods.values { if let child = pod.child { result[pod.machine.spec.name] = child.pid } }
        return result
    }

    // MARK: - Kubelet

    private func syncPods() {
        var seen: Set<String> = []
        for object in known.pods where object.at("spec", "nodeName")?.stringValue == configuration.name {
            guard let uid = object.at("metadata", "uid")?.stringValue else { continue }
            seen.insert(uid)
            if pods[uid] == nil { admit(object, uid) }
            guard object.at("metadata", "deletionTimestamp") != nil else { continue }
            let seconds = object.at("metadata", "deletionGracePeriodSeconds")?.integerValue ?? 30
            step(uid, .deletionRequested(grace: .seconds(seconds)))
        }
        // An object that vanished was deleted by force: its process must not live on.
        for uid in pods.keys where !seen.contains(uid) { step(uid, .deletionRequested(grace: .zero)) }
    }

    private func admit(_ object: JSONValue, _ uid: String) {
        do throws(PodSpecError) {
            let spec = try PodSpec(pod: object)
            guard let address = network.take() else {
                throw PodSpecError(text: "no address is left for Pod \(spec.name)")
            }
            let created = object.at("metadata", "creationTimestamp")?.stringValue.flatMap(Timestamp.init)
            pods[uid] = NodePod(
                machine: PodMachine(spec: spec, now: BootClock.now()),
                address: address,
                createdAt: created ?? WallClock.now()
            )
            step(uid, .tick)
        } catch {
            log.error("a Pod cannot be run", metadata: ["error": "\(error)"])
        }
    }

    private func step(_ uid: String, _ event: PodMachine.Event) {
        guard var pod = pods[uid] else { return }
        let fresh = RandomBytes.make(16).map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
        let wanted = pod.machine.step(event, now: BootClock.now(), wall: WallClock.now(), freshID: fresh)
        pods[uid] = pod
        for action in wanted {
            if case .dropped = actions.yield(.pod(uid: uid, action)) {
                log.error("an action of a Pod was dropped", metadata: ["pod": "\(pod.machine.spec.name)"])
            }
        }
        if pod.machine.isGone, pod.child == nil, wanted.isEmpty { forget(uid) }
    }

    private func keepTime() async {
        while !Task.isCancelled {
            // The kubelet's own beat; probes and restarts are due to the tenth of a second.
            try? await Task.sleep(for: .milliseconds(100))
            for uid in pods.keys { step(uid, .tick) }
        }
        actions.finish()
    }

    private func perform(_ action: NodeAction) async {
        switch action {
        case .pod(let uid, .start): await start(uid)
        case .pod(let uid, .signal(_, let signal)):
            pods[uid]?.child?.signal(signal == .kill ? .kill : .terminate)
        case .pod(let uid, .probe(let kind)):
            guard let pod = pods[uid], let probe = pod.machine.spec.probes[kind] else { return }
            let passed = await ProbeCall.passes(probe, address: pod.address, on: thread)
            step(uid, .probed(kind, passed: passed))
        case .pod(let uid, .writeStatus): await writeStatus(uid)
        case .pod(let uid, .removePod): await remove(uid)
        }
    }

    private func start(_ uid: String) async {
        guard let pod = pods[uid] else { return }
        let spec = pod.machine.spec
        do {
            let folders = try await VolumeFolders.make(spec, in: configuration.folder, api: api)
            let process = spec.process(podIP: pod.address, folders: folders)
            var command = ProcessCommand(
                configuration.executable,
                process.arguments,
                environment: configuration.baseEnvironment + process.environment
            )
            command.output = .file("\(configuration.folder)/logs/\(spec.name).log")
            let child = try await ProcessHandle.start(command, on: thread) { end in
                Task { await self.ended(uid, end) }
            }
            pods[uid]?.child = child
            step(uid, .started(pid: child.pid))
            log.info("container started", metadata: ["pod": "\(spec.name)", "pid": "\(child.pid)"])
        } catch {
            log.error("container not started", metadata: ["pod": "\(spec.name)", "error": "\(error)"])
            step(uid, .startFailed(reason: "CreateContainerError"))
        }
    }

    private func ended(_ uid: String, _ end: ProcessEnd) {
        guard let pod = pods[uid] else { return }
        log.info(
            "container ended",
            metadata: [
                "pod": "\(pod.machine.spec.name)", "exit_code": "\(end.exitCode)", "signal": "\(end.signal ?? 0)",
            ]
        )
        pods[uid]?.child = nil
        step(uid, .exited(.init(exitCode: end.exitCode, signal: end.signal)))
    }

    private func writeStatus(_ uid: String) async {
        // The state as it is when the write is sent: of several writes the last tells everything.
        guard let pod = pods[uid] else { return }
        let status = pod.machine.status(podIP: pod.address, hostIP: "127.0.0.1", createdAt: pod.createdAt)
        let key = ObjectKey(namespace: pod.machine.spec.namespace, name: pod.machine.spec.name)
        await write(
            .patch(.pods, key, subresource: "status", .merge, ["metadata": ["uid": .string(uid)], "status": status])
        )
    }

    private func remove(_ uid: String) async {
        guard let spec = pods[uid]?.machine.spec else { return }
        forget(uid)
        let key = ObjectKey(namespace: spec.namespace, name: spec.name)
        await write(.delete(.pods, key, Preconditions(uid: uid, gracePeriodSeconds: 0)))
    }

    private func forget(_ uid: String) {
        if let pod = pods.removeValue(forKey: uid) { network.giveBack(pod.address) }
    }

    private func endAll(grace: Duration) async {
        let deadline = BootClock.now() + grace
        for pod in pods.values { pod.child?.signal(.terminate) }
        while pods.values.contains(where: { $0.child != nil }) {
            if BootClock.now() > deadline { for pod in pods.values { pod.child?.signal(.kill) } }
            // An unstructured task does not inherit the cancellation that brought us here.
            await Task { try? await Task.sleep(for: .milliseconds(20)) }.value
        }
    }

    // MARK: - Controllers

    /// One pass over everything at a time; a change during a pass asks for another.
    private func plan() async {
        planAgain = true
        guard !isPlanning else { return }
        isPlanning = true
        defer { isPlanning = false }
        while planAgain {
            planAgain = false
            for deployment in known.deployments { await reconcile(deployment) }
            for service in known.services { await reconcileSlice(service) }
        }
    }

    private func reconcile(_ deployment: JSONValue) async {
        let namespace = deployment.at("metadata", "namespace")?.stringValue ?? ""
        let selector = deployment.at("spec", "selector", "matchLabels")?.objectValue ?? JSONObject()
        let made = unseen.filter { $0["kind"]?.stringValue == "Pod" }
        let mine = (known.pods + made).filter { pod in
            pod.at("metadata", "namespace")?.stringValue == namespace
                && selector.members.allSatisfy { pod.at("metadata", "labels", $0.name) == $0.value }
        }
        let sets = known.replicaSets + unseen.filter { $0["kind"]?.stringValue == "ReplicaSet" }
        let plan = DeploymentPlan(deployment: deployment, replicaSets: sets, pods: mine, node: configuration.name)
        if let set = plan.createReplicaSet { await create(.replicaSets, namespace, set) }
        for pod in plan.createPods { await create(.pods, namespace, pod) }
        for key in plan.deletePods {
            let parts = key.split(separator: "/").map(String.init)
            await write(.delete(.pods, ObjectKey(namespace: parts[0], name: parts[1])))
        }
        if deployment["status"] != plan.status, let name = deployment.at("metadata", "name")?.stringValue {
            let key = ObjectKey(namespace: namespace, name: name)
            await write(.patch(.deployments, key, subresource: "status", .merge, ["status": plan.status]))
        }
    }

    private func create(_ resource: GroupVersionResource, _ namespace: String, _ object: JSONValue) async {
        guard let made = await write(.create(resource, namespace: namespace, object)) else { return }
        unseen.append(made)
        planAgain = true
    }

    private func reconcileSlice(_ service: JSONValue) async {
        guard let slice = EndpointSlicePlan.slice(service: service, pods: known.pods),
            let name = slice.at("metadata", "name")?.stringValue,
            let namespace = slice.at("metadata", "namespace")?.stringValue
        else { return }
        let key = ObjectKey(namespace: namespace, name: name)
        let made = unseen.filter { $0["kind"]?.stringValue == "EndpointSlice" }
        guard let old = (known.slices + made).first(where: { ClusterSnapshot.key($0) == key }) else {
            return await create(.endpointSlices, namespace, slice)
        }
        guard old["endpoints"] != slice["endpoints"] || old["ports"] != slice["ports"] else { return }
        await write(
            .patch(
                .endpointSlices,
                key,
                .merge,
                ["endpoints": slice["endpoints"] ?? [], "ports": slice["ports"] ?? []]
            )
        )
    }

    /// A write that the next pass repeats if it was needed and failed; nil if it failed.
    @discardableResult
    private func write(_ request: KubeRequest) async -> JSONValue? {
        do throws(KubeError) {
            return try await api.send(request, timeout: .seconds(10))
        } catch {
            if error.status?.code != 404 {
                log.warning(
                    "a write failed",
                    metadata: ["what": "\(request.resource) \(request.name)", "error": "\(error)"]
                )
            }
            return nil
        }
    }
}

/// One Pod that is run here.
struct NodePod {
    var machine: PodMachine
    var address: String
    var createdAt: Timestamp
    var child: ProcessHandle?
}

enum NodeAction: Sendable {
    case pod(uid: String, PodMachine.Action)
}
