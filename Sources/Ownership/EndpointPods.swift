import KubeModel
import Wire

/// The pods behind one Service, merged from all its EndpointSlices. A pod can stand in two slices, or while endpoints
/// are moved between slices in none: so a pod that vanishes is kept a moment longer, everything else counts at once.
struct EndpointPods: Sendable {
    private var slices: [ObjectKey: EndpointSlice] = [:]
    /// By uid: a StatefulSet's pod keeps its name.
    private var pods: [String: Pod] = [:]
    /// The answer, worked out when something changes.
    private(set) var ready: [EndpointSlice.Endpoint] = []
    /// When the next pod that vanished is dropped.
    private(set) var nextDeadline: MonotonicInstant?

    private struct Pod {
        var endpoint: EndpointSlice.Endpoint
        var goneSince: MonotonicInstant?
    }

    /// Answers whether anything may have changed.
    mutating func upsert(_ slice: EndpointSlice, now: MonotonicInstant) -> Bool {
        guard slices[slice.meta.key] != nil || slices.count < MembershipLimits.slicesMax else { return false }
        slices[slice.meta.key] = slice
        merge(now)
        return true
    }

    mutating func delete(_ key: ObjectKey, now: MonotonicInstant) -> Bool {
        guard slices.removeValue(forKey: key) != nil else { return false }
        merge(now)
        return true
    }

    /// Drops the pods that have been gone for long enough; answers whether there were any.
    mutating func dropGone(now: MonotonicInstant) -> Bool {
        guard let nextDeadline, now >= nextDeadline else { return false }
        pods = pods.filter { _, pod in pod.goneSince.map { now < $0 + MembershipLimits.removalDelay } ?? true }
        list()
        return true
    }

    /// Where slices disagree about a pod, the one with the higher resourceVersion is right.
    private mutating func merge(_ now: MonotonicInstant) {
        var seen: [String: (endpoint: EndpointSlice.Endpoint, version: ResourceVersion)] = [:]
        for slice in slices.values.sorted(by: { $0.meta.key < $1.meta.key }) {
            for endpoint in slice.endpoints {
                if let other = seen[endpoint.uid], slice.meta.resourceVersion.isNewer(than: other.version) != true {
                    continue
                }
                seen[endpoint.uid] = (endpoint, slice.meta.resourceVersion)
            }
        }
        for uid in pods.keys where seen[uid] == nil && pods[uid]?.goneSince == nil { pods[uid]?.goneSince = now }
        for (uid, sight) in seen { pods[uid] = Pod(endpoint: sight.endpoint, goneSince: nil) }
        // Where a pod of the same name stands, the one that vanished is not on its way to another slice.
        let present = Set(seen.values.map { ObjectKey(namespace: $0.endpoint.namespace, name: $0.endpoint.pod) })
        pods = pods.filter { _, pod in
            pod.goneSince == nil
                || !present.contains(ObjectKey(namespace: pod.endpoint.namespace, name: pod.endpoint.pod))
        }
        list()
    }

    /// In order of name.
    private mutating func list() {
        nextDeadline = pods.values.compactMap(\.goneSince).min().map { $0 + MembershipLimits.removalDelay }
        ready = pods.values
            .filter { $0.endpoint.isReady && !$0.endpoint.isTerminating }
            .sorted { left, right in
                if left.endpoint.pod != right.endpoint.pod {
                    return left.endpoint.pod.utf8.lexicographicallyPrecedes(right.endpoint.pod.utf8)
                }
                return left.endpoint.uid < right.endpoint.uid
            }
            .map(\.endpoint)
    }
}
