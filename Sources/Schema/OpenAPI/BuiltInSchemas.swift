import Wire

/// Built-in kinds are described by their top-level fields: enough for `explain` and to catch a misspelt one; what
/// stands below is open, and a kind that is not listed is open altogether.
enum BuiltInSchemas {
    static func schema(of resource: ServedResource, _ dialect: OpenAPIDialect) -> JSONValue {
        guard let fields = fields(resource.group, resource.kind) else {
            return ["description": .string("\(resource.kind) is a built-in kind.")]
        }
        var properties: [(String, JSONValue)] = []
        for field in fields.split(separator: " ") {
            let parts = field.split(separator: ":")
            properties.append((String(parts[0]), type(parts.count > 1 ? parts[1] : "", of: resource.kind)))
        }
        return [
            "type": "object", "description": .string("\(resource.kind) is a built-in kind."),
            "properties": OpenAPIDocument.withResourceMembers(.object(JSONObject(properties)), dialect),
        ]
    }

    /// Whether kubectl should compute patches of this kind by its own Go types, not by our description. v2 then does
    /// not say which kind the definition is of. So it is where maps nest deep, because kubectl (1.20 to 1.33) runs out
    /// of an open description there and crashes; and where servers fill defaults into the elements of lists, because
    /// without merge keys such a list never equals the user's, and every apply would change it.
    static func isPatchedByOwnTypes(_ resource: ServedResource) -> Bool {
        switch (resource.group, resource.kind) {
        case ("", "Pod"), ("", "Node"), ("", "Service"), ("apps", _), ("batch", _), ("apiextensions.k8s.io", _),
            ("admissionregistration.k8s.io", _), ("networking.k8s.io", _), ("flowcontrol.apiserver.k8s.io", _),
            ("discovery.k8s.io", _):
            true
        default: fields(resource.group, resource.kind) == nil
        }
    }

    private static func type(_ name: Substring, of kind: String) -> JSONValue {
        let description = "See the Kubernetes API reference of \(kind)."
        switch name {
        case "string", "boolean", "integer": return CommonSchemas.described(String(name), description)
        case "map": return CommonSchemas.map(description)
        case "list": return CommonSchemas.list(of: CommonSchemas.anything, description)
        default: return ["description": .string(description)]
        }
    }

    private static func fields(_ group: String, _ kind: String) -> String? {
        switch (group, kind) {
        case ("", "ConfigMap"): "data:map binaryData:map immutable:boolean"
        case ("", "Secret"): "data:map stringData:map type:string immutable:boolean"
        case ("", "ServiceAccount"): "secrets:list imagePullSecrets:list automountServiceAccountToken:boolean"
        case ("", "Event"):
            "action:string count:integer eventTime:string firstTimestamp:string involvedObject lastTimestamp:string "
                + "message:string reason:string related reportingComponent:string reportingInstance:string series "
                + "source type:string"
        case ("discovery.k8s.io", "EndpointSlice"): "addressType:string endpoints:list ports:list"
        case ("rbac.authorization.k8s.io", "Role"): "rules:list"
        case ("rbac.authorization.k8s.io", "ClusterRole"): "rules:list aggregationRule"
        case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
            "roleRef:map subjects:list"
        case ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"):
            "webhooks:list"
        case ("coordination.k8s.io", "Lease"), ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"):
            "spec"
        case ("", "Namespace"), ("", "Service"), ("", "Pod"), ("", "Node"), ("apps", _), ("policy", _),
            ("networking.k8s.io", _), ("flowcontrol.apiserver.k8s.io", _), ("apiextensions.k8s.io", _),
            ("admissionregistration.k8s.io", _):
            "spec status"
        default: nil
        }
    }
}
