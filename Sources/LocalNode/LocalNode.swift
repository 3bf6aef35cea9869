package import KubeClient
internal import KubeModel
internal import LinuxIO
package import Logging
internal import Serving
internal import TLSEngine
internal import Wire

/// A node and the controllers around it, with real processes: what kubelet, Deployment, StatefulSet and EndpointSlice
/// controller do, for one node on this machine. It knows the cluster only by the API.
package actor LocalNode {
    let api: any KubeAPI
    let configuration: NodeConfiguration
    let log: Logger
    let thread: ReactorThread
    private var pods: [String: NodePod] = [:]
    /// Of Pods that have ended here; a watch that is behind must not start them again.
    private var finished: Set<String> = []
    var known = ClusterSnapshot()
    /// Created by us and not yet seen in a watch: without them a slow watch would make too many.
    var unseen: [(object: JSONValue, until: MonotonicInstant)] = []
    private let actions: AsyncStream<NodeAction>.Continuation
    private let pending: AsyncStream<NodeAction>
    var isPlanning = false
    var planAgain = false

    package init(_ api: any KubeAPI, _ configuration: NodeConfiguration, log: Logger) throws {
        self.api = api
        self.configuration = configuration
        self.log = log
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
        unseen.removeAll { made in snapshot.contains(made.object) }
        syncPods()
        await plan()
    }

    // MARK: - Kubelet

    private func syncPods() {
        var seen: Set<String> = []
        for object in known.pods where object.at("spec", "nodeName")?.stringValue == configuration.name {
            guard let uid = object.at("metadata", "uid")?.stringValue else { continue }
            seen.insert(uid)
            if pods[uid] == nil, !finished.contains(uid) { admit(object, uid) }
            guard object.at("metadata", "deletionTimestamp") != nil else { continue }
            let seconds = object.at("metadata", "deletionGracePeriodSeconds")?.integerValue ?? 30
            step(uid, .deletionRequested(grace: .seconds(seconds)))
        }
        finished.formIntersection(seen)
        for uid in pods.keys where !seen.contains(uid) {
            step(uid, .objectVanished(livesOn: configuration.orphansLiveOn))
        }
    }

    private func admit(_ object: JSONValue, _ uid: String) {
        do throws(PodSpecError) {
            let spec = try PodSpec(pod: object)
            let created = object.at("metadata", "creationTimestamp")?.stringValue.flatMap(Timestamp.init)
            pods[uid] = NodePod(
                machine: PodMachine(spec: spec, now: BootClock.now()),
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
        // Noted before anything else can happen: who has something to tell is not forgotten.
        if wanted.contains(.writeStatus) { pod.statusIsDue = true }
        if wanted.contains(.removePod) { pod.removalIsDue = true }
        pods[uid] = pod
        for action in wanted {
            if case .dropped = actions.yield(.pod(uid: uid, action)) {
                log.error("an action of a Pod was dropped", metadata: ["pod": "\(pod.machine.spec.name)"])
            }
        }
        if wanted.isEmpty { forgetIfDone(uid) }
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
        case .pod(let uid, .writeStatus), .pod(let uid, .removePod): await report(uid)
        }
    }

    private func start(_ uid: String) async {
        guard var pod = pods[uid] else { return }
        let spec = pod.machine.spec
        do {
            if pod.address.isEmpty {
                pod.address = try await configuration.network.attach(spec)
                pods[uid]?.address = pod.address
            }
            let folders = try await VolumeFolders.make(spec, in: configuration.folder, api: api)
            let process = spec.process(podIP: pod.address, folders: folders)
            let program = configuration.network.wrapping([configuration.executable] + process.arguments, for: spec)
            let credentials = try await configuration.credentials?(spec) ?? []
            var command = ProcessCommand(
                program[0],
                Array(program.dropFirst()),
                environment: credentials
                    + (configuration.baseEnvironment + process.environment).filter { known in
                        !credentials.contains { $0.name == known.name }
                    }
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

    /// Tells the API how the Pod is, and in the end that it is gone; again and again while the API cannot be reached. One
    /// write at a time for each Pod, so that an older state never overtakes a newer one.
    private func report(_ uid: String) async {
        guard let pod = pods[uid], !pod.isReporting else { return }
        pods[uid]?.isReporting = true
        while let pod = pods[uid], pod.statusIsDue || pod.removalIsDue {
            pods[uid]?.statusIsDue = false
            let settled = await settle(pod.statusIsDue ? statusWrite(pod, uid) : removal(pod, uid))
            if settled, !pod.statusIsDue { return await forget(uid) }
            guard !settled else { continue }
            pods[uid]?.statusIsDue = pod.statusIsDue
            do { try await Task.sleep(for: NodeLimits.writeRetry) } catch { break }
        }
        pods[uid]?.isReporting = false
        forgetIfDone(uid)
    }

    private func statusWrite(_ pod: NodePod, _ uid: String) -> KubeRequest {
        let status = pod.machine.status(podIP: pod.address, hostIP: "127.0.0.1", createdAt: pod.createdAt)
        let body: JSONValue = ["metadata": ["uid": .string(uid)], "status": status]
        return .patch(.pods, pod.key, subresource: "status", .merge, body)
    }

    private func removal(_ pod: NodePod, _ uid: String) -> KubeRequest {
        .delete(.pods, pod.key, Preconditions(uid: uid, gracePeriodSeconds: 0))
    }

    /// Whether the write need not be repeated: done, or the object is not there any more.
    private func settle(_ request: KubeRequest) async -> Bool {
        do throws(KubeError) {
            _ = try await api.send(request, timeout: .seconds(5))
            return true
        } catch {
            return [404, 409].contains(error.status?.code)
        }
    }

    /// Of a Pod whose object vanished nothing is told.
    private func forgetIfDone(_ uid: String) {
        guard let pod = pods[uid], pod.machine.isGone, pod.child == nil, !pod.isReporting, !pod.statusIsDue,
            !pod.removalIsDue
        else { return }
        Task { await forget(uid) }
    }

    private func forget(_ uid: String) async {
        guard let pod = pods.removeValue(forKey: uid) else { return }
        finished.insert(uid)
        if !pod.address.isEmpty { await configuration.network.detach(pod.machine.spec, address: pod.address) }
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
}

/// One Pod that is run here.
struct NodePod {
    var machine: PodMachine
    /// Empty until its first container starts.
    var address = ""
    var createdAt: Timestamp
    var child: ProcessHandle?
    var statusIsDue = false
    var removalIsDue = false
    var isReporting = false

    var key: ObjectKey { ObjectKey(namespace: machine.spec.namespace, name: machine.spec.name) }
}

enum NodeAction: Sendable {
    case pod(uid: String, PodMachine.Action)
}
