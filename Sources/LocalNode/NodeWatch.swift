package import KubeClient
internal import KubeModel
internal import KubeRuntime
internal import Ownership
internal import Wire

/// Watches what the node's controllers need and hands it to them as one snapshot, whenever it changes.
package actor NodeWatch {
    private static let resources: [GroupVersionResource] = [
        .pods, .deployments, .replicaSets, .statefulSets, .services, .endpointSlices,
    ]

    private let node: LocalNode
    private var objects: [GroupVersionResource: [ObjectKey: JSONValue]] = [:]
    private var synced: Set<GroupVersionResource> = []

    private init(feeding node: LocalNode) { self.node = node }

    /// Until the task is cancelled. The node hears nothing before every first list is complete.
    package static func run(_ api: any KubeAPI, feeding node: LocalNode) async {
        let watch = NodeWatch(feeding: node)
        await withDiscardingTaskGroup { group in
            for (index, resource) in resources.enumerated() {
                let reflector = Reflector(
                    api,
                    resource,
                    ListScope(),
                    seed: UInt64(index),
                    deliver: { await watch.take($0, of: resource) }
                )
                group.addTask { await reflector.run() }
            }
        }
    }

    private func take(_ news: [WatchNews], of resource: GroupVersionResource) async {
        var hasChanged = false
        for item in news {
            switch item {
            case .upsert(let key, let object): objects[resource, default: [:]][key] = object
            case .delete(let key, _): objects[resource]?[key] = nil
            case .synced: synced.insert(resource)
            case .reached, .healthy, .unhealthy: continue
            }
            hasChanged = true
        }
        guard hasChanged, synced.count == Self.resources.count else { return }
        var snapshot = ClusterSnapshot()
        snapshot.pods = all(.pods)
        snapshot.deployments = all(.deployments)
        snapshot.replicaSets = all(.replicaSets)
        snapshot.statefulSets = all(.statefulSets)
        snapshot.services = all(.services)
        snapshot.slices = all(.endpointSlices)
        await node.update(snapshot)
    }

    private func all(_ resource: GroupVersionResource) -> [JSONValue] {
        (objects[resource] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    }
}
