package import Wire

/// The documents by which clients learn what is served. All are made from one list of resources; groups and versions
/// appear in the list's order, so the first version of a group is its preferred one.
package struct Discovery: Sendable {
    package let resources: [ServedResource]

    package init(_ resources: [ServedResource]) { self.resources = resources }

    /// The types of the aggregated documents, best first.
    package static let aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    package static let aggregatedBetaType = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"

    /// `/api`
    package func coreVersions(serverAddress: String) -> JSONValue {
        [
            "kind": "APIVersions", "versions": .array(versions(of: "").map { .string($0) }),
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]],
        ]
    }

    /// `/apis`
    package func groupList() -> JSONValue {
        [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(groups.map { groupBody($0) }),
        ]
    }

    /// `/apis/GROUP`; nil for a group that is not served.
    package func group(_ name: String) -> JSONValue? {
        guard !name.isEmpty, groups.contains(name) else { return nil }
        var body = groupBody(name)
        body["kind"] = "APIGroup"
        body["apiVersion"] = "v1"
        return body
    }

    /// `/api/VERSION`, `/apis/GROUP/VERSION`; nil for a version that is not served.
    package func resourceList(group: String, version: String) -> JSONValue? {
        let served = resources.filter { $0.group == group && $0.version == version }
        guard !served.isEmpty else { return nil }
        let groupVersion = group.isEmpty ? version : "\(group)/\(version)"
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(groupVersion),
            "resources": .array(served.flatMap(Self.entries)),
        ]
    }

    // MARK: - Parts

    /// Named groups, in order of appearance.
    private var groups: [String] { Self.unique(resources.map(\.group)).filter { !$0.isEmpty } }

    private func versions(of group: String) -> [String] {
        Self.unique(resources.filter { $0.group == group }.map(\.version))
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private func groupBody(_ name: String) -> JSONValue {
        let versions = versions(of: name).map { version -> JSONValue in
            ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
        }
        return ["name": .string(name), "versions": .array(versions), "preferredVersion": versions.first ?? .null]
    }

    private static func entries(_ resource: ServedResource) -> [JSONValue] {
        var entry: JSONValue = [
            "name": .string(resource.plural), "singularName": .string(resource.singular),
            "namespaced": .bool(resource.namespaced), "kind": .string(resource.kind), "verbs": strings(resource.verbs),
        ]
        if !resource.shortNames.isEmpty { entry["shortNames"] = strings(resource.shortNames) }
        if !resource.categories.isEmpty { entry["categories"] = strings(resource.categories) }
        let below = resource.subresources.map { subresource -> JSONValue in
            var entry: JSONValue = [
                "name": .string("\(resource.plural)/\(subresource.name)"), "singularName": "",
                "namespaced": .bool(resource.namespaced), "verbs": strings(subresource.verbs),
                "kind": .string(subresource.kind.isEmpty ? resource.kind : subresource.kind),
            ]
            if !subresource.kind.isEmpty {
                entry["group"] = .string(subresource.group)
                entry["version"] = .string(subresource.version)
            }
            return entry
        }
        return [entry] + below
    }

    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    // MARK: - Aggregated

    /// `/api` (core) or `/apis` in one document, for the clients that ask for `aggregatedType`.
    package func aggregated(core: Bool, beta: Bool = false) -> JSONValue {
        let names = core ? [""] : groups
        return [
            "kind": "APIGroupDiscoveryList",
            "apiVersion": beta ? "apidiscovery.k8s.io/v2beta1" : "apidiscovery.k8s.io/v2",
            "metadata": .emptyObject,
            "items": .array(names.filter { !versions(of: $0).isEmpty }.map(aggregatedGroup)),
        ]
    }

    private func aggregatedGroup(_ group: String) -> JSONValue {
        let versions = versions(of: group).map { version -> JSONValue in
            let served = resources.filter { $0.group == group && $0.version == version }
            return [
                "version": .string(version), "freshness": "Current",
                "resources": .array(served.map(Self.aggregatedEntry)),
            ]
        }
        return ["metadata": group.isEmpty ? .emptyObject : ["name": .string(group)], "versions": .array(versions)]
    }

    private static func aggregatedEntry(_ resource: ServedResource) -> JSONValue {
        func responseKind(_ group: String, _ version: String, _ kind: String) -> JSONValue {
            ["group": .string(group), "version": .string(version), "kind": .string(kind)]
        }
        let own = responseKind(resource.group, resource.version, resource.kind)
        var entry: JSONValue = [
            "resource": .string(resource.plural), "responseKind": own,
            "scope": resource.namespaced ? "Namespaced" : "Cluster",
            "singularResource": .string(resource.singular), "verbs": strings(resource.verbs),
        ]
        if !resource.shortNames.isEmpty { entry["shortNames"] = strings(resource.shortNames) }
        if !resource.categories.isEmpty { entry["categories"] = strings(resource.categories) }
        if !resource.subresources.isEmpty {
            entry["subresources"] = .array(
                resource.subresources.map { below in
                    let kind = below.kind.isEmpty ? own : responseKind(below.group, below.version, below.kind)
                    return ["subresource": .string(below.name), "responseKind": kind, "verbs": strings(below.verbs)]
                }
            )
        }
        return entry
    }
}
