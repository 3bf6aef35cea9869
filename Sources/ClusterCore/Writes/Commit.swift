import Wire

/// The only place where the store changes.
extension ClusterCore {
    /// Stores an object under the next resourceVersion and tells everybody who watches.
    @discardableResult
    mutating func store(_ object: JSONValue, at place: ObjectPlace, _ type: ResourceType) -> JSONValue {
        var object = type.group == EventForm.newerGroup ? EventForm.core(object) : object
        revision += 1
        object["metadata"]?["resourceVersion"] = .string(String(revision))
        let previous = stores[type.storeKey]?[place]
        let change = Change(
            kind: previous == nil ? .added : .modified,
            revision: revision,
            place: place,
            object: object,
            previous: previous
        )
        commit(change, type)
        if previous == nil { forgetOldEvents(type) }
        return object
    }

    mutating func remove(_ stored: StoredObject, _ type: ResourceType) {
        revision += 1
        var object = stored.object
        object["metadata"]?["resourceVersion"] = .string(String(revision))
        commit(
            Change(kind: .deleted, revision: revision, place: stored.place, object: object, previous: stored),
            type
        )
    }

    private mutating func commit(_ change: Change, _ type: ResourceType) {
        let key = type.storeKey
        stores[key, default: ObjectStore(createdAt: change.revision - 1)].apply(change)
        publish(change, key)
        switch key {
        case WebhookTable.mutatingKey, WebhookTable.validatingKey: rebuildWebhooks()
        case let key where PolicyTable.keys.contains(key): policies = PolicyTable(stores)
        case DefinitionRules.key: definitionChanged(change)
        default: break
        }
    }

    mutating func rebuildWebhooks() {
        let empty = ObjectStore(createdAt: revision)
        webhooks = WebhookTable(
            mutating: stores[WebhookTable.mutatingKey] ?? empty,
            validating: stores[WebhookTable.validatingKey] ?? empty
        )
    }

    /// 10.96.0.0/16, as kubeadm does; never given out twice.
    mutating func allocateClusterIP(_ service: inout JSONValue) {
        guard service.at("spec", "clusterIP") == nil, service.at("spec", "type") != "ExternalName" else { return }
        let address = JSONValue.string("10.96.\(nextClusterIP >> 8).\(nextClusterIP & 255)")
        nextClusterIP &+= 1
        service["spec"]?["clusterIP"] = address
        service["spec"]?["clusterIPs"] = [address]
    }
}
