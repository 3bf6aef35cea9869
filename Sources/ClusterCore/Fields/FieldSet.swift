import Wire

/// One step from a value to a part of it, in the text by which `fieldsV1` names it: `f:` and a member's name, `k:` and
/// the keys of a list's element, `v:` and an element that is its own key.
struct PathElement: Sendable, Hashable {
    let text: String

    static func field(_ name: String) -> PathElement { PathElement(text: "f:" + name) }

    static func value(_ value: JSONValue) -> PathElement {
        PathElement(text: "v:" + String(decoding: value.serialized(), as: UTF8.self))
    }

    /// nil if `element` lacks a key that has no default.
    static func key(_ names: [String], of element: JSONValue) -> PathElement? {
        var keys = JSONValue.emptyObject
        for name in names {
            guard let value = element[name] ?? defaultKeys[name] else { return nil }
            keys[name] = value
        }
        return PathElement(text: "k:" + String(decoding: keys.serialized(), as: UTF8.self))
    }

    private static let defaultKeys: [String: JSONValue] = ["protocol": "TCP"]

    /// The name of a member; nil for an element of a list.
    var name: String? { text.hasPrefix("f:") ? String(text.dropFirst(2)) : nil }

    /// As messages show it: `.spec`, `[name="a"]`, `[="x"]`.
    var shown: String {
        if let name { return "." + name }
        let rest = text.dropFirst(2)
        guard text.hasPrefix("k:"), let keys = try? JSONValue.parse(String(rest)).objectValue else {
            return "[=\(rest)]"
        }
        let pairs = keys.members.map { "\($0.name)=\(String(decoding: $0.value.serialized(), as: UTF8.self))" }
        return "[\(pairs.joined(separator: ","))]"
    }
}

/// A set of paths into an object, as a tree. A path may be in it while the paths below are not, and the other way round.
struct FieldSet: Sendable, Equatable {
    /// The path that leads here is in the set.
    var isMember = false
    private(set) var children: [PathElement: FieldSet] = [:]

    var isEmpty: Bool { !isMember && children.isEmpty }

    /// What lies below one step; assigning an empty set removes it.
    subscript(_ element: PathElement) -> FieldSet {
        get { children[element] ?? FieldSet() }
        set { children[element] = newValue.isEmpty ? nil : newValue }
    }

    func contains(_ path: [PathElement]) -> Bool { path.reduce(self) { $0[$1] }.isMember }

    func union(_ other: FieldSet) -> FieldSet {
        var result = self
        result.isMember = isMember || other.isMember
        for (element, below) in other.children { result[element] = result[element].union(below) }
        return result
    }

    /// Without the paths that are in `other`; paths below them stay.
    func subtracting(_ other: FieldSet) -> FieldSet {
        var result = self
        result.isMember = isMember && !other.isMember
        for (element, below) in other.children where children[element] != nil {
            result[element] = result[element].subtracting(below)
        }
        return result
    }

    func intersection(_ other: FieldSet) -> FieldSet {
        var result = FieldSet(isMember: isMember && other.isMember)
        for (element, below) in children {
            guard let others = other.children[element] else { continue }
            result[element] = below.intersection(others)
        }
        return result
    }

    /// All paths, in the order of their texts.
    var paths: [[PathElement]] {
        var found: [[PathElement]] = isMember ? [[]] : []
        for element in children.keys.sorted(by: { $0.text < $1.text }) {
            found += self[element].paths.map { [element] + $0 }
        }
        return found
    }
}

// MARK: - fieldsV1

extension FieldSet {
    var json: JSONValue {
        var members = children.map { ($0.key.text, $0.value.json) }
        if isMember, !members.isEmpty { members.append((".", .emptyObject)) }
        return .object(JSONObject(members))
    }

    /// nil for what is no `fieldsV1`.
    init?(_ json: JSONValue) {
        guard let read = Self.read(json) else { return nil }
        self = read
        isMember = false
    }

    private static func read(_ json: JSONValue) -> FieldSet? {
        guard case .object(let object) = json else { return nil }
        var set = FieldSet(isMember: object.isEmpty)
        for (name, value) in object.members {
            if name == "." {
                set.isMember = true
                continue
            }
            guard ["f:", "k:", "v:", "i:"].contains(where: name.hasPrefix), let below = read(value) else { return nil }
            set.children[PathElement(text: name)] = below
        }
        return set
    }
}
