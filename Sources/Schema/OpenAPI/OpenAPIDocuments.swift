package import Wire

extension OpenAPIDocument {
    /// `/openapi/v2` as JSON.
    package func v2() -> JSONValue {
        [
            "swagger": "2.0", "info": Self.info, "paths": OpenAPIPaths(dialect: .v2).paths(entries),
            "definitions": definitions(entries, .v2),
        ]
    }

    /// `/openapi/v2` as protobuf.
    package func v2Protobuf() -> [UInt8] { OpenAPIProtobuf.encode(v2()) }

    /// `/openapi/v3`: where the document of each group and version is, with a hash that changes with its text.
    package func v3Index() -> JSONValue {
        var members: [(String, JSONValue)] = []
        for base in basePaths {
            guard let document = v3(base) else { continue }
            let hash = Self.hash(document.serialized())
            members.append((base, ["serverRelativeURL": .string("/openapi/v3/\(base)?hash=\(hash)")]))
        }
        return ["paths": .object(JSONObject(members))]
    }

    /// `/openapi/v3/api/v1`, `/openapi/v3/apis/GROUP/VERSION`, without the leading `/openapi/v3/`; nil if not served.
    package func v3(_ path: String) -> JSONValue? {
        let served = entries.filter { $0.resource.basePath.dropFirst() == path }
        guard !served.isEmpty else { return nil }
        return [
            "openapi": "3.0.0", "info": Self.info, "paths": OpenAPIPaths(dialect: .v3).paths(served),
            "components": ["schemas": definitions(served, .v3)],
        ]
    }

    private var basePaths: [String] {
        var paths: [String] = []
        for entry in entries {
            let path = String(entry.resource.basePath.dropFirst())
            if !paths.contains(path) { paths.append(path) }
        }
        return paths
    }

    private static let info: JSONValue = ["title": "workclaim devcluster", "version": "v1"]

    /// FNV-1a, 64 bits: it tells documents apart for caches, it protects nothing.
    private static func hash(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16, uppercase: true)
    }
}
