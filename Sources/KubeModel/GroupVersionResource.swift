// KubeModel: the objects and requests we speak with an API server. No I/O, no clock.
// Next door: KubeClient sends these requests; Ownership decides with these objects.

/// Which collection of an API server: `group` is empty for the core API.
package struct GroupVersionResource: Sendable, Hashable, CustomStringConvertible {
    package var group: String
    package var version: String
    /// The plural in lower case, as it stands in a URL.
    package var resource: String

    package init(group: String, version: String, resource: String) {
        self.group = group
        self.version = version
        self.resource = resource
    }

    /// `v1`, `coordination.k8s.io/v1`
    package var apiVersion: String { group.isEmpty ? version : group + "/" + version }
    package var description: String { group.isEmpty ? resource : resource + "." + group }

    /// Whether objects of this collection may be of that kind: a resource is named by the plural of its kind, in lower case,
    /// which differs in its last letter and what follows; definitions of one's own may have hyphens.
    package func mayHold(kind: String) -> Bool {
        guard !kind.isEmpty else { return false }
        return resource.lowercased().filter { $0 != "-" }.hasPrefix(kind.lowercased().dropLast())
    }

    package static let leases = Self(group: "coordination.k8s.io", version: "v1", resource: "leases")
    package static let endpointSlices = Self(group: "discovery.k8s.io", version: "v1", resource: "endpointslices")
    package static let taskOwners = Self(group: "future.ideas.protosam", version: "v1beta1", resource: "task-owners")
    package static let events = Self(group: "", version: "v1", resource: "events")
    package static let secrets = Self(group: "", version: "v1", resource: "secrets")
    package static let mutatingWebhookConfigurations = Self(
        group: "admissionregistration.k8s.io",
        version: "v1",
        resource: "mutatingwebhookconfigurations"
    )
    package static let pods = Self(group: "", version: "v1", resource: "pods")
}
