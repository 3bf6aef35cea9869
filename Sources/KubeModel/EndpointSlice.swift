package import Wire

/// One discovery.k8s.io/v1 EndpointSlice, reduced to the pods it names.
package struct EndpointSlice: Sendable, Equatable {
    package var namespace: String
    package var name: String
    package var resourceVersion: String
    /// The Service it belongs to.
    package var serviceName: String
    package var endpoints: [Endpoint]

    /// One pod behind the Service. What the API leaves out counts as ready, serving and not terminating.
    package struct Endpoint: Sendable, Equatable {
        package var pod: String
        package var namespace: String
        package var uid: String
        package var isReady: Bool
        package var isServing: Bool
        package var isTerminating: Bool
        package var addresses: [String]
    }

    package static let serviceNameLabel = "kubernetes.io/service-name"

    /// Endpoints that are no pods (no targetRef, or one of another kind) are left out.
    package init(_ json: JSONValue) throws(ObjectError) {
        let root = ObjectField(json, path: "")
        let metadata = try root.member("metadata")
        namespace = try metadata.member("namespace").string() ?? ""
        name = try metadata.member("name").requiredString()
        resourceVersion = try metadata.member("resourceVersion").string() ?? ""
        serviceName = try metadata.member("labels").strings()[Self.serviceNameLabel] ?? ""
        endpoints = []
        for field in try root.member("endpoints").elements() {
            if let endpoint = try Self.endpoint(field, namespace: namespace) { endpoints.append(endpoint) }
        }
    }

    private static func endpoint(_ field: ObjectField, namespace: String) throws(ObjectError) -> Endpoint? {
        let target = try field.member("targetRef")
        guard try target.member("kind").string() == "Pod" else { return nil }
        let conditions = try field.member("conditions")
        var addresses: [String] = []
        for address in try field.member("addresses").elements() {
            if let text = try address.string() { addresses.append(text) }
        }
        return Endpoint(
            pod: try target.member("name").requiredString(),
            namespace: try target.member("namespace").string() ?? namespace,
            uid: try target.member("uid").requiredString(),
            isReady: try conditions.member("ready").bool() ?? true,
            isServing: try conditions.member("serving").bool() ?? true,
            isTerminating: try conditions.member("terminating").bool() ?? false,
            addresses: addresses
        )
    }
}
