import Schema
import Wire

extension ClusterCore {
    /// Paths that name no resource: health, version, discovery, OpenAPI. nil if this is none of them.
    mutating func fixedResponse(_ request: APIRequest) throws(StatusError) -> HTTPResponse? {
        let path = request.http.path
        switch path {
        case "/healthz", "/livez", "/readyz":
            return HTTPResponse(
                status: 200,
                fields: ["content-type": "text/plain; charset=utf-8"],
                body: Array("ok".utf8)
            )
        case "/version": return .json(200, Self.versionInfo)
        case "/openapi/v2": return openAPIv2(request)
        default: break
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        switch parts.first {
        case "openapi" where parts.count >= 2 && parts[1] == "v3":
            return try openAPIv3(parts.dropFirst(2).joined(separator: "/"))
        case "api", "apis": return try discovery(request, parts)
        default: return nil
        }
    }

    private func discovery(_ request: APIRequest, _ parts: [Substring]) throws(StatusError) -> HTTPResponse? {
        let isCore = parts[0] == "api"
        guard parts.count <= (isCore ? 2 : 3) else { return nil }
        let discovery = Discovery(catalog.types.map(\.served))
        if parts.count == 1 {
            if let beta = Self.aggregatedVersion(request.http.fields["accept"] ?? "") {
                let type = beta ? Discovery.aggregatedBetaType : Discovery.aggregatedType
                let document = discovery.aggregated(core: isCore, beta: beta)
                return HTTPResponse(status: 200, fields: ["content-type": type], body: document.serialized())
            }
            let host = request.http.fields["host"] ?? "localhost"
            return .json(200, isCore ? discovery.coreVersions(serverAddress: host) : discovery.groupList())
        }
        let names = parts.dropFirst().map(String.init)
        let document: JSONValue? =
            switch (isCore, names.count) {
            case (true, _): discovery.resourceList(group: "", version: names[0])
            case (false, 1): discovery.group(names[0])
            case (false, _): discovery.resourceList(group: names[0], version: names[1])
            }
        guard let document else { throw .noSuchPath }
        return .json(200, document)
    }

    /// Whether the client prefers the aggregated form: nil if it does not ask, true if it knows the older one only.
    private static func aggregatedVersion(_ accept: String) -> Bool? {
        for range in accept.split(separator: ",") where range.contains("as=APIGroupDiscoveryList") {
            if range.contains("v=v2beta1") { return true }
            if range.contains("v=v2") { return false }
        }
        return nil
    }

    /// kubectl asks for protobuf; without that, JSON.
    private mutating func openAPIv2(_ request: APIRequest) -> HTTPResponse {
        let accept = request.http.fields["accept"] ?? ""
        let isProtobuf = accept.contains("application/com.github.proto-openapi.spec.v2")
        let body = document(isProtobuf ? "v2 protobuf" : "v2") {
            isProtobuf ? $0.v2Protobuf() : $0.v2().serialized()
        }
        let type = isProtobuf ? OpenAPIDocument.protobufType : "application/json"
        return HTTPResponse(status: 200, fields: ["content-type": type], body: body ?? [])
    }

    private mutating func openAPIv3(_ path: String) throws(StatusError) -> HTTPResponse {
        let body = document("v3 " + path) { path.isEmpty ? $0.v3Index().serialized() : $0.v3(path)?.serialized() }
        guard let body else { throw .noSuchPath }
        return HTTPResponse(status: 200, fields: ["content-type": "application/json"], body: body)
    }

    /// A document of what is served now. It takes long to make and is asked for often, so it is kept until the catalog
    /// changes.
    private mutating func document(_ name: String, _ make: (OpenAPIDocument) -> [UInt8]?) -> [UInt8]? {
        if documents.catalogVersion != catalog.version { documents = KeptDocuments(catalogVersion: catalog.version) }
        if let kept = documents.bytes[name] { return kept }
        let made = make(
            OpenAPIDocument(catalog.types.map { OpenAPIDocument.Entry($0.served, schema: $0.custom?.schema) })
        )
        if let made { documents.bytes[name] = made }
        return made
    }

    private static let versionInfo: JSONValue = [
        "major": "1", "minor": "36", "gitVersion": .string(version), "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "swiftc", "platform": "linux/amd64",
    ]
}

/// OpenAPI documents as they were last written.
struct KeptDocuments: Sendable {
    var catalogVersion = 0
    var bytes: [String: [UInt8]] = [:]
}
