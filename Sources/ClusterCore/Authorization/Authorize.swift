import Wire

/// How requests are authorized.
package enum AuthorizationMode: Sendable {
    /// By the stored Roles and bindings.
    case rbac
    /// Who is authenticated may do everything.
    case alwaysAllow
}

extension ClusterCore {
    /// Refuses what the asker has no right to, in the words of a real server.
    func authorize(_ request: RequestInfo) throws(StatusError) {
        try authorize(request, verb: request.verb.rawValue)
    }

    /// As another verb: a patch or a put that creates needs the right to create, too.
    func authorize(_ request: RequestInfo, verb: String) throws(StatusError) {
        guard authorization == .rbac else { return }
        let type = request.type
        let access = AccessAttributes(
            verb: verb,
            group: type.group,
            resource: type.plural,
            subresource: request.subresource ?? "",
            namespace: request.namespace ?? "",
            name: request.name ?? request.selectedName ?? ""
        )
        guard !RBACAuthorizer(stores).allows(request.identity, access) else { return }
        let resource = [type.plural, request.subresource ?? ""].filter { !$0.isEmpty }.joined(separator: "/")
        let place = request.namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
        throw .forbidden(
            type,
            request.name ?? "",
            "User \"\(request.identity.user)\" cannot \(verb) resource \"\(resource)\" in API group \"\(type.group)\" "
                + place
        )
    }

    /// Of paths that name no resource: discovery, health, version.
    func authorizePath(_ request: APIRequest) throws(StatusError) {
        let path = String(request.http.path)
        let verb = request.http.method.lowercased()
        let identity = try request.impersonated()
        guard authorization == .rbac,
            !RBACAuthorizer(stores).allows(identity, AccessAttributes(verb: verb, path: path))
        else { return }
        throw StatusError(
            code: 403,
            reason: "Forbidden",
            message: "forbidden: User \"\(identity.user)\" cannot \(verb) path \"\(path)\"",
            details: [:]
        )
    }

    /// Impersonation is a right of its own, over users, groups and service accounts.
    func authorizeImpersonation(_ request: APIRequest, as identity: Identity) throws(StatusError) {
        guard authorization == .rbac, request.identity != identity else { return }
        var wanted = [AccessAttributes(verb: "impersonate", resource: "users", name: identity.user)]
        if let account = identity.serviceAccount {
            wanted = [
                AccessAttributes(
                    verb: "impersonate",
                    resource: "serviceaccounts",
                    namespace: account.namespace,
                    name: account.name
                )
            ]
        }
        for group in request.http.fields.values(of: "impersonate-group") {
            wanted.append(AccessAttributes(verb: "impersonate", resource: "groups", name: group))
        }
        let authorizer = RBACAuthorizer(stores)
        guard let missing = wanted.first(where: { !authorizer.allows(request.identity, $0) }) else { return }
        throw StatusError(
            code: 403,
            reason: "Forbidden",
            message:
                "\(missing.resource) \"\(missing.name)\" is forbidden: User \"\(request.identity.user)\" cannot impersonate "
                + "resource \"\(missing.resource)\" in API group \"\" at the cluster scope",
            details: ["name": .string(missing.name), "kind": .string(missing.resource)]
        )
    }
}
