import Wire

/// What server-side apply does to an object: the applied fields are merged in, and those that the manager applied before
/// and now leaves out are taken away.
enum AppliedConfiguration {
    static func merge(_ live: JSONValue, _ applied: JSONValue, _ shape: MergeShape, isRoot: Bool = true) -> JSONValue {
        switch (live, applied) {
        case (.object(let object), .object(let changes)) where !shape.isAtomicMap:
            var result = JSONValue.object(object)
            for (name, change) in changes.members {
                let member = shape.member(name, isRoot: isRoot)
                result[name] = object[name].map { merge($0, change, member, isRoot: false) } ?? change
            }
            return result
        case (.array(let left), .array(let right)):
            let form = shape.list(left + right)
            guard let left = KeyedElements(left, form), let right = KeyedElements(right, form) else { return applied }
            return .array(merge(left, right, shape.element))
        default: return applied
        }
    }

    /// The applied elements in their own order, the others before the applied one that they preceded.
    private static func merge(_ live: KeyedElements, _ applied: KeyedElements, _ shape: MergeShape) -> [JSONValue] {
        var result: [JSONValue] = []
        var left = live.elements[...]
        var right = applied.elements[...]
        var taken: Set<PathElement> = []
        while true {
            if let (name, value) = left.first, applied[name] == nil || taken.contains(name) {
                if applied[name] == nil { result.append(value) }
                left.removeFirst()
            } else if let (name, value) = right.popFirst() {
                result.append(live[name].map { merge($0, value, shape, isRoot: false) } ?? value)
                taken.insert(name)
            } else {
                return result
            }
        }
    }

    /// `before`: what the manager applied last time. `owned`: by anybody, after this time. A named field goes with all that
    /// is below it if nobody owns any of it, even what nobody ever applied.
    static func abandoned(_ before: FieldSet, owned: FieldSet) -> FieldSet {
        var result = FieldSet()
        for (element, below) in before.children {
            let still = owned[element]
            if still.isEmpty, below.isMember || element.name != nil {
                result[element] = FieldSet(isMember: true)
            } else {
                result[element] = abandoned(below, owned: still)
            }
        }
        return result
    }

    static func remove(_ fields: FieldSet, from value: JSONValue, _ shape: MergeShape, isRoot: Bool = true) -> JSONValue
    {
        guard !fields.isEmpty else { return value }
        switch value {
        case .object(let object):
            var result = JSONValue.emptyObject
            for (name, member) in object.members where !fields[.field(name)].isMember {
                result[name] = remove(
                    fields[.field(name)],
                    from: member,
                    shape.member(name, isRoot: isRoot),
                    isRoot: false
                )
            }
            return result
        case .array(let list):
            guard let keyed = KeyedElements(list, shape.list(list)) else { return value }
            return .array(
                keyed.elements.filter { !fields[$0.name].isMember }
                    .map { remove(fields[$0.name], from: $0.value, shape.element, isRoot: false) }
            )
        default: return value
        }
    }
}
