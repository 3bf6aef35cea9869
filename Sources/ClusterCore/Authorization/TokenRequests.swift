import Schema
package import Wire

/// A token that the shell is to make: whom it stands for, and the answer that it goes into as `status.token`.
package struct TokenGrant: Sendable, Equatable {
    /// Without the credential-id, which is the token's own name.
    package var identity: Identity
    package var answer: JSONValue
}

/// `kubectl create token`: POST …/serviceaccounts/NAME/token. A real server signs the token and lets it expire; the
/// shell's is random and holds for as long as its account.
extension ClusterCore {
    static let serviceAccountsKey = StoreKey(group: "", plural: "serviceaccounts")

    func grant(_ request: RequestInfo, _ body: JSONValue) throws(StatusError) -> TokenGrant {
        guard let account = stores[Self.serviceAccountsKey]?[request.place] else {
            throw .notFound(request.type, request.name ?? "")
        }
        let bound = body.at("spec", "boundObjectRef")
        var identity = Identity.serviceAccount(namespace: request.place.namespace, name: request.place.name)
        identity.uid = account.object.at("metadata", "uid")?.stringValue
        if let bound { identity.extra = try podExtra(bound, in: request.place.namespace) }
        let seconds = body.at("spec", "expirationSeconds")?.integerValue ?? 3_600
        guard (600...(1 << 32)).contains(seconds) else {
            throw .invalid(
                kind: "TokenRequest",
                group: "authentication.k8s.io",
                name: "",
                [
                    .invalid(
                        "spec.expirationSeconds",
                        .integer(seconds),
                        "may not specify a duration less than 10 minutes"
                    )
                ]
            )
        }
        var answer: JSONValue = [
            "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
            "metadata": [
                "name": .string(request.place.name), "namespace": .string(request.place.namespace),
                "creationTimestamp": .string(now.wall.rfc3339),
            ],
            "spec": [
                "audiences": body.at("spec", "audiences") ?? ["https://kubernetes.default.svc"],
                "expirationSeconds": .integer(seconds),
            ],
        ]
        answer["spec"]?["boundObjectRef"] = bound
        let end = Timestamp(seconds: now.wall.seconds + seconds)
        answer["status"] = ["expirationTimestamp": .string(end.rfc3339)]
        return TokenGrant(identity: identity, answer: answer)
    }

    private func podExtra(_ reference: JSONValue, in namespace: String) throws(StatusError) -> [(
        name: String, values: [String]
    )] {
        let name = reference["name"]?.stringValue ?? ""
        guard reference["kind"] == "Pod", let type = catalog.type(group: "", version: "v1", plural: "pods") else {
            throw .badRequest("cannot bind token to object of kind \(reference["kind"]?.stringValue ?? "")")
        }
        guard let pod = stores[type.storeKey]?[ObjectPlace(namespace: namespace, name: name)]?.object else {
            throw .notFound(type, name)
        }
        let uid = pod.at("metadata", "uid")?.stringValue ?? ""
        if let wanted = reference["uid"]?.stringValue, wanted != uid {
            throw .conflict(
                type,
                name,
                "the UID in the bound object reference (\(wanted)) does not match the UID in record"
            )
        }
        let prefix = "authentication.kubernetes.io/"
        var extra = [(prefix + "pod-name", [name]), (prefix + "pod-uid", [uid])]
        if let node = pod.at("spec", "nodeName")?.stringValue { extra.insert((prefix + "node-name", [node]), at: 0) }
        return extra.map { (name: $0.0, values: $0.1) }
    }
}
