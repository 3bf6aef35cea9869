import KubeModel
import Ownership
import Wire

/// The node's agent: starts containers, says what became of them, ends them when their pod is deleted.
extension Simulation {
    mutating func createPod(named name: String, revision: Int) {
        let node = pods.count % nodes.count
        let object: JSONValue = [
            "metadata": ["name": .string(name), "namespace": .string(SimulatedNames.operators)],
            "spec": [
                "nodeName": .string(nodes[node].name), "containers": [["name": "operator", "image": "operator"]],
            ],
        ]
        let result = control(.create(.pods, namespace: SimulatedNames.operators, object))
        guard case .success(let json) = result, let uid = json.at("metadata", "uid")?.stringValue else {
            return violate(.world, "pod \(name) was not made: \(result)")
        }
        pods.append(SimulatedPod(name: name, uid: uid, node: node, revision: revision))
        tell("kubelet", "\(name) is to run on \(nodes[node].name)")
        at(random.within(.milliseconds(200)...(.seconds(2))), .pod(pods.count - 1, .starts(life: 0)))
    }

    mutating func podSteps(_ pod: Int, _ step: PodStep) {
        switch step {
        case .starts(let life): if pods[pod].life == life { startContainer(pod) }
        case .isReported(let life): if pods[pod].life == life { report(pod) }
        case .isTerminated:
            if let process = pods[pod].process { deliver(.replica(.stopRequested), to: process) }
            at(.seconds(30), .pod(pod, .isKilled(life: pods[pod].life)))
        case .isKilled(let life): if pods[pod].life == life { endContainer(pod, "is killed") }
        case .isRemoved: removePod(pod)
        }
    }

    private mutating func startContainer(_ pod: Int) {
        guard pods[pod].process == nil, nodes[pods[pod].node].isUp, !pods[pod].isTerminating, pods[pod].exists else {
            if pods[pod].isTerminating, pods[pod].process == nil { at(.milliseconds(100), .pod(pod, .isRemoved)) }
            return
        }
        pods[pod].life += 1
        let (life, number) = (pods[pod].life, processes.count)
        let identity = SeatIdentity(
            pod: pods[pod].name,
            podUID: pods[pod].uid,
            nonce: String(random.next() >> 32, radix: 16)
        )
        let profile = scenario.profiles[pod % scenario.profiles.count]
        var configuration = ReplicaConfiguration(
            namespace: SimulatedNames.operators,
            identity: identity,
            seat: pods[pod].name,
            profile: profile
        )
        configuration.annotations = [
            SeatKeys.node: nodes[pods[pod].node].name, SeatKeys.revision: "rev-\(pods[pod].revision)",
        ]
        configuration.name = scenario.workload == .statefulSet ? .recurring : life == 1 ? .fresh : .used
        configuration.concurrency = 64
        configuration.retryWait = Backoff(base: .milliseconds(500), cap: .seconds(4))
        configuration.pace = scenario.pace
        configuration.seed = random.next()
        configuration.omissions = scenario.omissions
        processes.append(
            SimulatedProcess(
                number: number,
                pod: pod,
                node: pods[pod].node,
                identity: identity,
                profile: profile,
                replica: ReplicaMachine(configuration),
                server: random.below(Network.serverCount)
            )
        )
        pods[pod].process = number
        pods[pod].runningSince = now
        tell(pods[pod].name, "starts as \(identity.text), \(profile.name) profile")
        tellReplica(number, .started)
        at(random.within(.milliseconds(50)...(.milliseconds(400))), .pod(pod, .isReported(life: life)))
    }

    /// The container is gone, and with it everything in it, handlers included.
    mutating func endContainer(_ pod: Int, _ how: String) {
        guard let process = pods[pod].process else { return }
        tell(pods[pod].name, how)
        kill(process)
        pods[pod].process = nil
        pods[pod].runningSince = nil
        pods[pod].isReady = false
        pods[pod].lastEnd = (
            pods[pod].containerID(pods[pod].life), wall(skew: nodes[pods[pod].node].wallSkew)
        )
        endpointsChange()
        guard nodes[pods[pod].node].isUp, pods[pod].exists else { return }
        reportLater(pod)
        if pods[pod].isTerminating {
            at(random.within(.milliseconds(100)...(.milliseconds(800))), .pod(pod, .isRemoved))
        } else {
            at(random.within(.milliseconds(300)...(.seconds(3))), .pod(pod, .starts(life: pods[pod].life)))
        }
    }

    mutating func reportLater(_ pod: Int) {
        at(random.within(.milliseconds(50)...(.seconds(1))), .pod(pod, .isReported(life: pods[pod].life)))
    }

    mutating func kill(_ process: Int) {
        processes[process].isAlive = false
        for number in processes[process].runs.values.sorted() { end(number, .cancelled) }
        cutStreams("gone") { $0.owner.process == process }
        for (number, call) in network.calls where call.asker.process == process { network.calls[number]?.isOver = true }
    }

    mutating func processFinishes(_ process: Int) {
        guard processes[process].isAlive else { return }
        endContainer(processes[process].pod, "has let go of everything and leaves")
    }

    /// The status, as the node's agent writes it.
    private mutating func report(_ pod: Int) {
        guard pods[pod].exists, nodes[pods[pod].node].isUp else { return }
        let id = JSONValue.string(pods[pod].containerID(pods[pod].life))
        var status: JSONValue = ["name": "operator", "ready": .bool(pods[pod].isReady), "containerID": id]
        var ended: JSONValue?
        if let end = pods[pod].lastEnd {
            ended = [
                "terminated": [
                    "containerID": .string(end.containerID), "finishedAt": .string(end.finishedAt.rfc3339),
                    "exitCode": 137,
                ]
            ]
        }
        if pods[pod].process == nil {
            status["state"] = ended ?? ["waiting": [:]]
        } else {
            status["state"] = ["running": ["startedAt": .string(wall(skew: .zero).rfc3339)]]
            if let ended { status["lastState"] = ended }
        }
        let key = ObjectKey(namespace: SimulatedNames.operators, name: pods[pod].name)
        let patch: JSONValue = ["status": ["phase": "Running", "containerStatuses": [status]]]
        control(.patch(.pods, key, subresource: "status", .merge, patch))
    }

    private mutating func removePod(_ pod: Int) {
        guard pods[pod].exists, pods[pod].process == nil else { return }
        deletePodObject(pod)
    }

    mutating func deletePodObject(_ pod: Int) {
        guard pods[pod].exists else { return }
        pods[pod].exists = false
        let key = ObjectKey(namespace: SimulatedNames.operators, name: pods[pod].name)
        control(.delete(.pods, key, Preconditions(uid: pods[pod].uid, gracePeriodSeconds: 0)))
        tell("kubelet", "pod \(pods[pod].name) is gone")
        endpointsChange()
        at(.milliseconds(50), .workloadLooks)
    }

    /// `kubectl delete pod`, or a controller's.
    mutating func deletePod(_ pod: Int) {
        guard pods[pod].exists, !pods[pod].isTerminating else { return }
        pods[pod].isTerminating = true
        tell("control plane", "deletes pod \(pods[pod].name)")
        endpointsChange()
        guard nodes[pods[pod].node].isUp else { return }
        guard pods[pod].process != nil else { return at(.milliseconds(200), .pod(pod, .isRemoved)) }
        at(random.within(.milliseconds(20)...(.milliseconds(300))), .pod(pod, .isTerminated))
    }

    // MARK: - Endpoints

    mutating func endpointsChange() {
        traffic.membersChange()
        at(random.within(.milliseconds(30)...(.milliseconds(400))), .endpointsAreWritten)
    }

    mutating func writeEndpoints() {
        let endpoints = pods.filter(\.exists).map { pod -> JSONValue in
            let ready = JSONValue.bool(pod.isReady && !pod.isTerminating)
            return [
                "addresses": ["10.0.0.1"],
                "conditions": ["ready": ready, "serving": .bool(pod.isReady), "terminating": .bool(pod.isTerminating)],
                "targetRef": [
                    "kind": "Pod", "name": .string(pod.name), "namespace": .string(SimulatedNames.operators),
                    "uid": .string(pod.uid),
                ],
            ]
        }
        let name = SimulatedNames.service + "-1"
        let key = ObjectKey(namespace: SimulatedNames.operators, name: name)
        if case .success = control(.patch(.endpointSlices, key, .merge, ["endpoints": .array(endpoints)])) { return }
        let slice: JSONValue = [
            "metadata": [
                "name": .string(name), "namespace": .string(SimulatedNames.operators),
                "labels": [EndpointSlice.serviceNameLabel: .string(SimulatedNames.service)],
            ],
            "addressType": "IPv4", "endpoints": .array(endpoints), "ports": [],
        ]
        control(.create(.endpointSlices, namespace: SimulatedNames.operators, slice))
    }
}
