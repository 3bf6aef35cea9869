import Schema
import Wire

/// What a real server fills in and checks in the types it knows, as far as clients of this one can tell the difference.
enum BuiltInRules {
    static func applyDefaults(to object: inout JSONValue, _ type: ResourceType) {
        switch (type.group, type.kind) {
        case ("", "Namespace"): namespace(&object)
        case ("", "Service"): service(&object)
        case ("", "Secret"): secret(&object)
        case ("", "Pod"): pod(&object)
        case ("discovery.k8s.io", "EndpointSlice"): endpointSlice(&object)
        case (_, "MutatingWebhookConfiguration"), (_, "ValidatingWebhookConfiguration"):
            WebhookConfigurationRules.applyDefaults(to: &object, isMutating: type.kind.hasPrefix("Mutating"))
        case (_, "ValidatingAdmissionPolicy"), (_, "ValidatingAdmissionPolicyBinding"), (_, "MutatingAdmissionPolicy"),
            (_, "MutatingAdmissionPolicyBinding"):
            AdmissionPolicyRules.applyDefaults(to: &object)
        case (_, "FlowSchema"), (_, "PriorityLevelConfiguration"): FlowControlRules.applyDefaults(to: &object)
        case (_, "NetworkPolicy"): NetworkPolicyRules.applyDefaults(to: &object)
        case ("coordination.k8s.io", "Lease"): if object["spec"] == nil { object["spec"] = [:] }
        case (_, "CustomResourceDefinition"): DefinitionRules.applyDefaults(to: &object)
        case ("rbac.authorization.k8s.io", _): RoleRules.applyDefaults(to: &object)
        case ("apps", _): WorkloadDefaults.apply(to: &object, kind: type.kind)
        default: break
        }
    }

    static func validate(_ object: JSONValue, old: JSONValue?, _ type: ResourceType) -> [FieldCause] {
        content(object, old: old, type) + (BuiltInForm(type)?.stringCauses(object) ?? [])
    }

    private static func content(_ object: JSONValue, old: JSONValue?, _ type: ResourceType) -> [FieldCause] {
        switch type.kind {
        case "Lease": LeaseRules.validate(object)
        case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
            WebhookConfigurationRules.validate(object)
        case "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding":
            AdmissionPolicyRules.validate(object)
        case "CustomResourceDefinition": DefinitionRules.validate(object)
        case "EndpointSlice": NetworkRules.slice(object, old: old)
        case "FlowSchema", "PriorityLevelConfiguration": FlowControlRules.validate(object)
        case "NetworkPolicy": NetworkPolicyRules.validate(object)
        case "PodDisruptionBudget": DisruptionBudgetRules.validate(object)
        case "Service": NetworkRules.service(object)
        case "Secret": ConfigurationRules.secret(object, old: old)
        case "ConfigMap": ConfigurationRules.configMap(object, old: old)
        case "Event": EventRules.validate(object, old: old, type)
        case "Role", "ClusterRole": RoleRules.role(object)
        case "RoleBinding", "ClusterRoleBinding": RoleRules.binding(object, old: old)
        case "Deployment", "ReplicaSet", "StatefulSet": WorkloadRules.validate(object, old: old)
        case "Pod": PodRules.validate(object["spec"] ?? [:], "spec")
        default: []
        }
    }

    private static func namespace(_ object: inout JSONValue) {
        let name = object.at("metadata", "name")
        if let name {
            var labels = object.at("metadata", "labels") ?? [:]
            labels["kubernetes.io/metadata.name"] = name
            object["metadata"]?["labels"] = labels
        }
        if object.at("spec", "finalizers") == nil, object.at("metadata", "deletionTimestamp") == nil {
            object["spec"] = ["finalizers": ["kubernetes"]]
        }
        if object.at("status", "phase") == nil { object["status"] = ["phase": "Active"] }
    }

    private static func service(_ object: inout JSONValue) {
        var spec = object["spec"] ?? [:]
        if spec["type"] == nil { spec["type"] = "ClusterIP" }
        if spec["sessionAffinity"] == nil { spec["sessionAffinity"] = "None" }
        if let ports = spec["ports"]?.arrayValue {
            spec["ports"] = .array(
                ports.map { port in
                    var port = port
                    if port["protocol"] == nil { port["protocol"] = "TCP" }
                    if port["targetPort"] == nil { port["targetPort"] = port["port"] }
                    return port
                }
            )
        }
        if let address = spec["clusterIP"], spec["clusterIPs"] == nil { spec["clusterIPs"] = [address] }
        object["spec"] = spec
        if object["status"] == nil { object["status"] = ["loadBalancer": [:]] }
    }

    private static func secret(_ object: inout JSONValue) {
        if object["type"] == nil { object["type"] = "Opaque" }
        guard case .object(let texts)? = object["stringData"] else { return }
        for (name, value) in texts.members {
            var data = object["data"] ?? [:]
            let text = value.stringValue ?? ""
            data[name] = .string(String(decoding: Base64.encode(Array(text.utf8)), as: UTF8.self))
            object["data"] = data
        }
        object["stringData"] = nil
    }

    private static func pod(_ object: inout JSONValue) {
        WorkloadDefaults.podSpec(&object["spec"])
        if object.at("status", "phase") == nil {
            var status = object["status"] ?? [:]
            status["phase"] = "Pending"
            object["status"] = status
        }
    }

    private static func endpointSlice(_ object: inout JSONValue) {
        guard let ports = object["ports"]?.arrayValue else { return }
        object["ports"] = .array(
            ports.map { port in
                var port = port
                if port["protocol"] == nil { port["protocol"] = "TCP" }
                if port["name"] == nil { port["name"] = "" }
                return port
            }
        )
    }
}
