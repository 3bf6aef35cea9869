import FoundationEssentials
import Testing
import Wire
import YAMLText

/// The project's manifests, applied to a cluster under test.
enum ProjectManifests {
    static func documents(_ file: String) throws -> [JSONValue] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try YAMLText.parse([UInt8](Data(contentsOf: root.appending(path: "manifests/base/\(file)"))))
    }

    /// Creates what the file says.
    static func apply(_ file: String, to cluster: inout TestCluster) throws {
        for object in try documents(file) {
            let answer = cluster.send("POST", path(object), object)
            #expect(answer.status == 201, "\(file): \(answer.message)")
        }
    }

    /// Where an object is created; the plurals of our kinds are regular.
    static func path(_ object: JSONValue) -> String {
        let kind = (object["kind"]?.stringValue ?? "").lowercased()
        let plural = kind.hasSuffix("y") ? String(kind.dropLast()) + "ies" : kind + "s"
        let version = object["apiVersion"]?.stringValue ?? ""
        let namespace = object.at("metadata", "namespace")?.stringValue.map { "namespaces/\($0)/" } ?? ""
        let root = version.contains("/") ? "/apis/" : "/api/"
        return "\(root)\(version)/\(namespace)\(plural)"
    }
}
