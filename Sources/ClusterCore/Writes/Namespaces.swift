import Wire

/// A namespace that goes when the last of its content has gone.
struct TerminatingNamespace: Sendable {
    var name: String
    /// When to delete (again) what is left in it.
    var nextSweep: MonotonicInstant
}

extension ClusterCore {
    static let namespacesKey = StoreKey(group: "", plural: "namespaces")

    mutating func addNamespace(_ name: String) {
        guard let type = catalog.types(of: Self.namespacesKey).first else { return }
        var object: JSONValue = [
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": [
                "name": .string(name), "uid": .string(random.uuid()), "creationTimestamp": .string(now.wall.rfc3339),
            ],
        ]
        do { _ = try ObjectRules.normalize(&object, type) } catch { return }
        store(object, at: ObjectPlace(namespace: "", name: name), type)
    }

    func namespace(_ name: String) -> JSONValue? {
        stores[Self.namespacesKey]?[ObjectPlace(namespace: "", name: name)]?.object
    }

    /// Nothing is created in a namespace that is not there or is going.
    func requireLiveNamespace(_ request: RequestInfo, _ name: String) throws(StatusError) {
        guard let wanted = request.namespace, let type = catalog.types(of: Self.namespacesKey).first else { return }
        guard let namespace = namespace(wanted) else { throw .notFound(type, wanted) }
        guard namespace.at("metadata", "deletionTimestamp") == nil else {
            var refusal = StatusError.forbidden(
                request.type,
                name,
                "unable to create new content in namespace \(wanted) because it is being terminated"
            )
            refusal.details?["causes"] = [
                [
                    "reason": "NamespaceTerminating", "field": "metadata.namespace",
                    "message": .string("namespace \(wanted) is being terminated"),
                ]
            ]
            throw refusal
        }
    }

    /// Deletes what is left in the namespaces that are going, and those that are empty.
    mutating func sweepNamespaces() {
        for name in terminating.map(\.name) {
            guard let position = terminating.firstIndex(where: { $0.name == name }) else { continue }
            if terminating[position].nextSweep <= now.monotonic {
                terminating[position].nextSweep = now.monotonic + .seconds(5)
                deleteContent(of: name)
            }
            guard isEmpty(name) else { continue }
            terminating.removeAll { $0.name == name }
            finalizeNamespace(name)
        }
    }

    private mutating func deleteContent(of namespace: String) {
        let controller = Identity.namespaceController(uid: namespaceControllerUID, tokenID: random.uuid())
        for type in catalog.stores where type.isNamespaced {
            for stored in stores[type.storeKey]?.objects(in: namespace) ?? [] {
                let request = RequestInfo(
                    verb: .deletecollection,
                    type: type,
                    namespace: namespace,
                    name: stored.place.name,
                    subresource: nil,
                    query: QueryParameters(""),
                    identity: controller,
                    body: [],
                    contentType: "",
                    accept: "",
                    userAgent: "namespace-controller"
                )
                begin(write(.namespace, request, .delete(DeleteOptions())))
            }
        }
    }

    private func isEmpty(_ namespace: String) -> Bool {
        catalog.stores.allSatisfy { !$0.isNamespaced || (stores[$0.storeKey]?.objects(in: namespace) ?? []).isEmpty }
    }

    /// Takes away the finalizer that held it; others in its metadata still hold it.
    private mutating func finalizeNamespace(_ name: String) {
        let place = ObjectPlace(namespace: "", name: name)
        guard let type = catalog.types(of: Self.namespacesKey).first,
            let stored = stores[Self.namespacesKey]?[place]
        else { return }
        var object = stored.object
        object["spec"] = [:]
        if Self.mayGo(object) { remove(stored, type) } else { store(object, at: place, type) }
    }
}
