/// Stored objects in the order of their places, with those that have changed since as they were. A sequence that is its own
/// iterator, so that one can ask in the middle how many are left.
struct ObjectsInOrder: Sequence, IteratorProtocol {
    private var now: ArraySlice<StoredObject>
    /// In the order of their places; nil: it was not there.
    private var past: ArraySlice<(place: ObjectPlace, object: StoredObject?)>

    init(now: ArraySlice<StoredObject>, past: [(place: ObjectPlace, object: StoredObject?)]) {
        self.now = now
        self.past = past[...]
    }

    mutating func next() -> StoredObject? {
        while let before = past.first, now.first.map({ !($0.place < before.place) }) ?? true {
            past.removeFirst()
            if now.first?.place == before.place { now.removeFirst() }
            if let object = before.object { return object }
        }
        return now.popFirst()
    }

    /// How many `next` will still answer. Costs as much as has changed, not as much as is left.
    var left: Int {
        var rest = now
        return past.reduce(now.count) { count, before in
            rest = rest[rest.partition(before.place)...]
            return count + (before.object == nil ? 0 : 1) - (rest.first?.place == before.place ? 1 : 0)
        }
    }
}

extension ArraySlice<StoredObject> {
    /// The first index whose place does not come before this one.
    fileprivate func partition(_ place: ObjectPlace) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = (low + high) / 2
            if self[middle].place < place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
