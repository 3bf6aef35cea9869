import Wire

/// What OpenAPI says about a set of served resources. Custom resources bring their schemas; of the built-in ones the
/// top-level fields are named and everything below is left open, so that clients validate no more than we know.
package struct OpenAPIDocument: Sendable {
    package struct Entry: Sendable {
        package var resource: ServedResource
        /// nil: a built-in kind.
        package var schema: StructuralSchema?

        package init(_ resource: ServedResource, schema: StructuralSchema? = nil) {
            self.resource = resource
            self.schema = schema
        }

        /// `io.k8s.api.core.v1.ConfigMap`, `protosam.ideas.future.v1beta1.TaskOwner`
        func definitionName(_ kind: String) -> String {
            if schema != nil {
                let reversed = resource.group.split(separator: ".").reversed().joined(separator: ".")
                return "\(reversed).\(resource.version).\(kind)"
            }
            switch resource.group {
            case "": return "io.k8s.api.core.\(resource.version).\(kind)"
            case "apiextensions.k8s.io":
                return "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.\(resource.version).\(kind)"
            default:
                let first = resource.group.prefix { $0 != "." }
                return "io.k8s.api.\(first).\(resource.version).\(kind)"
            }
        }

        /// As `x-kubernetes-group-version-kind` names it.
        func groupVersionKind(_ kind: String) -> JSONValue {
            ["group": .string(resource.group), "version": .string(resource.version), "kind": .string(kind)]
        }
    }

    package let entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    /// The media type of `v2Protobuf`. Clients ask for it under the first name, too, which is no valid media type:
    /// an answer must carry the second (Go refuses to parse an '@').
    package static let requestedProtobufType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    package static let protobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    static let gvkExtension = "x-kubernetes-group-version-kind"
    static let objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
    static let listMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"
}

/// The two dialects: where definitions live, and what a schema may say.
enum OpenAPIDialect {
    case v2, v3

    func reference(_ name: String) -> JSONValue {
        ["$ref": .string((self == .v2 ? "#/definitions/" : "#/components/schemas/") + name)]
    }

    /// A reference that also says something: v3 forbids members beside `$ref`.
    func reference(_ name: String, description: String) -> JSONValue {
        switch self {
        case .v2:
            var schema = reference(name)
            schema["description"] = .string(description)
            return schema
        case .v3: return ["allOf": [reference(name)], "description": .string(description)]
        }
    }
}
