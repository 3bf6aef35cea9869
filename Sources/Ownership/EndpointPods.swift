import KubeModel
import Wire

/// The pods behind one Service, merged from all its EndpointSlices. A pod can stand in two slices, or while endpoints
/// are moved between slices in none: so a pod that vanishes is kept a moment longer, everything else counts at once.
/// A slice that changes costs a look at what stands in it, and one walk over `ready`.
struct EndpointPods: Sendable {
    private var slices: [ObjectKey: Slice] = [:]
    /// By uid: a StatefulSet's pod keeps its name.
    private var pods: [String: Pod] = [:]
    /// The pods of one name, present or not.
    private var uids: [ObjectKey: Set<String>] = [:]
    /// The slices in which a pod stands: one, for a moment two.
    private var homes: [String: Set<ObjectKey>] = [:]
    /// Those that stand in none.
    private var gone: Set<String> = []
    /// Whose slices have changed since `settle`.
    private var touched: Set<String> = []
    /// In order of name.
    private(set) var ready: [EndpointSlice.Endpoint] = []
    /// When the next pod that vanished is dropped.
    private(set) var nextDeadline: MonotonicInstant?

    private struct Slice {
        var version: ResourceVersion
        var endpoints: [String: EndpointSlice.Endpoint]
    }

    private struct Pod {
        var endpoint: EndpointSlice.Endpoint
        var goneSince: MonotonicInstant?
        var name: ObjectKey { ObjectKey(namespace: endpoint.namespace, name: endpoint.pod) }
    }

    /// Answers whether anything may have changed.
    mutating func upsert(_ slice: EndpointSlice) -> Bool {
        guard slices[slice.meta.key] != nil || slices.count < MembershipLimits.slicesMax else { return false }
        let endpoints = Dictionary(slice.endpoints.map { ($0.uid, $0) }) { first, _ in first }
        replace(slice.meta.key, by: Slice(version: slice.meta.resourceVersion, endpoints: endpoints))
        return !touched.isEmpty
    }

    mutating func delete(_ key: ObjectKey) -> Bool {
        guard slices[key] != nil else { return false }
        replace(key, by: nil)
        return true
    }

    private mutating func replace(_ key: ObjectKey, by slice: Slice?) {
        let (before, after) = (slices[key]?.endpoints ?? [:], slice?.endpoints ?? [:])
        slices[key] = slice
        for uid in before.keys where after[uid] == nil {
            homes[uid]?.remove(key)
            if homes[uid]?.isEmpty == true { homes[uid] = nil }
            touched.insert(uid)
        }
        for (uid, endpoint) in after {
            let known = before[uid]
            if known == nil { homes[uid, default: []].insert(key) }
            // Of a pod that stands in another slice too, the slice that is right may now be this one.
            if known != endpoint || (homes[uid]?.count ?? 0) > 1 { touched.insert(uid) }
        }
    }

    /// Works out what the slices say together: once for all that have changed.
    mutating func settle(now: MonotonicInstant) {
        guard !touched.isEmpty else { return }
        for uid in touched {
            if let endpoint = sighting(uid) {
                set(uid, Pod(endpoint: endpoint, goneSince: nil))
            } else if var pod = pods[uid], pod.goneSince == nil {
                pod.goneSince = now
                set(uid, pod)
            }
        }
        // Where a pod of the same name stands, the one that vanished is not on its way to another slice.
        for uid in gone {
            guard let name = pods[uid]?.name, let all = uids[name], !all.isSubset(of: gone) else { continue }
            set(uid, nil)
            touched.insert(uid)
        }
        list()
    }

    /// Drops the pods that have been gone for long enough; answers whether there were any.
    mutating func dropGone(now: MonotonicInstant) -> Bool {
        guard let nextDeadline, now >= nextDeadline else { return false }
        for uid in gone {
            guard let since = pods[uid]?.goneSince, now >= since + MembershipLimits.removalDelay else { continue }
            set(uid, nil)
            touched.insert(uid)
        }
        list()
        return true
    }

    /// Where slices disagree about a pod, the one with the higher resourceVersion is right; else the first by name.
    private func sighting(_ uid: String) -> EndpointSlice.Endpoint? {
        var best: Slice?
        for key in (homes[uid] ?? []).sorted() {
            guard let slice = slices[key] else { continue }
            if best.map({ slice.version.isNewer(than: $0.version) == true }) ?? true { best = slice }
        }
        return best?.endpoints[uid]
    }

    /// Keeps the indices true. The only place where pods change.
    private mutating func set(_ uid: String, _ pod: Pod?) {
        if let before = pods[uid]?.name, before != pod?.name {
            uids[before]?.remove(uid)
            if uids[before]?.isEmpty == true { uids[before] = nil }
        }
        pods[uid] = pod
        if let name = pod?.name { uids[name, default: []].insert(uid) }
        if pod?.goneSince == nil { gone.remove(uid) } else { gone.insert(uid) }
    }

    /// Puts what was touched where it belongs; the rest keeps its order.
    private mutating func list() {
        let changed = touched.compactMap { pods[$0]?.endpoint }
            .filter { $0.isReady && !$0.isTerminating }
            .sorted(by: Self.precedes)
        var next: [EndpointSlice.Endpoint] = []
        next.reserveCapacity(ready.count + changed.count)
        var position = 0
        for endpoint in ready where !touched.contains(endpoint.uid) {
            while position < changed.count, Self.precedes(changed[position], endpoint) {
                next.append(changed[position])
                position += 1
            }
            next.append(endpoint)
        }
        ready = next + changed[position...]
        touched = []
        nextDeadline = gone.compactMap { pods[$0]?.goneSince }.min().map { $0 + MembershipLimits.removalDelay }
    }

    private static func precedes(_ left: EndpointSlice.Endpoint, _ right: EndpointSlice.Endpoint) -> Bool {
        let order = ByteOrder.compare(left.pod, right.pod)
        return order != 0 ? order < 0 : ByteOrder.precedes(left.uid, right.uid)
    }
}
