package import Wire

/// One request to an API server, not yet text.
package struct KubeRequest: Sendable, Equatable {
    package enum Verb: Sendable, Equatable {
        case get, list, watch, create, update, delete, deleteCollection
        case patch(PatchFormat)
    }

    package enum PatchFormat: String, Sendable {
        case merge = "application/merge-patch+json"
        case json = "application/json-patch+json"
        case apply = "application/apply-patch+yaml"
    }

    package var verb: Verb
    package var resource: GroupVersionResource
    /// Empty: cluster-scoped, or all namespaces.
    package var namespace: String
    /// Empty: the collection.
    package var name: String
    /// Such as `status`; empty: the object itself.
    package var subresource: String
    /// In this order; names and values not yet encoded.
    package var query: [QueryItem]
    package var body: JSONValue?

    package struct QueryItem: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    /// Whether sending it twice does no more than sending it once.
    package var isRead: Bool {
        switch verb {
        case .get, .list, .watch: true
        default: false
        }
    }
}

extension KubeRequest {
    /// Always answered by a quorum: no resourceVersion is sent.
    package static func get(_ resource: GroupVersionResource, _ key: ObjectKey) -> Self {
        Self(.get, resource, key)
    }

    /// One page. Without `atLeast` the list is consistent; `resourceVersion=0` (any staleness) cannot be said.
    package static func list(
        _ resource: GroupVersionResource,
        _ scope: ListScope = ListScope(),
        limit: Int? = KubeLimits.pageSize,
        continuation: String? = nil
    ) -> Self {
        var request = Self(.list, resource, ObjectKey(namespace: scope.namespace, name: ""))
        request.add(scope)
        if let limit { request.add("limit", "\(limit)") }
        if let continuation { request.add("continue", continuation) }
        return request
    }

    /// Changes after a version.
    package static func watch(
        _ resource: GroupVersionResource,
        _ scope: ListScope = ListScope(),
        from version: ResourceVersion,
        timeoutSeconds: Int? = nil
    ) -> Self {
        var request = watching(resource, scope, timeoutSeconds)
        request.add("resourceVersion", version.text)
        return request
    }

    /// The list as a stream, closed by a bookmark, then changes (WatchList). Consistent: no version is sent.
    package static func watchList(
        _ resource: GroupVersionResource,
        _ scope: ListScope = ListScope(),
        timeoutSeconds: Int? = nil
    ) -> Self {
        var request = watching(resource, scope, timeoutSeconds)
        request.add("sendInitialEvents", "true")
        request.add("resourceVersionMatch", "NotOlderThan")
        return request
    }

    private static func watching(
        _ resource: GroupVersionResource,
        _ scope: ListScope,
        _ timeoutSeconds: Int?
    ) -> Self {
        var request = Self(.watch, resource, ObjectKey(namespace: scope.namespace, name: ""))
        request.add("watch", "true")
        request.add("allowWatchBookmarks", "true")
        request.add(scope)
        if let timeoutSeconds { request.add("timeoutSeconds", "\(timeoutSeconds)") }
        return request
    }

    package static func create(
        _ resource: GroupVersionResource,
        namespace: String,
        _ object: JSONValue,
        _ options: WriteOptions = WriteOptions()
    ) -> Self {
        var request = Self(.create, resource, ObjectKey(namespace: namespace, name: ""))
        request.add(options)
        request.body = object
        return request
    }

    /// Replaces the whole object; its metadata.resourceVersion is the precondition.
    package static func update(
        _ resource: GroupVersionResource,
        _ key: ObjectKey,
        subresource: String = "",
        _ object: JSONValue,
        _ options: WriteOptions = WriteOptions()
    ) -> Self {
        var request = Self(.update, resource, key)
        request.subresource = subresource
        request.add(options)
        request.body = object
        return request
    }

    /// `body` is an object for merge and apply, an array of operations for JSON Patch. Apply needs a field manager.
    package static func patch(
        _ resource: GroupVersionResource,
        _ key: ObjectKey,
        subresource: String = "",
        _ format: PatchFormat,
        _ body: JSONValue,
        _ options: WriteOptions = WriteOptions()
    ) -> Self {
        var request = Self(.patch(format), resource, key)
        request.subresource = subresource
        request.add(options)
        request.body = body
        return request
    }

    package static func delete(
        _ resource: GroupVersionResource,
        _ key: ObjectKey,
        _ preconditions: Preconditions = Preconditions(),
        _ options: WriteOptions = WriteOptions()
    ) -> Self {
        var request = Self(.delete, resource, key)
        request.add(options)
        request.body = preconditions.deleteOptions
        return request
    }

    /// Every object in the scope. `limit` and paging are the server's business here.
    package static func deleteCollection(
        _ resource: GroupVersionResource,
        _ scope: ListScope,
        _ options: WriteOptions = WriteOptions()
    ) -> Self {
        var request = Self(.deleteCollection, resource, ObjectKey(namespace: scope.namespace, name: ""))
        request.add(scope)
        request.add(options)
        return request
    }

    private init(_ verb: Verb, _ resource: GroupVersionResource, _ key: ObjectKey) {
        self.verb = verb
        self.resource = resource
        namespace = key.namespace
        name = key.name
        subresource = ""
        query = []
        body = nil
    }

    private mutating func add(_ name: String, _ value: String) { query.append(QueryItem(name: name, value: value)) }

    private mutating func add(_ scope: ListScope) {
        if !scope.labelSelector.isEmpty { add("labelSelector", scope.labelSelector) }
        if !scope.fieldSelector.isEmpty { add("fieldSelector", scope.fieldSelector) }
    }

    private mutating func add(_ options: WriteOptions) {
        if !options.fieldManager.isEmpty { add("fieldManager", options.fieldManager) }
        if options.force { add("force", "true") }
        if options.dryRun { add("dryRun", "All") }
        if let seconds = options.timeoutSeconds { add("timeout", "\(seconds)s") }
    }
}
