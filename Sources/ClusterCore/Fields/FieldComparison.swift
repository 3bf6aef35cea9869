import Wire

extension FieldSet {
    /// Every field that an object sets: its leaves, the elements of its lists, and what is empty.
    init(of object: JSONValue, _ shape: MergeShape) {
        self = Self.fields(of: object, shape, isRoot: true)
        isMember = false
    }

    private static func fields(of value: JSONValue, _ shape: MergeShape, isRoot: Bool = false) -> FieldSet {
        switch value {
        case .object(let object) where !object.isEmpty && !shape.isAtomicMap:
            var set = FieldSet()
            for (name, member) in object.members {
                var below = fields(of: member, shape.member(name, isRoot: isRoot))
                if !shape.declares(name), !isRoot { below.isMember = true }
                set[.field(name)] = below
            }
            return set
        case .array(let list) where !list.isEmpty:
            guard let keyed = KeyedElements(list, shape.list(list)) else { return FieldSet(isMember: true) }
            var set = FieldSet()
            for (name, element) in keyed.elements {
                var below = fields(of: element, shape.element)
                below.isMember = true
                set[name] = below
            }
            return set
        default: return FieldSet(isMember: true)
        }
    }
}

/// What a write does to an object, field by field.
struct FieldComparison: Sendable, Equatable {
    var added = FieldSet()
    var modified = FieldSet()
    var removed = FieldSet()

    /// What the write gave a value.
    var taken: FieldSet { added.union(modified) }

    init() {}

    init(_ old: JSONValue, _ new: JSONValue, _ shape: MergeShape) {
        self.init(old: old, new: new, shape, isRoot: true)
        added.isMember = false
        removed.isMember = false
    }

    private init(old: JSONValue?, new: JSONValue?, _ shape: MergeShape, isRoot: Bool = false) {
        guard old != new else { return }
        switch (old ?? new, new ?? old) {
        case (.object(let left)?, .object(let right)?)
        where !shape.isAtomicMap && !(left.isEmpty && right.isEmpty):
            for name in Set(left.names + right.names) {
                let below = FieldComparison(
                    old: old?[name],
                    new: new?[name],
                    shape.member(name, isRoot: isRoot)
                )
                add(below, at: .field(name))
            }
            markWhole(old, new)
        case (.array(let left)?, .array(let right)?) where !(left.isEmpty && right.isEmpty):
            let form = shape.list(left + right)
            guard let left = KeyedElements(old?.arrayValue ?? [], form),
                let right = KeyedElements(new?.arrayValue ?? [], form)
            else {
                markLeaf(old, new)
                return
            }
            for name in Set((left.elements + right.elements).map(\.name)) {
                add(FieldComparison(old: left[name], new: right[name], shape.element), at: name)
            }
            markWhole(old, new)
        default: markLeaf(old, new)
        }
    }

    private mutating func add(_ below: FieldComparison, at element: PathElement) {
        added[element] = below.added
        modified[element] = below.modified
        removed[element] = below.removed
    }

    /// What came or went as a whole did so itself, too.
    private mutating func markWhole(_ old: JSONValue?, _ new: JSONValue?) {
        if old == nil { added.isMember = true }
        if new == nil { removed.isMember = true }
    }

    private mutating func markLeaf(_ old: JSONValue?, _ new: JSONValue?) {
        markWhole(old, new)
        if old != nil, new != nil { modified.isMember = true }
    }
}
