package import Wire

/// One discovery.k8s.io/v1 EndpointSlice, reduced to the pods it names.
package struct EndpointSlice: Sendable, Equatable {
    package var meta: ObjectMeta
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

    /// The Service it belongs to.
    package var serviceName: String { meta.labels[Self.serviceNameLabel] ?? "" }

    /// Endpoints that are no pods (no targetRef, or one of another kind) are left out.
    package init(_ json: JSONValue) throws(ModelError) {
        meta = try ObjectMeta(of: json)
        endpoints = []
        for reader in try FieldReader(json).objects("endpoints") {
            guard let target = try reader.object("targetRef"), try target.string("kind") == "Pod" else { continue }
            let conditions = try reader.object("conditions")
            endpoints.append(
                Endpoint(
                    pod: try target.requiredString("name"),
                    namespace: try target.string("namespace") ?? meta.namespace,
                    uid: try target.requiredString("uid"),
                    isReady: try conditions?.bool("ready") ?? true,
                    isServing: try conditions?.bool("serving") ?? true,
                    isTerminating: try conditions?.bool("terminating") ?? false,
                    addresses: try reader.strings("addresses")
                )
            )
        }
    }
}
