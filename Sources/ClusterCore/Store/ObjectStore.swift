import Wire

/// Where an object is, within its resource. The order is that of the keys in etcd.
struct ObjectPlace: Sendable, Hashable, Comparable {
    /// Empty for cluster-scoped resources.
    var namespace: String
    var name: String

    static func < (left: ObjectPlace, right: ObjectPlace) -> Bool {
        if left.namespace == right.namespace { return left.name.utf8.lexicographicallyPrecedes(right.name.utf8) }
        // "a/x" against "a-b/x": the separator takes part, as in a path.
        return (left.namespace + "/").utf8.lexicographicallyPrecedes((right.namespace + "/").utf8)
    }
}

struct StoredObject: Sendable {
    var place: ObjectPlace
    /// As stored, its resourceVersion included.
    var object: JSONValue
    /// The resourceVersion as a number.
    var revision: Int64
}

/// One change of one object, remembered for watches.
struct Change: Sendable {
    enum Kind: Sendable { case added, modified, deleted }
    var kind: Kind
    var revision: Int64
    var place: ObjectPlace
    /// After the change; for a deletion the last state, with the resourceVersion of the deletion.
    var object: JSONValue
    /// Before the change; nil if it was added.
    var previous: StoredObject?
}

/// The objects of one resource and their recent history.
struct ObjectStore: Sendable {
    /// In the order of their places.
    private(set) var objects: [StoredObject] = []
    /// The oldest first.
    private(set) var history: ArraySlice<Change> = []
    /// Changes up to this revision may be forgotten.
    private(set) var compactedRevision: Int64

    /// `revision`: the store is known to be empty up to there.
    init(createdAt revision: Int64) { compactedRevision = revision }

    /// `objects`: in the order of their places, as they were when the server before this one stopped.
    init(restored objects: [StoredObject], at revision: Int64) {
        self.objects = objects
        compactedRevision = revision
    }

    subscript(_ place: ObjectPlace) -> StoredObject? {
        let (index, found) = position(of: place)
        return found ? objects[index] : nil
    }

    /// The objects of one namespace, or all.
    func objects(in namespace: String?) -> ArraySlice<StoredObject> { objects[range(of: namespace)] }

    /// The objects of one namespace, or all, after a place; as they were after `revision`, or as they are. nil if that has been
    /// forgotten. Costs what has changed since then, not what is stored: a list of many pages must not copy all for each.
    func objects(in namespace: String?, after: ObjectPlace?, at revision: Int64?) -> ObjectsInOrder? {
        var past: [ObjectPlace: StoredObject?] = [:]
        if let revision {
            guard revision >= compactedRevision else { return nil }
            for change in history.reversed() {
                guard change.revision > revision else { break }
                past[change.place] = .some(change.previous)
            }
        }
        func isWanted(_ place: ObjectPlace) -> Bool {
            (namespace == nil || place.namespace == namespace) && (after == nil || after.map { $0 < place } == true)
        }
        var range = range(of: namespace)
        if let after {
            let (index, found) = position(of: after)
            range = min(max(range.lowerBound, found ? index + 1 : index), range.upperBound)..<range.upperBound
        }
        return ObjectsInOrder(
            now: objects[range],
            past: past.filter { isWanted($0.key) }.map { (place: $0.key, object: $0.value) }.sorted {
                $0.place < $1.place
            }
        )
    }

    private func range(of namespace: String?) -> Range<Int> {
        guard let namespace else { return objects.indices }
        let (start, _) = position(of: ObjectPlace(namespace: namespace, name: ""))
        var low = start
        var high = objects.count
        while low < high {
            let middle = (low + high) / 2
            if objects[middle].place.namespace == namespace { low = middle + 1 } else { high = middle }
        }
        return start..<low
    }

    /// The changes after a revision; nil if some of them have been forgotten.
    func changes(after revision: Int64) -> ArraySlice<Change>? {
        guard revision >= compactedRevision else { return nil }
        var start = history.endIndex
        while start > history.startIndex, history[start - 1].revision > revision { start -= 1 }
        return history[start...]
    }

    mutating func apply(_ change: Change) {
        switch change.kind {
        case .added, .modified:
            let stored = StoredObject(place: change.place, object: change.object, revision: change.revision)
            put(stored, at: change.place)
        case .deleted: put(nil, at: change.place)
        }
        history.append(change)
        while history.count > ClusterLimits.historyEventsMax, let oldest = history.popFirst() {
            compactedRevision = oldest.revision
        }
    }

    /// Forgets all history, as compaction does.
    mutating func compact(at revision: Int64) {
        history = []
        compactedRevision = revision
    }

    /// Changes every object as it is read from now on; no write, so no new resourceVersion.
    mutating func rewrite(_ change: (inout JSONValue) -> Void) {
        for index in objects.indices { change(&objects[index].object) }
    }

    private mutating func put(_ stored: StoredObject?, at place: ObjectPlace) {
        let (index, found) = position(of: place)
        switch (stored, found) {
        case (.some(let stored), true): objects[index] = stored
        case (.some(let stored), false): objects.insert(stored, at: index)
        case (.none, true): objects.remove(at: index)
        case (.none, false): break
        }
    }

    private func position(of place: ObjectPlace) -> (index: Int, found: Bool) {
        var low = 0
        var high = objects.count
        while low < high {
            let middle = (low + high) / 2
            if objects[middle].place < place { low = middle + 1 } else { high = middle }
        }
        return (low, low < objects.count && objects[low].place == place)
    }
}
