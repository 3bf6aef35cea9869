package import Wire

/// What a Deployment controller does next, from what is there: ReplicaSets and Pods named as a real one names them.
/// One replica set is current; pods of older ones go as soon as enough pods of the current one are ready.
package struct DeploymentPlan: Sendable, Equatable {
    package var createReplicaSet: JSONValue?
    package var createPods: [JSONValue] = []
    /// namespace/name of pods to delete.
    package var deletePods: [String] = []
    /// The Deployment's `status`, to be written if it differs.
    package var status: JSONValue = [:]

    /// `pods` are those that the Deployment's selector matches. Pods are scheduled at once: they are born with `node`.
    package init(deployment: JSONValue, replicaSets: [JSONValue], pods: [JSONValue], node: String) {
        let name = deployment.at("metadata", "name")?.stringValue ?? ""
        let namespace = deployment.at("metadata", "namespace")?.stringValue ?? "default"
        let wanted = Int(deployment.at("spec", "replicas")?.integerValue ?? 1)
        let template = deployment.at("spec", "template") ?? [:]
        let hash = Self.templateHash(template)
        let setName = "\(name)-\(hash)"
        let set = replicaSets.first { $0.at("metadata", "name")?.stringValue == setName }
        if set == nil { createReplicaSet = Self.replicaSet(setName, namespace, hash, deployment, template) }

        let alive = pods.filter { $0.at("metadata", "deletionTimestamp") == nil }
        let current = alive.filter { $0.at("metadata", "labels", "pod-template-hash")?.stringValue == hash }
        let old = alive.filter { $0.at("metadata", "labels", "pod-template-hash")?.stringValue != hash }
        let readyCurrent = current.filter(Self.isReady).count
        if let set, current.count < wanted {
            createPods = (current.count..<wanted).map { _ in
                Self.pod(setName, namespace, hash, template, owner: set, node: node)
            }
        }
        // The newest go first when there are too many, those that are not ready before those that are.
        let surplus = current.sorted { left, right in
            let readiness = (Self.isReady(left) ? 1 : 0, Self.isReady(right) ? 1 : 0)
            return readiness.0 != readiness.1 ? readiness.0 < readiness.1 : Self.created(left) > Self.created(right)
        }
        deletePods = surplus.prefix(max(0, current.count - wanted)).map(Self.key)
        if readyCurrent >= wanted { deletePods += old.map(Self.key) }

        let ready = alive.filter(Self.isReady).count
        status = [
            "observedGeneration": deployment.at("metadata", "generation") ?? 1,
            "replicas": .integer(Int64(alive.count)),
            "updatedReplicas": .integer(Int64(current.count)), "readyReplicas": .integer(Int64(ready)),
            "availableReplicas": .integer(Int64(ready)), "unavailableReplicas": .integer(Int64(max(0, wanted - ready))),
        ]
    }

    package static func isReady(_ pod: JSONValue) -> Bool {
        (pod.at("status", "conditions")?.arrayValue ?? []).contains {
            $0["type"]?.stringValue == "Ready" && $0["status"]?.stringValue == "True"
        }
    }

    /// Ten characters that, as Kubernetes', spell no word; from FNV-1a over the template's text.
    package static func templateHash(_ template: JSONValue) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in template.serialized() { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
        var out: [UInt8] = []
        for _ in 0..<10 {
            out.append(alphabet[Int(hash % UInt64(alphabet.count))])
            hash /= UInt64(alphabet.count)
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func key(_ pod: JSONValue) -> String {
        "\(pod.at("metadata", "namespace")?.stringValue ?? "")/\(pod.at("metadata", "name")?.stringValue ?? "")"
    }

    private static func created(_ pod: JSONValue) -> String {
        pod.at("metadata", "creationTimestamp")?.stringValue ?? ""
    }

    private static func reference(_ object: JSONValue, _ kind: String) -> JSONValue {
        [
            "apiVersion": "apps/v1", "kind": .string(kind), "name": object.at("metadata", "name") ?? "",
            "uid": object.at("metadata", "uid") ?? "", "controller": true, "blockOwnerDeletion": true,
        ]
    }

    private static func replicaSet(
        _ name: String,
        _ namespace: String,
        _ hash: String,
        _ deployment: JSONValue,
        _ template: JSONValue
    ) -> JSONValue {
        var labels = template.at("metadata", "labels") ?? [:]
        labels["pod-template-hash"] = .string(hash)
        var stamped = template
        var metadata = template["metadata"] ?? [:]
        metadata["labels"] = labels
        stamped["metadata"] = metadata
        return [
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": [
                "name": .string(name), "namespace": .string(namespace), "labels": labels,
                "ownerReferences": [reference(deployment, "Deployment")],
            ],
            "spec": [
                "replicas": deployment.at("spec", "replicas") ?? 1, "selector": ["matchLabels": labels],
                "template": stamped,
            ],
        ]
    }

    private static func pod(
        _ setName: String,
        _ namespace: String,
        _ hash: String,
        _ template: JSONValue,
        owner: JSONValue,
        node: String
    ) -> JSONValue {
        var metadata = template["metadata"] ?? [:]
        var labels = metadata["labels"] ?? [:]
        labels["pod-template-hash"] = .string(hash)
        metadata["labels"] = labels
        metadata["generateName"] = .string(setName + "-")
        metadata["namespace"] = .string(namespace)
        metadata["ownerReferences"] = [reference(owner, "ReplicaSet")]
        var spec = template["spec"] ?? [:]
        spec["nodeName"] = .string(node)
        return ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec]
    }
}
