package import Wire

/// What the workload controllers share: how pods are made of a template, and what they read of a pod.
package enum PodTemplate {
    /// Ten characters that, as Kubernetes', spell no word; from FNV-1a over the template's text.
    package static func hash(_ template: JSONValue) -> String {
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

    /// A pod of the template, bound to `node` at once, with `labels` and `metadata` beside the template's own.
    static func pod(
        _ template: JSONValue,
        namespace: String,
        labels added: [(name: String, value: String)],
        owner: JSONValue,
        node: String
    ) -> JSONValue {
        var metadata = template["metadata"] ?? [:]
        var labels = metadata["labels"] ?? [:]
        for label in added { labels[label.name] = .string(label.value) }
        metadata["labels"] = labels
        metadata["namespace"] = .string(namespace)
        metadata["ownerReferences"] = [owner]
        var spec = template["spec"] ?? [:]
        spec["nodeName"] = .string(node)
        return ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec]
    }

    static func reference(_ object: JSONValue, _ kind: String) -> JSONValue {
        [
            "apiVersion": "apps/v1", "kind": .string(kind), "name": object.at("metadata", "name") ?? "",
            "uid": object.at("metadata", "uid") ?? "", "controller": true, "blockOwnerDeletion": true,
        ]
    }

    package static func isReady(_ pod: JSONValue) -> Bool {
        (pod.at("status", "conditions")?.arrayValue ?? []).contains {
            $0["type"]?.stringValue == "Ready" && $0["status"]?.stringValue == "True"
        }
    }

    static func isTerminating(_ pod: JSONValue) -> Bool { pod.at("metadata", "deletionTimestamp") != nil }
    static func name(_ object: JSONValue) -> String { object.at("metadata", "name")?.stringValue ?? "" }
    static func label(_ pod: JSONValue, _ name: String) -> String? {
        pod.at("metadata", "labels", name)?.stringValue
    }
}

/// A pod to be deleted: the uid, so that a namesake that came meanwhile is spared.
package struct PodDeletion: Sendable, Equatable {
    package var name: String
    package var uid: String

    init(_ pod: JSONValue) {
        name = PodTemplate.name(pod)
        uid = pod.at("metadata", "uid")?.stringValue ?? ""
    }
}
