import Wire

/// What somebody wants to do, as RBAC looks at it.
struct AccessAttributes: Sendable, Equatable {
    var verb = ""
    var group = ""
    var resource = ""
    var subresource = ""
    /// Empty: of the whole cluster.
    var namespace = ""
    var name = ""
    /// Something that is no resource, such as `/metrics`; nil for a resource.
    var path: String?
}

/// Who may do what, by the Roles, ClusterRoles and bindings that are stored now. As a real server: rights add up, none is
/// ever taken away, and `system:masters` may do everything.
struct RBACAuthorizer: Sendable {
    private let roles: ObjectStore?
    private let clusterRoles: ObjectStore?
    private let roleBindings: ObjectStore?
    private let clusterRoleBindings: ObjectStore?

    init(_ stores: [StoreKey: ObjectStore]) {
        func store(_ plural: String) -> ObjectStore? {
            stores[StoreKey(group: "rbac.authorization.k8s.io", plural: plural)]
        }
        roles = store("roles")
        clusterRoles = store("clusterroles")
        roleBindings = store("rolebindings")
        clusterRoleBindings = store("clusterrolebindings")
    }

    func allows(_ identity: Identity, _ access: AccessAttributes) -> Bool {
        if identity.groups.contains("system:masters") { return true }
        return rules(of: identity, in: access.namespace).contains { Self.allows($0, access) }
    }

    /// Every rule that holds for somebody in a namespace; the empty one for the whole cluster.
    func rules(of identity: Identity, in namespace: String) -> [JSONValue] {
        var found: [JSONValue] = Self.everybody(identity)
        for binding in clusterRoleBindings?.objects ?? [] where Self.binds(binding.object, identity, "") {
            found += rules(of: binding.object["roleRef"], namespace: "")
        }
        guard !namespace.isEmpty else { return found }
        for binding in roleBindings?.objects(in: namespace) ?? [] where Self.binds(binding.object, identity, namespace)
        {
            found += rules(of: binding.object["roleRef"], namespace: namespace)
        }
        return found
    }

    private func rules(of reference: JSONValue?, namespace: String) -> [JSONValue] {
        let name = reference?["name"]?.stringValue ?? ""
        let role: StoredObject? =
            switch reference?["kind"] {
            case "ClusterRole": clusterRoles?[ObjectPlace(namespace: "", name: name)]
            case "Role" where !namespace.isEmpty: roles?[ObjectPlace(namespace: namespace, name: name)]
            default: nil
            }
        return role?.object["rules"]?.arrayValue ?? []
    }

    private static func binds(_ binding: JSONValue, _ identity: Identity, _ namespace: String) -> Bool {
        (binding["subjects"]?.arrayValue ?? []).contains { subject in
            let name = subject["name"]?.stringValue ?? ""
            switch subject["kind"] {
            case "User": return name == identity.user
            case "Group": return identity.groups.contains(name)
            case "ServiceAccount":
                let given = subject["namespace"]?.stringValue ?? ""
                return identity.user == "system:serviceaccount:\(given.isEmpty ? namespace : given):\(name)"
            default: return false
            }
        }
    }

    private static func allows(_ rule: JSONValue, _ access: AccessAttributes) -> Bool {
        func strings(_ name: String) -> [String] { rule[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        func has(_ name: String, _ wanted: String) -> Bool {
            strings(name).contains { $0 == "*" || $0 == wanted }
        }
        guard has("verbs", access.verb) else { return false }
        if let path = access.path {
            return strings("nonResourceURLs").contains { pattern in
                pattern == path || (pattern.hasSuffix("*") && path.hasPrefix(pattern.dropLast()))
            }
        }
        guard has("apiGroups", access.group) else { return false }
        let wanted = access.subresource.isEmpty ? access.resource : "\(access.resource)/\(access.subresource)"
        guard has("resources", wanted) || strings("resources").contains("*/\(access.subresource)") else { return false }
        let names = strings("resourceNames")
        return names.isEmpty || names.contains(access.name)
    }

    /// What a real server's bootstrap roles (`system:discovery`, `system:basic-user`, `system:public-info-viewer`) give.
    private static func everybody(_ identity: Identity) -> [JSONValue] {
        guard identity.groups.contains("system:authenticated") else {
            return [["verbs": ["get"], "nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version", "/version/"]]]
        }
        return [
            [
                "verbs": ["get"],
                "nonResourceURLs": [
                    "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz",
                    "/version", "/version/",
                ],
            ],
            [
                "verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
                "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
            ],
            ["verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]],
        ]
    }
}
