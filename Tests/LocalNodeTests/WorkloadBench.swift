import Wire

/// A workload's pods as a kubelet without delays would leave them, for stepping a controller's plan.
struct WorkloadBench {
    var workload: JSONValue
    var pods: [JSONValue] = []
    private var made = 0

    init(kind: String, replicas: Int64, _ spec: JSONValue) {
        var spec = spec
        spec["replicas"] = .integer(replicas)
        spec["template"] = ["metadata": ["labels": ["app": "op"]], "spec": ["containers": []]]
        workload = ["kind": .string(kind), "metadata": ["name": "op", "namespace": "ns", "uid": "w"], "spec": spec]
    }

    mutating func changeTemplate() {
        workload["spec"]?["template"]?["spec"]?["nodeSelector"] = ["new": .string("\(made)")]
    }

    /// `ready`: whether they start at once.
    mutating func add(_ new: [JSONValue], ready: Bool = true) {
        for object in new {
            made += 1
            var pod = object
            if let prefix = pod.at("metadata", "generateName")?.stringValue {
                pod["metadata"]?["name"] = .string("\(prefix)\(made)")
            }
            pod["metadata"]?["uid"] = .string("u\(made)")
            pods.append(pod)
            if ready { setReady(pods.count - 1, true) }
        }
    }

    mutating func setReady(_ index: Int, _ ready: Bool) {
        pods[index]["status"] = ["conditions": [["type": "Ready", "status": ready ? "True" : "False"]]]
    }

    mutating func remove(uids: [String]) {
        pods.removeAll { pod in uids.contains { pod.at("metadata", "uid")?.stringValue == $0 } }
    }

    mutating func terminate(uids: [String]) {
        for index in pods.indices where uids.contains(pods[index].at("metadata", "uid")?.stringValue ?? "") {
            pods[index]["metadata"]?["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        }
    }

    var names: [String] { pods.compactMap { $0.at("metadata", "name")?.stringValue }.sorted() }
}
