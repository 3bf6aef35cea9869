import FoundationEssentials
import Testing
import Wire
import YAMLText

/// The project's manifests, read from the folder above the tests.
enum Manifests {
    /// What an installation applies.
    static let files = [
        "namespace.yaml", "crd.yaml", "rbac.yaml", "admission-policies.yaml", "webhook.yaml", "operator.yaml",
        "flowschema.yaml",
    ]

    static func documents(_ file: String) throws -> [JSONValue] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "manifests/\(file)"))
        return try YAMLText.parse(Array(data))
    }

    static func object(_ kind: String, in file: String) throws -> JSONValue {
        try #require(try documents(file).first { $0["kind"]?.stringValue == kind })
    }
}
