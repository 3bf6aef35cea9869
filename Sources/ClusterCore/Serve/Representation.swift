import Schema
import Wire

/// How an answer is written: the objects themselves, only their metadata, or a table for people.
enum Representation: Sendable, Equatable {
    case object
    case metadata
    case table(Table)

    struct Table: Sendable, Equatable {
        var version: String
        var include: TableBuilder.Include
    }

    /// The first media type of `accept` that this server can write; JSON is the only encoding.
    static func negotiate(accept: String, _ query: QueryParameters) throws(StatusError) -> Representation {
        guard !accept.isEmpty else { return .object }
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.drop { $0 == " " } }
            guard let media = parts.first.map({ $0.prefix { $0 != " " } }),
                ["application/json", "application/*", "*/*"].contains(media)
            else { continue }
            func parameter(_ name: String) -> Substring? {
                parts.dropFirst().first { $0.hasPrefix(name + "=") }?.dropFirst(name.count + 1)
            }
            guard let form = parameter("as") else { return .object }
            guard parameter("g") == "meta.k8s.io", let version = parameter("v"), version == "v1" || version == "v1beta1"
            else { continue }
            switch form {
            case "Table":
                let include = query["includeObject"].flatMap(TableBuilder.Include.init(rawValue:)) ?? .metadata
                return .table(Table(version: String(version), include: include))
            case "PartialObjectMetadata", "PartialObjectMetadataList": return .metadata
            default: continue
            }
        }
        throw .notAcceptable(["application/json"])
    }
}

enum PartialMetadata {
    static func object(_ object: JSONValue) -> JSONValue {
        ["kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"] ?? [:]]
    }
}
