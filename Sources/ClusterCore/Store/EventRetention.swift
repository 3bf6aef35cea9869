import Wire

/// A real API server forgets an Event an hour after it was written. Here the oldest make room for new ones: nobody's
/// memory grows by stories, and no clock is asked.
extension ClusterCore {
    static let eventsKey = StoreKey(group: "", plural: "events")

    /// A tenth at a time, so that looking for the oldest costs little for each new one.
    mutating func forgetOldEvents(_ type: ResourceType) {
        guard type.storeKey == Self.eventsKey, let store = stores[Self.eventsKey],
            store.objects.count > ClusterLimits.eventsMax
        else { return }
        let oldest = store.objects.sorted { $0.revision < $1.revision }.prefix(ClusterLimits.eventsMax / 10 + 1)
        for event in oldest { remove(event, type) }
    }
}
