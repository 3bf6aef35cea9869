import Schema
import Wire

extension ClusterCore {
    /// Answers a request, or starts what will.
    mutating func serve(_ id: RequestID, _ request: APIRequest) {
        do {
            var request = request
            try authenticate(&request.identity)
            if let response = try fixedResponse(request) {
                try authorizePath(request)
                actions.append(.respond(id, response))
                return
            }
            guard let path = ResourcePath(request.http.path) else { throw StatusError.noSuchPath }
            let info = try RequestInfo(request, path, catalog: catalog)
            try authorizeImpersonation(request, as: info.identity)
            guard request.http.body.count <= ClusterLimits.bodyBytesMax else {
                throw StatusError.tooLarge("Request entity too large: limit is \(ClusterLimits.bodyBytesMax)")
            }
            try authorize(info)
            try dispatch(id, info)
        } catch let error as StatusError {
            actions.append(.respond(id, error.response))
        } catch {
            actions.append(.respond(id, StatusError.internalError("\(error)").response))
        }
    }

    /// A service account's token carries the uid of its ServiceAccount, and is worth nothing without it. Whoever
    /// impersonates one names a uid or has none.
    private func authenticate(_ identity: inout Identity) throws(StatusError) {
        guard let place = identity.serviceAccount else { return }
        let uid = stores[Self.serviceAccountsKey]?[place]?.object.at("metadata", "uid")?.stringValue
        guard let uid, identity.uid == nil || identity.uid == uid else {
            throw StatusError(code: 401, reason: "Unauthorized", message: "Unauthorized")
        }
        identity.uid = uid
    }

    private mutating func dispatch(_ id: RequestID, _ request: RequestInfo) throws(StatusError) {
        var request = request
        try request.checkOptions()
        switch request.verb {
        case .get: actions.append(.respond(id, try get(request)))
        case .list: actions.append(.respond(id, try list(request)))
        case .watch: try openWatch(id, request)
        case .create:
            let body = try parseBody(&request)
            if request.subresource == "token" {
                actions.append(.issueToken(id, try grant(request, body)))
            } else if request.type.isReview {
                actions.append(.respond(id, review(request, body)))
            } else {
                begin(write(.request(id), request, .create(body)))
            }
        case .update:
            let body = try parseBody(&request)
            begin(write(.request(id), request, .replace(body)))
        case .patch where request.contentType.hasPrefix(ApplyPatch.mediaType):
            let patch = try ApplyPatch(&request)
            begin(write(.request(id), request, .apply(patch)))
        case .patch:
            let patch = try PatchDocument(&request)
            begin(write(.request(id), request, .patch(patch)))
        case .delete: begin(write(.request(id), request, .delete(try DeleteOptions(request))))
        case .deletecollection: try deleteCollection(id, request)
        }
    }

    func write(_ origin: PendingWrite.Origin, _ request: RequestInfo, _ intent: PendingWrite.Intent) -> PendingWrite {
        let isDryRun = if case .delete(let options) = intent { options.isDryRun } else { request.isDryRun }
        return PendingWrite(origin: origin, request: request, intent: intent, isDryRun: isDryRun)
    }

    private func parseBody(_ request: inout RequestInfo) throws(StatusError) -> JSONValue {
        let media = request.contentType.prefix { $0 != ";" && $0 != " " }
        if media == ProtobufBody.mediaType[...] { return try ProtobufBody.json(request.body) }
        guard media.isEmpty || media == "application/json" else {
            throw .unsupportedMediaType(accepted: ["application/json", ProtobufBody.mediaType])
        }
        do { return try request.readBody() } catch {
            throw .badRequest("the object provided is unrecognized: \(error)")
        }
    }

    /// One object as the client wants to see it.
    func answer(_ status: Int, _ object: JSONValue, _ request: RequestInfo, warnings: [String] = []) throws(StatusError)
        -> HTTPResponse
    {
        let isScale = request.subresource == ScaleForm.name
        // What a DELETE says of what has gone is no object of the resource.
        let isStatus = object["kind"] == "Status" && object["apiVersion"] == "v1"
        let shown =
            isStatus ? object : isScale ? ScaleForm.scale(of: object) : present(object, as: request.type)
        let negotiated = try Representation.negotiate(accept: request.accept, request.query)
        let form = isStatus ? .object : negotiated
        let body: JSONValue =
            switch form {
            case .object: shown
            case .metadata: PartialMetadata.object(shown)
            case .table(let table): self.table([shown], request.type, table, metadata: shown["metadata"])
            }
        var response = HTTPResponse.json(status, body)
        for warning in warnings { response.addWarning(warning) }
        if let warning = request.type.custom?.deprecationWarning { response.addWarning(warning) }
        return response
    }

    /// A stored object in the version that was asked for.
    func present(_ object: JSONValue, as type: ResourceType) -> JSONValue {
        if type.group == EventForm.newerGroup { return EventForm.newer(object) }
        guard type.custom != nil, object["apiVersion"] != .string(type.apiVersion) else { return object }
        var object = object
        object["apiVersion"] = .string(type.apiVersion)
        return object
    }
}

extension HTTPResponse {
    /// RFC 9111 §5.5, as Kubernetes uses it. A text that cannot stand in a header is dropped.
    mutating func addWarning(_ text: String) {
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return }
        var quoted = ""
        for character in text {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        fields.add("warning", "299 - \"\(quoted)\"")
    }
}
