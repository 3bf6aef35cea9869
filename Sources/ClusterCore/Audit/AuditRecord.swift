package import Wire

/// What an audit log tells of one request from its arrival on; with how it came out it makes the events of it, which are
/// those of audit.k8s.io/v1 at level Metadata.
package struct AuditRecord: Sendable {
    package enum Stage: String, Sendable {
        /// Of a watch only: its stream has begun, its end may be far.
        case started = "ResponseStarted"
        case complete = "ResponseComplete"
    }

    var verb: String
    var requestURI: String
    var identity: Identity
    var impersonated: Identity?
    var userAgent: String
    var source: String
    /// nil for a path that names no resource.
    var object: ObjectReference?
    var arrived: Timestamp

    struct ObjectReference: Sendable {
        var group: String
        var version: String
        var resource: String
        var subresource: String
        var namespace: String
        var name: String
    }

    /// `response`: what was answered, if its body is known; a failure's reason and message are taken from it.
    package func event(_ stage: Stage, id: String, code: Int, response: HTTPResponse? = nil, at now: Timestamp)
        -> JSONValue
    {
        var event: JSONValue = [
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": .string(id),
            "stage": .string(stage.rawValue), "requestURI": .string(requestURI), "verb": .string(verb),
            "user": Self.user(identity), "sourceIPs": [.string(source)],
            "responseStatus": Self.responseStatus(code, response),
            "requestReceivedTimestamp": .string(arrived.rfc3339Micro), "stageTimestamp": .string(now.rfc3339Micro),
        ]
        if let impersonated { event["impersonatedUser"] = Self.user(impersonated) }
        if !userAgent.isEmpty { event["userAgent"] = .string(userAgent) }
        if let object { event["objectRef"] = Self.reference(object) }
        return event
    }

    private static func user(_ identity: Identity) -> JSONValue {
        var user: JSONValue = ["username": .string(identity.user)]
        if let uid = identity.uid { user["uid"] = .string(uid) }
        if !identity.groups.isEmpty { user["groups"] = .array(identity.groups.map { .string($0) }) }
        if !identity.extra.isEmpty {
            let members = identity.extra.map { ($0.name, JSONValue.array($0.values.map { .string($0) })) }
            user["extra"] = .object(JSONObject(members))
        }
        return user
    }

    private static func reference(_ object: ObjectReference) -> JSONValue {
        var reference: JSONValue = ["resource": .string(object.resource), "apiVersion": .string(object.version)]
        for (name, text) in [
            ("apiGroup", object.group), ("subresource", object.subresource), ("namespace", object.namespace),
            ("name", object.name),
        ] where !text.isEmpty { reference[name] = .string(text) }
        return reference
    }

    private static func responseStatus(_ code: Int, _ response: HTTPResponse?) -> JSONValue {
        var status: JSONValue = ["metadata": [:], "code": .integer(Int64(code))]
        guard code >= 400, let response, let body = try? JSONValue.parse(response.body), body["kind"] == "Status" else {
            return status
        }
        for name in ["status", "reason", "message"] {
            if let value = body[name] { status[name] = value }
        }
        return status
    }
}

extension ClusterCore {
    /// What is known of a request that has just come. `source`: the client's address.
    package func auditRecord(of request: APIRequest, from source: String, at now: Timestamp) -> AuditRecord {
        let impersonated = try? request.impersonated()
        return AuditRecord(
            verb: Self.auditVerb(request),
            requestURI: request.http.target,
            identity: request.identity,
            impersonated: impersonated == request.identity ? nil : impersonated,
            userAgent: request.http.fields["user-agent"] ?? "",
            source: source,
            object: auditReference(request),
            arrived: now
        )
    }

    /// The verb that RBAC is asked about; of a path that names no resource, the method.
    private static func auditVerb(_ request: APIRequest) -> String {
        let method = request.http.method
        guard let path = ResourcePath(request.http.path) else { return method.lowercased() }
        let hasName = path.name != nil && path.subresource != "token"
        let verb = try? RequestInfo.verb(method, hasName: hasName, QueryParameters(request.http.query))
        return verb?.rawValue ?? method.lowercased()
    }

    private func auditReference(_ request: APIRequest) -> AuditRecord.ObjectReference? {
        guard let path = ResourcePath(request.http.path) else { return nil }
        var name = path.name ?? ""
        if name.isEmpty, let info = try? RequestInfo(request, path, catalog: catalog) {
            name = info.selectedName ?? (info.verb == .create ? Self.nameInBody(info) : "")
        }
        return AuditRecord.ObjectReference(
            group: path.group,
            version: path.version,
            resource: path.plural,
            subresource: path.subresource ?? "",
            namespace: path.namespace ?? "",
            name: name
        )
    }

    private static func nameInBody(_ request: RequestInfo) -> String {
        (try? JSONValue.parse(request.body))?.at("metadata", "name")?.stringValue ?? ""
    }
}
