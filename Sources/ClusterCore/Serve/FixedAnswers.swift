import Schema
import Wire

extension ClusterCore {
    /// Paths that name no resource: health, version, discovery, OpenAPI. nil if this is none of them.
    func fixedResponse(_ request: APIRequest) throws(StatusError) -> HTTPResponse? {
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

    private var openAPI: OpenAPIDocument {
        OpenAPIDocument(catalog.types.map { OpenAPIDocument.Entry($0.served, schema: $0.custom?.schema) })
    }

    /// kubectl asks for protobuf; without that, JSON.
    private func openAPIv2(_ request: APIRequest) -> HTTPResponse {
        let accept = request.http.fields["accept"] ?? ""
        guard accept.contains("application/com.github.proto-openapi.spec.v2") else { return .json(200, openAPI.v2()) }
        return HTTPResponse(
            status: 200,
            fields: ["content-type": OpenAPIDocument.protobufType],
            body: openAPI.v2Protobuf()
        )
    }

    private func openAPIv3(_ path: String) throws(StatusError) -> HTTPResponse {
        if path.isEmpty { return .json(200, openAPI.v3Index()) }
        guard let document = openAPI.v3(path) else { throw .noSuchPath }
        return .json(200, document)
    }

    private static let versionInfo: JSONValue = [
        "major": "1", "minor": "32", "gitVersion": .string(version), "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "swiftc", "platform": "linux/amd64",
    ]
}
