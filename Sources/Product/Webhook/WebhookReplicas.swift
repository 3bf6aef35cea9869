internal import KubeClient
internal import KubeModel
internal import KubeRuntime
internal import LinuxIO
internal import Ownership
internal import Synchronization
internal import Wire

/// Counts the webhook's own ready replicas: what each assigns between two published loads, the others do as well.
enum WebhookReplicas {
    /// Until the task is cancelled; `tell` gets every new count, at least 1.
    static func follow(
        _ service: String,
        _ namespace: String,
        _ api: any KubeAPI,
        count: @escaping Reflector.Count,
        tell: @escaping @Sendable (Int) async -> Void
    ) async {
        let slices = Mutex<[ObjectKey: Int]>([:])
        let scope = ListScope(namespace: namespace, labelSelector: "\(EndpointSlice.serviceNameLabel)=\(service)")
        let reflector = Reflector(api, .endpointSlices, scope, seed: RandomBytes.word(), count: count) { news in
            let count: Int? = slices.withLock { slices in
                var hasChanged = false
                for item in news {
                    switch item {
                    case .upsert(let key, let object):
                        slices[key] = (try? EndpointSlice(object))?.endpoints.count { $0.isReady } ?? 0
                    case .delete(let key, _): slices[key] = nil
                    case .synced, .reached, .healthy, .unhealthy: continue
                    }
                    hasChanged = true
                }
                return hasChanged ? slices.values.reduce(0, +) : nil
            }
            if let count { await tell(max(1, count)) }
        }
        await reflector.run()
    }
}
