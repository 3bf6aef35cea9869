package import KubeModel
package import Wire

/// What the node's controllers know of the cluster, as of their watches.
package struct ClusterSnapshot: Sendable {
    package var pods: [JSONValue] = []
    package var deployments: [JSONValue] = []
    package var replicaSets: [JSONValue] = []
    package var statefulSets: [JSONValue] = []
    package var services: [JSONValue] = []
    package var slices: [JSONValue] = []

    package init() {}

    static func key(_ object: JSONValue) -> ObjectKey {
        ObjectKey(
            namespace: object.at("metadata", "namespace")?.stringValue ?? "",
            name: object.at("metadata", "name")?.stringValue ?? ""
        )
    }

    func contains(_ made: JSONValue) -> Bool {
        let uid = made.at("metadata", "uid")
        return (pods + replicaSets + slices).contains { $0.at("metadata", "uid") == uid }
    }
}

extension GroupVersionResource {
    package static let deployments = Self(group: "apps", version: "v1", resource: "deployments")
    package static let replicaSets = Self(group: "apps", version: "v1", resource: "replicasets")
    package static let statefulSets = Self(group: "apps", version: "v1", resource: "statefulsets")
    package static let services = Self(group: "", version: "v1", resource: "services")
    package static let nodes = Self(group: "", version: "v1", resource: "nodes")
    package static let secrets = Self(group: "", version: "v1", resource: "secrets")
}
