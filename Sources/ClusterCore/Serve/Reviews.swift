import Wire

extension ClusterCore {
    /// Answers a question about rights or about the asker. Everything is allowed: see `authorize`.
    func review(_ request: RequestInfo, _ body: JSONValue) -> HTTPResponse {
        var answer = body
        answer["apiVersion"] = .string(request.type.apiVersion)
        answer["kind"] = .string(request.type.kind)
        if answer["metadata"] == nil { answer["metadata"] = ["creationTimestamp": .null] }
        switch request.type.kind {
        case "SelfSubjectReview": answer["status"] = ["userInfo": Self.userInfo(request.identity)]
        case "SelfSubjectRulesReview":
            answer["status"] = [
                "incomplete": false, "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]],
                "resourceRules": [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]],
            ]
        default: answer["status"] = ["allowed": true, "reason": "this server allows everything"]
        }
        return .json(201, answer)
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
