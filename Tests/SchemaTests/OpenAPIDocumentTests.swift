import Schema
import Testing
import Wire

/// If these fail, old kubectls refuse to apply, and new ones to explain.
@Suite struct OpenAPIDocumentTests {
    private static func document() throws -> OpenAPIDocument {
        var definition = try Manifests.documents("crd.yaml")[0]
        CustomResource.applyDefaults(to: &definition)
        let tasks = try CustomResource(definition)
        let entries = tasks.servedResources.map { OpenAPIDocument.Entry($0, schema: tasks.versions[0].schema) }
        return OpenAPIDocument(
            [
                .init(ServedResource(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps")),
                .init(ServedResource(group: "apps", version: "v1", kind: "Deployment", plural: "deployments")),
            ] + entries
        )
    }

    private static let task = "protosam.ideas.future.v1beta1.TaskOwner"
    private static let path = "/apis/future.ideas.protosam/v1beta1/namespaces/{namespace}/task-owners/{name}"

    @Test func everyReferenceIsDefined() throws {
        let document = try Self.document()
        for (dialect, definitions) in [
            (document.v2(), document.v2()["definitions"]), (try #require(document.v3("api/v1")), nil),
        ] {
            let names = (definitions ?? dialect.at("components", "schemas"))?.objectValue?.names ?? []
            for reference in Self.references(dialect) {
                let name = reference.split(separator: "/").last.map(String.init) ?? ""
                #expect(names.contains(name), "\(reference)")
            }
        }
    }

    private static func references(_ value: JSONValue) -> [String] {
        switch value {
        case .object(let object):
            object.members.flatMap { $0.name == "$ref" ? [$0.value.stringValue ?? ""] : references($0.value) }
        case .array(let elements): elements.flatMap(references)
        default: []
        }
    }

    @Test func aCustomKindIsDescribedByItsSchema() throws {
        let definition = try #require(try Self.document().v2().at("definitions", Self.task))
        #expect(
            definition["x-kubernetes-group-version-kind"] == [
                ["group": "future.ideas.protosam", "version": "v1beta1", "kind": "TaskOwner"]
            ]
        )
        let spec = try #require(definition.at("properties", "spec"))
        #expect(spec.at("properties", "owner", "type") == "string")
        // v2 has no rules, and what may hold anything is not described as an empty object.
        #expect(spec["x-kubernetes-validations"] == nil)
        #expect(spec.at("properties", "payload", "type") == nil)
        #expect(definition.at("properties", "metadata", "$ref")?.stringValue?.hasSuffix("ObjectMeta") == true)
    }

    /// kubectl looks at the PATCH of a kind for the query parameters it may send.
    @Test(arguments: ["dryRun", "fieldManager", "fieldValidation", "force"])
    func patchesNameTheirParameters(name: String) throws {
        let document = try Self.document()
        let v3 = try #require(document.v3("apis/future.ideas.protosam/v1beta1"))
        for paths in [document.v2()["paths"], v3["paths"]] {
            let patch = try #require(paths?[Self.path]?["patch"])
            #expect(patch.at("x-kubernetes-group-version-kind", "kind") == "TaskOwner")
            #expect(patch["parameters"]?.arrayValue?.contains { $0["name"]?.stringValue == name } == true)
        }
    }

    /// From an open description kubectl 1.20 to 1.33 crash computing a patch of deeply nested maps.
    @Test func kindsThatKubectlPatchesByItsOwnTypesAreNoPatchSchemas() throws {
        let v2 = try Self.document().v2()
        func consumes(_ path: String) -> [JSONValue] { v2["paths"]?[path]?["patch"]?["consumes"]?.arrayValue ?? [] }
        let strategic = JSONValue.string("application/strategic-merge-patch+json")
        let extensionName = "x-kubernetes-group-version-kind"
        #expect(v2.at("definitions", "io.k8s.api.apps.v1.Deployment")?[extensionName] == nil)
        #expect(!consumes("/apis/apps/v1/namespaces/{namespace}/deployments/{name}").contains(strategic))
        #expect(v2.at("definitions", "io.k8s.api.core.v1.ConfigMap")?[extensionName] != nil)
        #expect(consumes("/api/v1/namespaces/{namespace}/configmaps/{name}").contains(strategic))
        #expect(!consumes(Self.path).contains(strategic))
    }

    @Test func theIndexNamesEveryGroupWithAHashOfItsText() throws {
        let document = try Self.document()
        let paths = try #require(document.v3Index()["paths"]?.objectValue)
        #expect(paths.names == ["api/v1", "apis/apps/v1", "apis/future.ideas.protosam/v1beta1"])
        let url = paths["api/v1"]?["serverRelativeURL"]?.stringValue ?? ""
        #expect(url.hasPrefix("/openapi/v3/api/v1?hash="))
        let other = OpenAPIDocument([.init(ServedResource(group: "", version: "v1", kind: "Secret", plural: "secrets"))]
        )
        #expect(other.v3Index().at("paths", "api/v1", "serverRelativeURL")?.stringValue != url)
        #expect(document.v3("apis/nope/v1") == nil)
    }

    // MARK: - Protobuf

    @Test func theProtobufSaysTheSame() throws {
        let document = try Self.document()
        let fields = try #require(ProtobufFields(document.v2Protobuf()))
        #expect(fields.text(1) == "2.0")
        let v2 = document.v2()
        let definitions = try #require(fields.messages(9).first).messages(1)
        #expect(definitions.map { $0.text(1) } == v2["definitions"]?.objectValue?.names)
        let paths = try #require(fields.messages(8).first).messages(2)
        #expect(paths.map { $0.text(1) } == v2["paths"]?.objectValue?.names)

        let task = try #require(definitions.first { $0.text(1) == Self.task }?.messages(2).first)
        #expect(task.messages(22).first?.text(1) == "object")
        let gvk = try #require(task.messages(31).first { $0.text(1) == "x-kubernetes-group-version-kind" })
        #expect(
            gvk.messages(2).first?.text(2)
                == "[{\"group\":\"future.ideas.protosam\",\"kind\":\"TaskOwner\",\"version\":\"v1beta1\"}]\n"
        )
        let spec = try #require(task.messages(25).first?.messages(1).first { $0.text(1) == "spec" }?.messages(2).first)
        let owner = spec.messages(25).first?.messages(1).first { $0.text(1) == "owner" }?.messages(2).first
        #expect(owner?.varint(11) == 253)

        let item = try #require(paths.first { $0.text(1) == Self.path }?.messages(2).first)
        let patch = try #require(item.messages(8).first)
        let parameters = patch.messages(8).compactMap { $0.messages(1).first?.messages(2).first?.messages(3).first }
        #expect(parameters.map { $0.text(4) } == ["dryRun", "fieldManager", "fieldValidation", "force"])
    }
}

/// One protobuf message, taken apart without knowing its type.
private struct ProtobufFields {
    private var entries: [(field: Int, value: UInt64, bytes: [UInt8])] = []

    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        func varint() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: 0, to: 64, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            return nil
        }
        while !rest.isEmpty {
            guard let key = varint() else { return nil }
            switch key & 7 {
            case 0:
                guard let value = varint() else { return nil }
                entries.append((Int(key >> 3), value, []))
            case 1:
                guard rest.count >= 8 else { return nil }
                entries.append((Int(key >> 3), 0, Array(rest.prefix(8))))
                rest = rest.dropFirst(8)
            case 2:
                guard let length = varint(), rest.count >= Int(length) else { return nil }
                entries.append((Int(key >> 3), 0, Array(rest.prefix(Int(length)))))
                rest = rest.dropFirst(Int(length))
            default: return nil
            }
        }
    }

    func text(_ field: Int) -> String? {
        entries.first { $0.field == field }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }
    func varint(_ field: Int) -> UInt64? { entries.first { $0.field == field }?.value }
    func messages(_ field: Int) -> [ProtobufFields] {
        entries.filter { $0.field == field }.compactMap { ProtobufFields($0.bytes) }
    }
}
