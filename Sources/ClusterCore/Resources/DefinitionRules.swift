import Schema
import Wire

/// What a CustomResourceDefinition must say, and the resources it makes served.
enum DefinitionRules {
    static let key = StoreKey(group: "apiextensions.k8s.io", plural: "customresourcedefinitions")

    /// A real server's controllers write the conditions a moment after the definition; here they come with it.
    static func applyDefaults(to object: inout JSONValue) {
        CustomResource.applyDefaults(to: &object)
        let created = object.at("metadata", "creationTimestamp") ?? .null
        let versions = object.at("spec", "versions")?.arrayValue ?? []
        let stored = versions.first { $0["storage"] == true }?["name"] ?? ""
        object["status"] = [
            "acceptedNames": object.at("spec", "names") ?? [:], "storedVersions": [stored],
            "conditions": [
                condition("NamesAccepted", "NoConflicts", "no conflicts found", created),
                condition("Established", "InitialNamesAccepted", "the initial names have been accepted", created),
            ],
        ]
    }

    private static func condition(_ type: String, _ reason: String, _ message: String, _ time: JSONValue) -> JSONValue {
        [
            "type": .string(type), "status": "True", "reason": .string(reason), "message": .string(message),
            "lastTransitionTime": time,
        ]
    }

    static func validate(_ object: JSONValue) -> [FieldCause] {
        if let strategy = object.at("spec", "conversion", "strategy"), strategy != "None" {
            return [.notSupported("spec.conversion.strategy", strategy, ["None"])]
        }
        do { _ = try CustomResource(object) } catch { return error.causes }
        return []
    }

    /// The resources that a valid definition makes served, the preferred version first.
    static func types(_ object: JSONValue) -> [ResourceType] {
        guard let resource = try? CustomResource(object) else { return [] }
        return resource.servedResources.compactMap { served in
            guard let version = resource.version(served.version) else { return nil }
            return ResourceType(
                group: served.group,
                version: served.version,
                plural: served.plural,
                singular: served.singular,
                kind: served.kind,
                listKind: served.listKind,
                isNamespaced: served.namespaced,
                shortNames: served.shortNames,
                categories: served.categories,
                hasStatus: version.hasStatus,
                hasGeneration: true,
                updatesUnconditionally: false,
                selectableFields: version.selectableFields.map(selectableField),
                custom: CustomVersion(
                    schema: version.schema,
                    table: version.table,
                    isStorage: version.storage,
                    deprecationWarning: version.deprecationWarning
                )
            )
        }
    }

    /// `.spec.owner` → the label `spec.owner`.
    private static func selectableField(_ path: JSONPath) -> ResourceType.SelectableField {
        let label = String(path.text.drop { $0 == "." })
        return ResourceType.SelectableField(label: label, path: label.split(separator: ".").map(String.init))
    }
}

extension ClusterCore {
    /// Serves what a definition says from now on. A change of what it says about objects ends the watches on them and
    /// makes LIST wait, as it does while a real server builds its storage anew; writes go on.
    mutating func definitionChanged(_ change: Change) {
        let name = change.place.name
        let before = change.previous.map { DefinitionRules.types($0.object) } ?? []
        guard change.kind != .deleted else {
            for type in before { removeAll(of: type) }
            catalog.setCustomTypes([], definition: name)
            for type in before.prefix(1) {
                stores[type.storeKey] = nil
                watches.endAll(of: type.storeKey).forEach { actions.append(.endStream($0)) }
            }
            return
        }
        let spec = change.object["spec"]
        guard spec != change.previous?.object["spec"] else { return }
        let types = DefinitionRules.types(change.object)
        catalog.setCustomTypes(types, definition: name)
        guard let type = types.first(where: { $0.custom?.isStorage == true }) ?? types.first else { return }
        let key = type.storeKey
        if stores[key] == nil { stores[key] = ObjectStore(createdAt: revision) }
        guard change.previous != nil else { return }
        watches.endAll(of: key).forEach { actions.append(.endStream($0)) }
        reinitializing[key] = now.monotonic + .seconds(ClusterLimits.reinitializingSeconds)
        // Defaults are seen on every read; the store need not be asked each time if it is told once.
        stores[key]?.rewrite { object in type.custom?.schema.applyDefaults(to: &object) }
    }

    private mutating func removeAll(of type: ResourceType) {
        for stored in stores[type.storeKey]?.objects ?? [] { remove(stored, type) }
    }
}
