import Schema
import Wire

/// One resource as one API version serves it.
struct ResourceType: Sendable {
    var group: String
    var version: String
    var plural: String
    var singular: String
    var kind: String
    var listKind: String
    var isNamespaced: Bool
    var shortNames: [String] = []
    var categories: [String] = []
    /// A question that is answered and not kept: it can only be created.
    var isReview = false
    /// Writes of `status` go through the subresource only, and spec writes leave it alone.
    var hasStatus = false
    /// metadata.generation counts the changes of everything but metadata and status.
    var hasGeneration = false
    /// A PUT of an object that does not exist creates it.
    var createsOnUpdate = false
    /// A PUT without a resourceVersion replaces whatever is there.
    var updatesUnconditionally = true
    /// Which names are lawful.
    var nameRule = NameRule.subdomain
    /// Field selectors beyond metadata.name and metadata.namespace: the label and the path it reads.
    var selectableFields: [SelectableField] = []
    /// nil for built-in types, which are stored without a schema.
    var custom: CustomVersion?

    struct SelectableField: Sendable {
        var label: String
        var path: [String]
        /// What an absent field counts as.
        var absent = ""
    }

    /// Versions of one resource share one store; so do Events, which two groups serve.
    var storeKey: StoreKey { StoreKey(group: group == EventForm.newerGroup ? "" : group, plural: plural) }

    /// Its objects say how many replicas they want.
    var hasScale: Bool { group == "apps" }

    /// `task-owners.future.ideas.protosam`, as messages name it.
    var groupResource: String { group.isEmpty ? plural : "\(plural).\(group)" }

    var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    func details(_ name: String) -> JSONValue {
        var details: JSONValue = ["kind": .string(plural)]
        if !name.isEmpty { details["name"] = .string(name) }
        if !group.isEmpty { details["group"] = .string(group) }
        return details
    }

    func selectableField(_ label: String) -> SelectableField? {
        switch label {
        case "metadata.name": SelectableField(label: label, path: ["metadata", "name"])
        case "metadata.namespace" where isNamespaced: SelectableField(label: label, path: ["metadata", "namespace"])
        default: selectableFields.first { $0.label == label }
        }
    }
}

/// A resource without its version.
struct StoreKey: Sendable, Hashable {
    var group: String
    var plural: String
}

/// What a served version of a CustomResourceDefinition adds to its resource.
struct CustomVersion: Sendable {
    var schema: StructuralSchema
    var table: TableBuilder
    /// Objects are stored in this version.
    var isStorage: Bool
    /// What users of a deprecated version are told with every answer.
    var deprecationWarning: String?
}

extension ResourceType {
    /// As discovery and OpenAPI tell clients of it.
    var served: ServedResource {
        var below: [ServedResource.Subresource] = hasStatus ? [.init("status")] : []
        if hasScale { below.append(.init(ScaleForm.name, kind: "Scale", group: "autoscaling", version: "v1")) }
        if kind == "ServiceAccount" {
            let (group, version) = ("authentication.k8s.io", "v1")
            below.append(.init("token", kind: "TokenRequest", group: group, version: version, verbs: ["create"]))
        }
        if kind == "Namespace", group.isEmpty { below.append(.init("finalize", verbs: ["update"])) }
        return ServedResource(
            group: group,
            version: version,
            kind: kind,
            plural: plural,
            singular: singular,
            listKind: listKind,
            shortNames: shortNames,
            categories: categories,
            namespaced: isNamespaced,
            verbs: isReview ? ["create"] : ServedResource.allVerbs,
            subresources: below
        )
    }

    var table: TableBuilder { custom?.table ?? .builtIn(group: group, resource: plural) }
}
