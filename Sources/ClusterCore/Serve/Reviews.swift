import Wire

extension ClusterCore {
    /// Answers a question about rights or about the asker.
    func review(_ request: RequestInfo, _ body: JSONValue) -> HTTPResponse {
        var answer = body
        answer["apiVersion"] = .string(request.type.apiVersion)
        answer["kind"] = .string(request.type.kind)
        if answer["metadata"] == nil { answer["metadata"] = ["creationTimestamp": .null] }
        let spec = body["spec"] ?? [:]
        switch request.type.kind {
        case "SelfSubjectReview": answer["status"] = ["userInfo": Self.userInfo(request.identity)]
        case "SelfSubjectRulesReview":
            answer["status"] = rulesStatus(request.identity, in: spec["namespace"]?.stringValue ?? "")
        case "SubjectAccessReview": answer["status"] = accessStatus(Self.subject(spec), spec)
        default: answer["status"] = accessStatus(request.identity, spec)
        }
        return .json(201, answer)
    }

    private func accessStatus(_ identity: Identity, _ spec: JSONValue) -> JSONValue {
        guard authorization == .rbac else { return ["allowed": true, "reason": "this server allows everything"] }
        func text(_ value: JSONValue?, _ name: String) -> String { value?[name]?.stringValue ?? "" }
        let resource = spec["resourceAttributes"]
        let path = spec["nonResourceAttributes"]
        let access = AccessAttributes(
            verb: text(resource ?? path, "verb"),
            group: text(resource, "group"),
            resource: text(resource, "resource"),
            subresource: text(resource, "subresource"),
            namespace: text(resource, "namespace"),
            name: text(resource, "name"),
            path: resource == nil ? text(path, "path") : nil
        )
        return ["allowed": .bool(RBACAuthorizer(stores).allows(identity, access))]
    }

    private func rulesStatus(_ identity: Identity, in namespace: String) -> JSONValue {
        let isMaster = authorization == .alwaysAllow || identity.groups.contains("system:masters")
        let all: [JSONValue] = [
            ["verbs": ["*"], "nonResourceURLs": ["*"]], ["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]],
        ]
        let rules = isMaster ? all : RBACAuthorizer(stores).rules(of: identity, in: namespace)
        return [
            "incomplete": false, "nonResourceRules": .array(rules.filter { $0["nonResourceURLs"] != nil }),
            "resourceRules": .array(rules.filter { $0["nonResourceURLs"] == nil }),
        ]
    }

    /// Whom a SubjectAccessReview asks about.
    private static func subject(_ spec: JSONValue) -> Identity {
        let groups = spec["groups"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return Identity(user: spec["user"]?.stringValue ?? "", groups: groups)
    }

    private static func userInfo(_ identity: Identity) -> JSONValue {
        var info: JSONValue = ["username": .string(identity.user)]
        if let uid = identity.uid { info["uid"] = .string(uid) }
        if !identity.groups.isEmpty { info["groups"] = .array(identity.groups.map { .string($0) }) }
        if !identity.extra.isEmpty {
            info["extra"] = .object(
                JSONObject(identity.extra.map { ($0.name, .array($0.values.map { .string($0) })) })
            )
        }
        return info
    }
}
