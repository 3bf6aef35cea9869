import KubeModel

/// Names that the doctor looks for, and where.
enum DoctorResources {
    static let definitionName = "\(GroupVersionResource.taskOwners.resource).\(GroupVersionResource.taskOwners.group)"
    static let operatorAccount = "leaderless-operator"
    static let webhookAccount = "workclaim-webhook"
    static let webhookSecret = "workclaim-webhook-tls"

    static let registrationGroup = "admissionregistration.k8s.io"
    static let services = GroupVersionResource(group: "", version: "v1", resource: "services")
    static let secrets = GroupVersionResource(group: "", version: "v1", resource: "secrets")
    static let definitions = GroupVersionResource(
        group: "apiextensions.k8s.io",
        version: "v1",
        resource: "customresourcedefinitions"
    )
    static let flowSchemas = GroupVersionResource(
        group: "flowcontrol.apiserver.k8s.io",
        version: "v1",
        resource: "flowschemas"
    )

    static func registration(_ resource: String) -> GroupVersionResource {
        GroupVersionResource(group: registrationGroup, version: "v1", resource: resource)
    }

    static func authorization(_ resource: String) -> GroupVersionResource {
        GroupVersionResource(group: "authorization.k8s.io", version: "v1", resource: resource)
    }
}
