/// Every resource served now, built-in and custom, by group, version and plural.
struct Catalog: Sendable {
    /// In the order they came, built-in types first.
    private(set) var types: [ResourceType] = BuiltInTypes.all
    /// Counts changes.
    private(set) var version = 0
    private var index: [Place: Int] = [:]
    /// What a CustomResourceDefinition, by its name, brought.
    private var customTypes: [(definition: String, types: [ResourceType])] = []

    init() { reindex() }

    func type(group: String, version: String, plural: String) -> ResourceType? {
        index[Place(group: group, version: version, plural: plural)].map { types[$0] }
    }

    /// Any version of that resource, the stored one first.
    func types(of key: StoreKey) -> [ResourceType] {
        types.filter { $0.storeKey == key }.sorted { ($0.custom?.isStorage ?? true) && !($1.custom?.isStorage ?? true) }
    }

    func has(group: String, version: String) -> Bool { types.contains { $0.group == group && $0.version == version } }

    /// One type per store, for work on everything there is.
    var stores: [ResourceType] {
        var seen: [StoreKey] = []
        return types.filter { type in
            if seen.contains(type.storeKey) { return false }
            seen.append(type.storeKey)
            return true
        }
    }

    /// Replaces what one definition brought; none removes it.
    mutating func setCustomTypes(_ new: [ResourceType], definition: String) {
        if let position = customTypes.firstIndex(where: { $0.definition == definition }) {
            customTypes[position].types = new
        } else {
            customTypes.append((definition, new))
        }
        customTypes.removeAll { $0.types.isEmpty }
        types = BuiltInTypes.all + customTypes.flatMap(\.types)
        reindex()
    }

    private mutating func reindex() {
        version += 1
        index = [:]
        for (position, type) in types.enumerated() {
            index[Place(group: type.group, version: type.version, plural: type.plural)] = position
        }
    }

    private struct Place: Hashable {
        var group: String
        var version: String
        var plural: String
    }
}
