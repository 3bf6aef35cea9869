import Schema
import Wire

/// The `scale` subresource of Deployments, ReplicaSets and StatefulSets: the same object, seen as its number of replicas.
enum ScaleForm {
    static let name = "scale"

    static func scale(of object: JSONValue) -> JSONValue {
        var metadata = JSONValue.emptyObject
        for name in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[name] = object.at("metadata", name)
        }
        let labels = object.at("spec", "selector", "matchLabels")?.objectValue?.members ?? []
        let selector = labels.map { "\($0.name)=\($0.value.stringValue ?? "")" }.joined(separator: ",")
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": ["replicas": object.at("spec", "replicas") ?? 1],
            "status": ["replicas": object.at("status", "replicas") ?? 0, "selector": .string(selector)],
        ]
    }

    /// The object with the replicas of `scale`, and with its preconditions.
    static func apply(_ scale: JSONValue, to object: JSONValue, _ type: ResourceType) throws(StatusError) -> JSONValue {
        let replicas = scale.at("spec", "replicas") ?? 0
        guard scale["kind"] == "Scale", let number = replicas.integerValue, number >= 0 else {
            let name = object.at("metadata", "name")?.stringValue ?? ""
            throw .invalid(type, name, [.invalid("spec.replicas", replicas, "must be greater than or equal to 0")])
        }
        var object = object
        object["spec"]?["replicas"] = replicas
        for name in ["uid", "resourceVersion"] {
            if let given = scale.at("metadata", name) { object["metadata"]?[name] = given }
        }
        return object
    }
}
