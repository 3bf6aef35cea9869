import Schema
import Wire

extension ClusterCore {
    func get(_ request: RequestInfo) throws(StatusError) -> HTTPResponse {
        try checkRevisionIsKnown(request.query["resourceVersion"] ?? "")
        guard let stored = stores[request.type.storeKey]?[request.place] else {
            throw .notFound(request.type, request.name ?? "")
        }
        return try answer(200, stored.object, request)
    }

    /// What `resourceVersion`, `resourceVersionMatch`, `limit` and `continue` ask for, and nothing else.
    private struct Page {
        /// The state to read; nil for the present.
        var revision: Int64?
        /// Only objects after this place.
        var after: ObjectPlace?
        /// 0 for all.
        var limit: Int64
    }

    func list(_ request: RequestInfo) throws(StatusError) -> HTTPResponse {
        let type = request.type
        try requireStorage(type)
        let filter = try WatchFilter(request)
        let page = try page(request)
        let snapshot = page.revision ?? revision
        let past = page.revision.flatMap { $0 == revision ? nil : $0 }
        var items: [JSONValue] = []
        var last: ObjectPlace?
        var remaining: Int64 = 0
        if let store = stores[type.storeKey] {
            guard var objects = store.objects(in: request.namespace, after: page.after, at: past) else {
                throw page.after == nil ? Self.tooOld(snapshot, revision) : Self.continueTooOld
            }
            while let stored = objects.next() {
                guard filter.matches(stored.place, stored.object) else { continue }
                if page.limit > 0, Int64(items.count) == page.limit {
                    remaining = Int64(1 + objects.left)
                    break
                }
                items.append(present(stored.object, as: type))
                last = stored.place
            }
        } else if past != nil {
            throw page.after == nil ? Self.tooOld(snapshot, revision) : Self.continueTooOld
        }
        var metadata: JSONValue = ["resourceVersion": .string(String(snapshot))]
        if remaining > 0, let last {
            metadata["continue"] = .string(ContinueToken(revision: snapshot, after: last).text)
            // As a real server: it cannot count what a selector would choose.
            if filter.isEverything { metadata["remainingItemCount"] = .integer(remaining) }
        }
        return .json(200, try listBody(items, metadata, request))
    }

    private func listBody(_ items: [JSONValue], _ metadata: JSONValue, _ request: RequestInfo) throws(StatusError)
        -> JSONValue
    {
        let type = request.type
        switch try Representation.negotiate(accept: request.accept, request.query) {
        case .object:
            return [
                "apiVersion": .string(type.apiVersion), "kind": .string(type.listKind), "metadata": metadata,
                "items": .array(items),
            ]
        case .metadata:
            return [
                "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "metadata": metadata,
                "items": .array(items.map(PartialMetadata.object)),
            ]
        case .table(let table): return self.table(items, type, table, metadata: metadata)
        }
    }

    private func page(_ request: RequestInfo) throws(StatusError) -> Page {
        let query = request.query
        let limit = max(0, try query.integer("limit") ?? 0)
        let version = query["resourceVersion"] ?? ""
        let match = query["resourceVersionMatch"] ?? ""
        if let text = query["continue"], !text.isEmpty {
            guard version.isEmpty || version == "0" else {
                throw .badRequest("specifying resource version is not allowed when using continue")
            }
            guard let token = ContinueToken(text) else { throw .badRequest("continue key is not valid") }
            return Page(revision: token.revision, after: token.after, limit: limit)
        }
        if query["sendInitialEvents"] != nil {
            throw .invalidListOptions([.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")])
        }
        try checkRevisionIsKnown(version)
        switch match {
        case "": return Page(revision: nil, after: nil, limit: limit)
        case "NotOlderThan" where !version.isEmpty: return Page(revision: nil, after: nil, limit: limit)
        case "Exact" where !version.isEmpty && version != "0":
            return Page(revision: Int64(version), after: nil, limit: limit)
        case "Exact" where version == "0":
            throw .invalidListOptions([
                .forbidden(
                    "resourceVersionMatch",
                    "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""
                )
            ])
        case "Exact", "NotOlderThan":
            throw .invalidListOptions([
                .forbidden(
                    "resourceVersionMatch",
                    "resourceVersionMatch is forbidden unless resourceVersion is provided"
                )
            ])
        default:
            throw .invalidListOptions([
                .notSupported("resourceVersionMatch", .string(match), ["Exact", "NotOlderThan", ""])
            ])
        }
    }

    /// A client that has seen more than this server ever wrote must wait, not be told old news.
    func checkRevisionIsKnown(_ text: String) throws(StatusError) {
        guard !text.isEmpty else { return }
        guard let wanted = Int64(text), wanted >= 0 else {
            throw .badRequest("Invalid value: \"\(text)\": strconv.ParseUint: parsing \"\(text)\": invalid syntax")
        }
        guard wanted > revision else { return }
        throw StatusError(
            code: 504,
            reason: "Timeout",
            message: "Timeout: Too large resource version: \(wanted), current: \(revision)",
            details: [
                "causes": [["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]],
                "retryAfterSeconds": 1,
            ],
            retryAfterSeconds: 1
        )
    }

    /// After a change of its schema a resource cannot be listed for a moment.
    func requireStorage(_ type: ResourceType) throws(StatusError) {
        guard let until = reinitializing[type.storeKey], now.monotonic < until else { return }
        throw .tooManyRequests("storage is (re)initializing", retryAfterSeconds: 1)
    }

    static func tooOld(_ wanted: Int64, _ current: Int64) -> StatusError {
        .expired("too old resource version: \(wanted) (\(current))")
    }
    static let continueTooOld = StatusError.expired(
        """
        The provided continue parameter is too old to display a consistent list result. You can start a new list \
        without the continue parameter.
        """
    )
}
