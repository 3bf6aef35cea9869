import Wire

/// One open watch.
struct Watch: Sendable {
    var id: RequestID
    var type: ResourceType
    var filter: WatchFilter
    var form: Representation
    var wantsBookmarks: Bool
    var nextBookmark: MonotonicInstant
    var deadline: MonotonicInstant
    /// The first table of a stream names the columns.
    var hasColumns = false
}

/// The open watches, in the order they were opened: events go out in that order.
struct WatchTable: Sendable {
    private(set) var all: [Watch] = []

    var nextDeadline: MonotonicInstant? {
        all.map { $0.wantsBookmarks ? min($0.nextBookmark, $0.deadline) : $0.deadline }.min()
    }

    mutating func add(_ watch: Watch) { all.append(watch) }
    mutating func remove(_ id: RequestID) { all.removeAll { $0.id == id } }

    mutating func endAll(of key: StoreKey) -> [RequestID] {
        let ended = all.filter { $0.type.storeKey == key }.map(\.id)
        all.removeAll { $0.type.storeKey == key }
        return ended
    }

    mutating func replace(_ index: Int, _ watch: Watch) { all[index] = watch }
}
