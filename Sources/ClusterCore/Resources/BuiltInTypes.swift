/// The resources every API server has that this one keeps. They are stored as they come, without a schema.
enum BuiltInTypes {
    static let all: [ResourceType] = core + apps + coordination + registration + policy + reviews

    private static let core: [ResourceType] = [
        type("", "v1", "namespaces", "Namespace", namespaced: false, short: ["ns"], status: true) {
            $0.nameRule = .label
            $0.selectableFields = [field("status.phase")]
        },
        type("", "v1", "nodes", "Node", namespaced: false, short: ["no"], status: true) {
            $0.selectableFields = [field("spec.unschedulable", absent: "false")]
        },
        type("", "v1", "pods", "Pod", short: ["po"], categories: ["all"], status: true) {
            $0.selectableFields = [
                field("spec.nodeName"), field("spec.restartPolicy"), field("spec.schedulerName"),
                field("spec.serviceAccountName"), field("status.phase"), field("status.podIP"),
                field("status.nominatedNodeName"),
            ]
        },
        type("", "v1", "services", "Service", short: ["svc"], categories: ["all"], status: true) {
            $0.createsOnUpdate = true
            $0.nameRule = .serviceName
            $0.selectableFields = [field("spec.clusterIP"), field("spec.type")]
        },
        type("", "v1", "configmaps", "ConfigMap", short: ["cm"]),
        type("", "v1", "secrets", "Secret") { $0.selectableFields = [field("type")] },
        type("", "v1", "serviceaccounts", "ServiceAccount", short: ["sa"]),
        type("", "v1", "events", "Event", short: ["ev"]) {
            $0.createsOnUpdate = true
            $0.selectableFields = eventFields("involvedObject") + [field("reason"), field("type"), source]
        },
        type("events.k8s.io", "v1", "events", "Event", short: ["ev"]) {
            $0.createsOnUpdate = true
            $0.selectableFields = eventFields("regarding") + [field("reason"), field("type")]
        },
    ]

    private static let apps: [ResourceType] = [
        type(
            "apps",
            "v1",
            "deployments",
            "Deployment",
            short: ["deploy"],
            categories: ["all"],
            status: true,
            counted: true
        ),
        type(
            "apps",
            "v1",
            "replicasets",
            "ReplicaSet",
            short: ["rs"],
            categories: ["all"],
            status: true,
            counted: true
        ),
        type(
            "apps",
            "v1",
            "statefulsets",
            "StatefulSet",
            short: ["sts"],
            categories: ["all"],
            status: true,
            counted: true
        ),
    ]

    private static let coordination: [ResourceType] = [
        type("coordination.k8s.io", "v1", "leases", "Lease") {
            $0.createsOnUpdate = true
            $0.updatesUnconditionally = false
        },
        type("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", counted: true),
        type("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", short: ["netpol"], counted: true),
        type("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", short: ["pdb"], status: true, counted: true)
        {
            $0.updatesUnconditionally = false
        },
    ]

    private static let registration: [ResourceType] = [
        type(
            "apiextensions.k8s.io",
            "v1",
            "customresourcedefinitions",
            "CustomResourceDefinition",
            namespaced: false,
            short: ["crd", "crds"],
            categories: ["api-extensions"],
            status: true,
            counted: true
        ) { $0.updatesUnconditionally = false },
        admission("mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
        admission("validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
        admission("validatingadmissionpolicies", "ValidatingAdmissionPolicy", status: true),
        admission("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"),
        admission("mutatingadmissionpolicies", "MutatingAdmissionPolicy"),
        admission("mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding"),
    ]

    private static let policy: [ResourceType] = [
        rbac("roles", "Role", namespaced: true), rbac("rolebindings", "RoleBinding", namespaced: true),
        rbac("clusterroles", "ClusterRole", namespaced: false),
        rbac("clusterrolebindings", "ClusterRoleBinding", namespaced: false),
        type(flowControl, "v1", "flowschemas", "FlowSchema", namespaced: false, status: true, counted: true) {
            $0.updatesUnconditionally = false
        },
        type(
            flowControl,
            "v1",
            "prioritylevelconfigurations",
            "PriorityLevelConfiguration",
            namespaced: false,
            status: true,
            counted: true
        ) { $0.updatesUnconditionally = false },
    ]

    private static let reviews: [ResourceType] = [
        review("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        review("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
        review("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
        review("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    ]

    private static func review(_ group: String, _ plural: String, _ kind: String) -> ResourceType {
        type(group, "v1", plural, kind, namespaced: false) { $0.isReview = true }
    }

    private static let flowControl = "flowcontrol.apiserver.k8s.io"

    private static func admission(_ plural: String, _ kind: String, status: Bool = false) -> ResourceType {
        type(
            "admissionregistration.k8s.io",
            "v1",
            plural,
            kind,
            namespaced: false,
            categories: ["api-extensions"],
            status: status,
            counted: true
        ) { $0.updatesUnconditionally = false }
    }

    private static func rbac(_ plural: String, _ kind: String, namespaced: Bool) -> ResourceType {
        type("rbac.authorization.k8s.io", "v1", plural, kind, namespaced: namespaced) {
            $0.createsOnUpdate = true
            $0.nameRule = .pathSegment
        }
    }

    private static let source = ResourceType.SelectableField(label: "source", path: ["source", "component"])

    /// In either form; the stored one is that of v1.
    private static func eventFields(_ object: String) -> [ResourceType.SelectableField] {
        ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map {
            ResourceType.SelectableField(label: "\(object).\($0)", path: ["involvedObject", $0])
        }
    }

    private static func field(_ label: String, absent: String = "") -> ResourceType.SelectableField {
        ResourceType.SelectableField(label: label, path: label.split(separator: ".").map(String.init), absent: absent)
    }

    private static func type(
        _ group: String,
        _ version: String,
        _ plural: String,
        _ kind: String,
        namespaced: Bool = true,
        short: [String] = [],
        categories: [String] = [],
        status: Bool = false,
        counted: Bool = false,
        _ adjust: (inout ResourceType) -> Void = { _ in }
    ) -> ResourceType {
        var type = ResourceType(
            group: group,
            version: version,
            plural: plural,
            singular: kind.lowercased(),
            kind: kind,
            listKind: kind + "List",
            isNamespaced: namespaced,
            shortNames: short,
            categories: categories,
            hasStatus: status,
            hasGeneration: counted
        )
        adjust(&type)
        return type
    }
}
