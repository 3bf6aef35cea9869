import FoundationEssentials
import Testing
import Wire
import YAMLText

/// The objects of the project's own manifests, wherever below `manifests` they stand.
enum ProjectManifests {
    static func object(_ kind: String, _ name: String? = nil) throws -> JSONValue {
        let found = try all.get().first { object in
            object["kind"]?.stringValue == kind && (name == nil || object.at("metadata", "name")?.stringValue == name)
        }
        return try #require(found, "no \(kind) \(name ?? "") in the manifests")
    }

    /// Of the base: what everybody installs.
    static func base() throws -> [JSONValue] {
        try documents(below: "/manifests/base").filter { $0["kind"]?.stringValue != "Kustomization" }
    }

    static func base(_ kind: String) throws -> [JSONValue] { try base().filter { $0["kind"]?.stringValue == kind } }

    private static let all = Result { try documents(below: "/manifests") }

    private static func documents(below folder: String) throws -> [JSONValue] {
        let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + folder
        let files = try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(".yaml") }.sorted()
        return try files.flatMap { file in
            try YAMLText.parse([UInt8](Data(contentsOf: URL(filePath: root + "/" + file))))
        }
    }
}
