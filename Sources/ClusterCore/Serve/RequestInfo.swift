import Wire

/// What a request asks for, read from its method, path and query.
struct RequestInfo: Sendable {
    enum Verb: String, Sendable {
        case get, list, watch, create, update, patch, delete, deletecollection
    }

    var verb: Verb
    var type: ResourceType
    var namespace: String?
    var name: String?
    var subresource: String?
    var query: QueryParameters
    var identity: Identity
    var body: [UInt8]
    var contentType: String
    var accept: String
    var userAgent: String
    /// Where its body names a member twice.
    var duplicates: [String] = []

    var place: ObjectPlace { ObjectPlace(namespace: namespace ?? "", name: name ?? "") }

    /// The one that a list or watch is about, by `metadata.name=x`: a right to read just that one is enough for it.
    var selectedName: String? {
        guard verb == .list || verb == .watch else { return nil }
        return (try? FieldSelector(query["fieldSelector"] ?? "", for: type))?.name
    }

    /// `dryRun=All` in the query; a DELETE is asked by its `DeleteOptions`.
    var isDryRun: Bool { query.values("dryRun").contains("All") }

    /// The body as JSON, and what it names twice.
    mutating func readBody() throws(JSONError) -> JSONValue {
        duplicates = []
        return try JSONValue.parse(body, duplicates: &duplicates)
    }
}

/// A path below /api or /apis that names a resource.
struct ResourcePath: Sendable, Equatable {
    var group: String
    var version: String
    var namespace: String?
    var plural: String
    var name: String?
    var subresource: String?

    /// nil if the path names no resource.
    init?(_ path: Substring) {
        var parts = path.split(separator: "/").map { QueryParameters.decode($0, plusIsSpace: false) }[...]
        switch parts.popFirst() {
        case "api": group = ""
        case "apis":
            guard let group = parts.popFirst() else { return nil }
            self.group = group
        default: return nil
        }
        guard let version = parts.popFirst(), let first = parts.popFirst() else { return nil }
        self.version = version
        plural = first
        // /namespaces/NS/PLURAL…; but /namespaces/NS and /namespaces/NS/status are the Namespace itself.
        if first == "namespaces", let second = parts.first {
            let rest = parts.dropFirst()
            if let third = rest.first, !(rest.count == 1 && (third == "status" || third == "finalize")) {
                namespace = second
                plural = third
                parts = rest.dropFirst()
            }
        }
        name = parts.popFirst()
        subresource = parts.popFirst()
        guard parts.isEmpty else { return nil }
    }
}

extension RequestInfo {
    init(_ request: APIRequest, _ path: ResourcePath, catalog: Catalog) throws(StatusError) {
        guard let type = catalog.type(group: path.group, version: path.version, plural: path.plural) else {
            throw .noSuchPath
        }
        guard type.isNamespaced || path.namespace == nil else { throw .noSuchPath }
        try Self.refuseKubelet(type, path.subresource)
        self.type = type
        namespace = path.namespace
        name = path.name
        subresource = path.subresource
        query = QueryParameters(request.http.query)
        identity = try request.impersonated()
        body = request.http.body
        contentType = request.http.fields["content-type"] ?? ""
        accept = request.http.fields["accept"] ?? ""
        userAgent = request.http.fields["user-agent"] ?? ""
        let hasName = path.name != nil && path.subresource != "token"
        verb = try Self.verb(request.http.method, hasName: hasName, query)
        try check()
    }

    static func verb(_ method: String, hasName: Bool, _ query: QueryParameters) throws(StatusError) -> Verb {
        switch (method, hasName) {
        case ("GET", false), ("HEAD", false): query.flag("watch") ? .watch : .list
        case ("GET", true), ("HEAD", true): .get
        case ("POST", false): .create
        case ("PUT", true): .update
        case ("PATCH", true): .patch
        case ("DELETE", true): .delete
        case ("DELETE", false): .deletecollection
        default: throw .methodNotAllowed(method)
        }
    }

    /// What a real server passes on to the kubelet of a pod's node.
    private static func refuseKubelet(_ type: ResourceType, _ subresource: String?) throws(StatusError) {
        guard type.kind == "Pod", type.group.isEmpty, let subresource,
            ["log", "exec", "attach", "portforward", "proxy"].contains(subresource)
        else { return }
        throw StatusError(
            code: 501,
            reason: "NotImplemented",
            message: "pods/\(subresource) is not served: it needs a kubelet, and this API server has none"
        )
    }

    /// A namespaced object is reached through its namespace only; all namespaces can be listed and watched.
    private func check() throws(StatusError) {
        guard !type.isReview || verb == .create else { throw .methodNotAllowed(verb.rawValue) }
        if type.isNamespaced, namespace == nil {
            guard verb == .list || verb == .watch else {
                throw verb == .create || verb == .deletecollection ? .methodNotAllowed(verb.rawValue) : .noSuchPath
            }
        }
        switch subresource {
        case nil: break
        case "token" where type.storeKey == ClusterCore.serviceAccountsKey:
            guard verb == .create else { throw .methodNotAllowed(verb.rawValue) }
        case "status" where type.hasStatus:
            guard [.get, .update, .patch].contains(verb) else { throw .methodNotAllowed(verb.rawValue) }
        case ScaleForm.name where type.hasScale:
            guard [.get, .update, .patch].contains(verb) else { throw .methodNotAllowed(verb.rawValue) }
        case "finalize" where type.storeKey == StoreKey(group: "", plural: "namespaces"):
            guard verb == .update else { throw .methodNotAllowed(verb.rawValue) }
        default: throw .noSuchPath
        }
    }
}
