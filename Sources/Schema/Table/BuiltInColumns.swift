import Wire

extension TableBuilder {
    /// What `kubectl get` prints of the built-in resources; those not named here have a name and an age.
    package static func builtIn(group: String, resource: String) -> TableBuilder {
        let middle: [TableColumn] =
            switch (group, resource) {
            case ("", "pods"): PodColumns.all
            case ("", "services"): ServiceColumns.all
            case ("", "namespaces"): [text("Status", "status", "phase")]
            case ("", "configmaps"): [counted("Data", ["data"], ["binaryData"])]
            case ("", "secrets"): [text("Type", "type"), counted("Data", ["data"])]
            case ("", "serviceaccounts"): [counted("Secrets", ["secrets"])]
            case ("", "nodes"): NodeColumns.all
            case ("coordination.k8s.io", "leases"): [text("Holder", "spec", "holderIdentity")]
            case ("discovery.k8s.io", "endpointslices"): EndpointSliceColumns.all
            case ("apps", "deployments"): WorkloadColumns.deployment
            case ("apps", "replicasets"): WorkloadColumns.replicaSet
            case ("apps", "statefulsets"): [WorkloadColumns.ready]
            case ("rbac.authorization.k8s.io", "rolebindings"), ("rbac.authorization.k8s.io", "clusterrolebindings"):
                [roleReference]
            case ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
                ("admissionregistration.k8s.io", "validatingwebhookconfigurations"):
                [counted("Webhooks", ["webhooks"])]
            default: []
            }
        switch (group, resource) {
        case ("", "events"), ("events.k8s.io", "events"): return TableBuilder(columns: EventColumns.all)
        case ("apiextensions.k8s.io", "customresourcedefinitions"), ("rbac.authorization.k8s.io", "roles"),
            ("rbac.authorization.k8s.io", "clusterroles"):
            return TableBuilder(columns: [.name, createdAt])
        default: break
        }
        // kubectl prints columns in this order; those of priority 1 stand last.
        let shown = middle.filter { $0.priority == 0 }
        let wide = middle.filter { $0.priority > 0 }
        return TableBuilder(columns: [.name] + shown + [age] + wide)
    }

    private static let age = TableColumn("Age", description: TableColumn.ageText) { object, now in
        .string(HumanAge.since(object.at("metadata", "creationTimestamp")?.stringValue, now: now))
    }

    private static let createdAt = TableColumn("Created At", type: "date", description: TableColumn.ageText) {
        object,
        _ in
        object.at("metadata", "creationTimestamp") ?? "<unknown>"
    }

    private static let roleReference = TableColumn("Role", description: "The role that is bound.") { object, _ in
        .string("\(Cell.text(object, "roleRef", "kind"))/\(Cell.text(object, "roleRef", "name"))")
    }

    private static func text(_ name: String, _ path: String...) -> TableColumn {
        let names = path
        return TableColumn(name, description: "." + names.joined(separator: ".")) { object, _ in
            .string(names.reduce(Optional(object)) { $0?[$1] }?.stringValue ?? "")
        }
    }

    /// How many members or elements stand at these paths together.
    private static func counted(_ name: String, _ paths: [String]...) -> TableColumn {
        let places = paths
        return TableColumn(name, type: "integer", description: "Count of ." + places[0].joined(separator: ".")) {
            object,
            _ in
            let counts = places.map { path in
                let value = path.reduce(Optional(object)) { $0?[$1] }
                return value?.objectValue?.count ?? value?.arrayValue?.count ?? 0
            }
            return .integer(Int64(counts.reduce(0, +)))
        }
    }
}

/// Reading for cells: what is missing is the empty text or zero.
enum Cell {
    static func text(_ object: JSONValue, _ path: String...) -> String {
        path.reduce(Optional(object)) { $0?[$1] }?.stringValue ?? ""
    }
    static func number(_ object: JSONValue, _ path: String...) -> Int64 {
        path.reduce(Optional(object)) { $0?[$1] }?.integerValue ?? 0
    }
    static func list(_ object: JSONValue, _ path: String...) -> [JSONValue] {
        path.reduce(Optional(object)) { $0?[$1] }?.arrayValue ?? []
    }
    static func orNone(_ text: String) -> JSONValue { .string(text.isEmpty ? "<none>" : text) }

    /// The first few, and how many more.
    static func joined(_ texts: [String], limit: Int = 3) -> String {
        if texts.isEmpty { return "<none>" }
        let shown = texts.prefix(limit).joined(separator: ",")
        return texts.count > limit ? "\(shown) + \(texts.count - limit) more..." : shown
    }
}
