package import Wire

extension PodMachine {
    /// `status` of the Pod object, as a kubelet writes it.
    package func status(podIP: String, hostIP: String, createdAt: Timestamp) -> JSONValue {
        let running = if case .running = state { true } else { isStopping }
        var container: JSONValue = [
            "name": .string(spec.containerName), "image": .string(spec.image), "imageID": "workclaim://this-executable",
            "ready": .bool(ready), "started": .bool(running), "restartCount": .integer(Int64(restartCount)),
            "containerID": .string(containerID.isEmpty ? "" : Self.identifier(containerID)), "state": containerState,
            "lastState": [:],
        ]
        if let lastEnd, running || isWaiting { container["lastState"] = ["terminated": terminated(lastEnd)] }
        let since = readySince ?? createdAt
        return [
            "phase": .string(running ? "Running" : (isGone ? "Failed" : (restartCount > 0 ? "Running" : "Pending"))),
            "podIP": .string(podIP), "podIPs": [["ip": .string(podIP)]], "hostIP": .string(hostIP),
            "startTime": .string(createdAt.rfc3339), "qosClass": "Burstable",
            "conditions": [
                Self.condition("Initialized", true, createdAt), Self.condition("PodScheduled", true, createdAt),
                Self.condition("ContainersReady", ready, since), Self.condition("Ready", ready, since),
            ],
            "containerStatuses": [container],
        ]
    }

    private var isStopping: Bool {
        switch state {
        case .stopping, .killed: true
        default: false
        }
    }
    private var isWaiting: Bool { if case .waiting = state { true } else { false } }

    private var containerState: JSONValue {
        switch state {
        case .waiting(let reason, _): ["waiting": ["reason": .string(reason)]]
        case .starting: ["waiting": ["reason": "ContainerCreating"]]
        case .running, .stopping, .killed: ["running": ["startedAt": .string(startedAt?.rfc3339 ?? "")]]
        case .gone: lastEnd.map { ["terminated": terminated($0)] } ?? ["waiting": ["reason": "PodInitializing"]]
        }
    }

    private func terminated(
        _ last: (end: ContainerEnd, containerID: String, startedAt: Timestamp?, finishedAt: Timestamp)
    ) -> JSONValue {
        var value: JSONValue = [
            "exitCode": .integer(Int64(last.end.exitCode)),
            "reason": .string(last.end.exitCode == 0 && last.end.signal == nil ? "Completed" : "Error"),
            "startedAt": .string(last.startedAt?.rfc3339 ?? ""), "finishedAt": .string(last.finishedAt.rfc3339),
            "containerID": .string(Self.identifier(last.containerID)),
        ]
        if let signal = last.end.signal { value["signal"] = .integer(Int64(signal)) }
        return value
    }

    private static func identifier(_ id: String) -> String { "workclaim://" + id }

    private static func condition(_ type: String, _ holds: Bool, _ since: Timestamp) -> JSONValue {
        ["type": .string(type), "status": holds ? "True" : "False", "lastTransitionTime": .string(since.rfc3339)]
    }
}
