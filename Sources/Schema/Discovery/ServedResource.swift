/// One resource in one version, as discovery, OpenAPI and the API's paths know it.
package struct ServedResource: Sendable, Equatable {
    package var group: String
    package var version: String
    package var kind: String
    package var listKind: String
    package var plural: String
    package var singular: String
    package var shortNames: [String]
    package var categories: [String]
    package var namespaced: Bool
    package var verbs: [String]
    package var subresources: [Subresource]

    package struct Subresource: Sendable, Equatable {
        package var name: String
        package var kind: String
        package var group: String
        package var version: String
        package var verbs: [String]

        /// Served under the resource's own kind, unless another is named (`scale` is an autoscaling/v1 Scale).
        package init(
            _ name: String,
            kind: String = "",
            group: String = "",
            version: String = "",
            verbs: [String] = ["get", "patch", "update"]
        ) {
            self.name = name
            self.kind = kind
            self.group = group
            self.version = version
            self.verbs = verbs
        }
    }

    package static let allVerbs = [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]

    package init(
        group: String,
        version: String,
        kind: String,
        plural: String,
        singular: String? = nil,
        listKind: String? = nil,
        shortNames: [String] = [],
        categories: [String] = [],
        namespaced: Bool = true,
        verbs: [String] = ServedResource.allVerbs,
        subresources: [Subresource] = []
    ) {
        self.group = group
        self.version = version
        self.kind = kind
        self.plural = plural
        self.singular = singular ?? kind.lowercased()
        self.listKind = listKind ?? kind + "List"
        self.shortNames = shortNames
        self.categories = categories
        self.namespaced = namespaced
        self.verbs = verbs
        self.subresources = subresources
    }

    /// `v1`, `apps/v1`
    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// `/api/v1`, `/apis/apps/v1`
    package var basePath: String { group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)" }
}
