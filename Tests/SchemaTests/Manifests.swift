import FoundationEssentials
import Testing
import Wire
import YAMLText

/// The base of the project's manifests, read from the folder above the tests.
enum Manifests {
    /// What an installation applies, in this order.
    static let files = [
        "namespace.yaml", "crd.yaml", "rbac.yaml", "flow-control.yaml", "network-policies.yaml",
        "admission-policies.yaml",
        "mutating-admission-policy.yaml", "webhook.yaml", "operator.yaml", "webhook-configuration.yaml",
    ]

    static func documents(_ file: String) throws -> [JSONValue] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "manifests/base/\(file)"))
        return try YAMLText.parse(Array(data))
    }

    static func object(_ kind: String, in file: String) throws -> JSONValue {
        try #require(try documents(file).first { $0["kind"]?.stringValue == kind })
    }
}
