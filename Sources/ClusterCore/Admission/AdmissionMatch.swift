import Wire

/// Which writes a webhook, a policy or a binding is about.
struct AdmissionMatch: Sendable {
    /// nil: every resource.
    var rules: [Rule]?
    /// Not even if a rule above takes them.
    var excluded: [Rule]
    /// Rules for one version of a resource take writes through its other versions, too.
    var matchesEquivalents: Bool
    var namespaceSelector: LabelSelector
    var objectSelector: LabelSelector
    /// Nobody can lock himself out of these.
    var exempt: [StoreKey]

    struct Rule: Sendable {
        var operations: [String]
        var groups: [String]
        var versions: [String]
        var resources: [String]
        var scope: String
        /// Empty for all names.
        var names: [String]

        func matches(_ write: PendingWrite, _ type: ResourceType) -> Bool {
            guard operations.contains("*") || operations.contains(write.operation.rawValue),
                groups.contains("*") || groups.contains(type.group),
                versions.contains("*") || versions.contains(type.version),
                names.isEmpty || names.contains(write.name)
            else { return false }
            switch scope {
            case "Namespaced" where !type.isNamespaced, "Cluster" where type.isNamespaced: return false
            default: break
            }
            return resources.contains { Self.matches($0, type.plural, write.request.subresource) }
        }

        /// `*` is every resource without its subresources, `*/*` everything.
        private static func matches(_ pattern: String, _ plural: String, _ subresource: String?) -> Bool {
            let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
            guard parts[0] == "*" || parts[0] == plural[...] else { return false }
            guard parts.count > 1 else { return subresource == nil }
            return parts[1] == "*" || (subresource.map { $0[...] == parts[1] } ?? false)
        }
    }

    /// Whether rules and selectors take this write as it stands, and in which version it is to be seen. matchConditions
    /// are yet to be asked.
    func type(for write: PendingWrite, versions: [ResourceType], namespaceLabels: JSONValue?) -> ResourceType? {
        guard !exempt.contains(write.type.storeKey) else { return nil }
        let candidates = [write.type] + (matchesEquivalents ? versions : [])
        let found = candidates.first { type in rules?.contains { $0.matches(write, type) } ?? true }
        guard let found, !excluded.contains(where: { $0.matches(write, found) }),
            selects(write, namespaceLabels: namespaceLabels)
        else { return nil }
        return found
    }

    /// What no policy is asked about.
    static let policies = [
        "validatingadmissionpolicies", "validatingadmissionpolicybindings", "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
    ].map { StoreKey(group: "admissionregistration.k8s.io", plural: $0) }
    /// What no webhook is asked about. Policies are asked about webhooks' configurations.
    static let configurations =
        policies
        + ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"].map {
            StoreKey(group: "admissionregistration.k8s.io", plural: $0)
        }

    private func selects(_ write: PendingWrite, namespaceLabels: JSONValue?) -> Bool {
        let labels = [write.object, write.base?.object ?? .null].filter { !$0.isNull }.map {
            $0.at("metadata", "labels")
        }
        guard objectSelector.requirements.isEmpty || labels.contains(where: objectSelector.matches) else {
            return false
        }
        if write.type.kind == "Namespace", write.type.group.isEmpty {
            return namespaceSelector.requirements.isEmpty || namespaceSelector.matches(labels.first ?? nil)
        }
        return !write.type.isNamespaced || namespaceSelector.matches(namespaceLabels)
    }
}

extension AdmissionMatch {
    /// `rules`: the member that lists them. nil for selectors that validation refuses.
    init?(
        _ json: JSONValue,
        rules name: String,
        requiresRules: Bool = true,
        exempt: [StoreKey] = policies
    ) {
        guard let namespaceSelector = try? LabelSelector(object: json["namespaceSelector"]),
            let objectSelector = try? LabelSelector(object: json["objectSelector"])
        else { return nil }
        self.namespaceSelector = namespaceSelector
        self.objectSelector = objectSelector
        self.exempt = exempt
        let listed = json[name]?.arrayValue
        rules = listed == nil && !requiresRules ? nil : (listed ?? []).map(Rule.init)
        excluded = (json["excludeResourceRules"]?.arrayValue ?? []).map(Rule.init)
        matchesEquivalents = json["matchPolicy"] != "Exact"
    }
}

extension AdmissionMatch.Rule {
    init(_ json: JSONValue) {
        func strings(_ name: String) -> [String] { json[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        operations = strings("operations")
        groups = strings("apiGroups")
        versions = strings("apiVersions")
        resources = strings("resources")
        scope = json["scope"]?.stringValue ?? "*"
        names = strings("resourceNames")
    }
}
