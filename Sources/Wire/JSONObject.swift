/// The members of a JSON object, kept in the byte order of their names: the same object is the same text everywhere,
/// and it is the order in which Kubernetes writes custom resources. Look-up is a binary search.
package struct JSONObject: Sendable, Equatable {
    package private(set) var members: [(name: String, value: JSONValue)]

    package init() { members = [] }

    /// Of several members with one name the last wins, as in Go's decoder.
    package init(_ unordered: [(String, JSONValue)]) {
        var sorted = true
        for index in unordered.indices.dropFirst()
        where !Self.isBefore(unordered[index - 1].0, unordered[index].0) {
            sorted = false
            break
        }
        if sorted {
            members = unordered.map { (name: $0.0, value: $0.1) }
            return
        }
        members = []
        members.reserveCapacity(unordered.count)
        guard unordered.count > Self.insertedMax else {
            for (name, value) in unordered { self[name] = value }
            return
        }
        let ordered = unordered.enumerated().sorted { left, right in
            if Self.isBefore(left.element.0, right.element.0) { return true }
            if Self.isBefore(right.element.0, left.element.0) { return false }
            return left.offset < right.offset
        }
        for (_, member) in ordered {
            if let last = members.last, Self.order(last.name, member.0) == 0 { members.removeLast() }
            members.append((name: member.0, value: member.1))
        }
    }

    /// So many are put in their places one by one, which costs a third of sorting them.
    private static let insertedMax = 16

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }
    package var names: [String] { members.map(\.name) }

    package subscript(_ name: String) -> JSONValue? {
        get {
            let (index, found) = position(of: name)
            return found ? members[index].value : nil
        }
        set {
            let (index, found) = position(of: name)
            switch (newValue, found) {
            case (.some(let value), true): members[index].value = value
            case (.some(let value), false): members.insert((name: name, value: value), at: index)
            case (.none, true): members.remove(at: index)
            case (.none, false): break
            }
        }
    }

    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.elementsEqual(right.members) { order($0.name, $1.name) == 0 && $0.value == $1.value }
    }

    private func position(of name: String) -> (index: Int, found: Bool) {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            let order = Self.order(members[middle].name, name)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    private static func isBefore(_ left: String, _ right: String) -> Bool { ByteOrder.precedes(left, right) }

    private static func order(_ left: String, _ right: String) -> Int { ByteOrder.compare(left, right) }
}
