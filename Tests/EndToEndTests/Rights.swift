import Wire

/// One verb on one resource, as a Role grants it to a ServiceAccount or as an audit event shows it.
struct Right: Hashable, Comparable, CustomStringConvertible {
    var account: String
    var verb: String
    var group: String
    /// With its subresource: `task-owners/status`.
    var resource: String
    /// Empty: of all namespaces, or of none.
    var namespace = ""
    /// Empty: of any name.
    var name = ""

    var description: String {
        let place = namespace.isEmpty ? "everywhere" : "in \(namespace)"
        let qualified = group.isEmpty ? resource : "\(resource).\(group)"
        return "\(account): \(verb) \(qualified)\(name.isEmpty ? "" : " \"\(name)\"") \(place)"
    }

    static func < (left: Right, right: Right) -> Bool { left.description < right.description }

    func covers(_ used: Right) -> Bool {
        account == used.account && verb == used.verb && group == used.group && resource == used.resource
            && (namespace.isEmpty || namespace == used.namespace) && (name.isEmpty || name == used.name)
    }
}

extension Right {
    private static func strings(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }

    private static func text(_ value: JSONValue, _ path: String...) -> String {
        path.reduce(Optional(value)) { $0?[$1] }?.stringValue ?? ""
    }

    /// What the objects of rbac.authorization.k8s.io in a list grant to the ServiceAccounts of a namespace.
    static func granted(_ objects: [JSONValue], toAccountsOf namespace: String) -> Set<Right> {
        var rights: Set<Right> = []
        for binding in objects where ["RoleBinding", "ClusterRoleBinding"].contains(text(binding, "kind")) {
            let place = text(binding, "metadata", "namespace")
            let kind = text(binding, "roleRef", "kind")
            let roles = objects.filter { role in
                text(role, "kind") == kind && text(role, "metadata", "name") == text(binding, "roleRef", "name")
                    && (kind == "ClusterRole" || text(role, "metadata", "namespace") == place)
            }
            for subject in binding["subjects"]?.arrayValue ?? []
            where text(subject, "kind") == "ServiceAccount" && text(subject, "namespace") == namespace {
                for rule in roles.flatMap({ $0["rules"]?.arrayValue ?? [] }) {
                    rights.formUnion(expanded(rule, account: text(subject, "name"), namespace: place))
                }
            }
        }
        return rights
    }

    private static func expanded(_ rule: JSONValue, account: String, namespace: String) -> [Right] {
        let names = strings(rule["resourceNames"])
        return strings(rule["apiGroups"]).flatMap { group in
            strings(rule["resources"]).flatMap { resource in
                strings(rule["verbs"]).flatMap { verb in
                    (names.isEmpty ? [""] : names).map { name in
                        Right(
                            account: account,
                            verb: verb,
                            group: group,
                            resource: resource,
                            namespace: namespace,
                            name: name
                        )
                    }
                }
            }
        }
    }

    /// What an event shows a ServiceAccount of the namespace doing; nil if it is somebody else, or about no resource.
    static func used(_ event: JSONValue, byAccountsOf namespace: String) -> Right? {
        let prefix = "system:serviceaccount:\(namespace):"
        let user = text(event, "user", "username")
        guard user.hasPrefix(prefix), let object = event["objectRef"] else { return nil }
        let parts = [text(object, "resource"), text(object, "subresource")].filter { !$0.isEmpty }
        return Right(
            account: String(user.dropFirst(prefix.count)),
            verb: text(event, "verb"),
            group: text(object, "apiGroup"),
            resource: parts.joined(separator: "/"),
            namespace: text(object, "namespace"),
            name: text(object, "name")
        )
    }
}
