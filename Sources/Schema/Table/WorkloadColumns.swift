import Wire

enum PodColumns {
    static let all = [
        TableColumn("Ready", description: "How many of the pod's containers are ready.") { pod, _ in
            let statuses = Cell.list(pod, "status", "containerStatuses")
            let ready = statuses.count { $0["ready"] == true }
            return .string("\(ready)/\(Cell.list(pod, "spec", "containers").count)")
        },
        TableColumn("Status", description: "What the pod is doing.") { pod, _ in .string(status(pod)) },
        TableColumn("Restarts", description: "How often the pod's containers were restarted.") { pod, _ in
            let counts = Cell.list(pod, "status", "containerStatuses").map { Cell.number($0, "restartCount") }
            return .string(String(counts.reduce(0, +)))
        },
        TableColumn("IP", description: ".status.podIP", priority: 1) { pod, _ in
            Cell.orNone(Cell.text(pod, "status", "podIP"))
        },
        TableColumn("Node", description: ".spec.nodeName", priority: 1) { pod, _ in
            Cell.orNone(Cell.text(pod, "spec", "nodeName"))
        },
    ]

    /// The phase, unless a container or a deletion tells more.
    private static func status(_ pod: JSONValue) -> String {
        if pod.at("metadata", "deletionTimestamp") != nil {
            return Cell.text(pod, "status", "reason") == "NodeLost" ? "Unknown" : "Terminating"
        }
        var text = Cell.text(pod, "status", "phase")
        let reason = Cell.text(pod, "status", "reason")
        if !reason.isEmpty { text = reason }
        for container in Cell.list(pod, "status", "containerStatuses").reversed() {
            let waiting = Cell.text(container, "state", "waiting", "reason")
            let terminated = container.at("state", "terminated")
            if !waiting.isEmpty {
                text = waiting
            } else if let terminated {
                let reason = Cell.text(terminated, "reason")
                text = reason.isEmpty ? "ExitCode:\(Cell.number(terminated, "exitCode"))" : reason
            }
        }
        return text
    }
}

enum NodeColumns {
    static let all = [
        TableColumn("Status", description: "Whether the node is ready.") { node, _ in
            let ready = Cell.list(node, "status", "conditions").first { Cell.text($0, "type") == "Ready" }
            let text = ready.map { Cell.text($0, "status") == "True" ? "Ready" : "NotReady" } ?? "Unknown"
            return .string(node.at("spec", "unschedulable") == true ? text + ",SchedulingDisabled" : text)
        },
        TableColumn("Roles", description: "The roles of the node.") { node, _ in
            let prefix = "node-role.kubernetes.io/"
            let names = node.at("metadata", "labels")?.objectValue?.names ?? []
            let roles = names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            return .string(Cell.joined(roles, limit: .max))
        },
        TableColumn("Version", description: ".status.nodeInfo.kubeletVersion") { node, _ in
            .string(Cell.text(node, "status", "nodeInfo", "kubeletVersion"))
        },
    ]
}

enum WorkloadColumns {
    static let ready = TableColumn("Ready", description: "Ready replicas of those wanted.") { object, _ in
        let wanted = object.at("spec", "replicas")?.integerValue ?? 1
        return .string("\(Cell.number(object, "status", "readyReplicas"))/\(wanted)")
    }
    static let deployment = [
        ready,
        count("Up-to-date", "updatedReplicas"),
        count("Available", "availableReplicas"),
    ]
    static let replicaSet = [
        TableColumn("Desired", type: "integer", description: ".spec.replicas") { object, _ in
            object.at("spec", "replicas") ?? 1
        },
        count("Current", "replicas"),
        count("Ready", "readyReplicas"),
    ]

    private static func count(_ name: String, _ field: String) -> TableColumn {
        TableColumn(name, type: "integer", description: ".status.\(field)") { object, _ in
            .integer(Cell.number(object, "status", field))
        }
    }
}
