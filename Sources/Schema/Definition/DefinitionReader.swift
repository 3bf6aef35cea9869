import Wire

/// Reads the spec of a CustomResourceDefinition and gathers what is wrong with it.
struct DefinitionReader {
    var causes: [FieldCause] = []
    private(set) var group = ""
    private(set) var namespaced = true
    private(set) var names = CustomResource.Names(
        plural: "",
        singular: "",
        kind: "",
        listKind: "",
        shortNames: [],
        categories: []
    )
    private(set) var versions: [CustomResource.Version] = []
    private let definition: JSONValue
    private let spec: JSONValue

    init(_ definition: JSONValue) {
        self.definition = definition
        spec = definition["spec"] ?? .emptyObject
    }

    // MARK: - Names

    mutating func readNames() {
        group = spec["group"]?.stringValue ?? ""
        if group.isEmpty {
            causes.append(.required("spec.group"))
        } else if !group.contains(".") {
            causes.append(.invalid("spec.group", .string(group), "should be a domain with at least one dot"))
        }
        switch spec["scope"]?.stringValue {
        case "Namespaced": namespaced = true
        case "Cluster": namespaced = false
        case .none, "": causes.append(.required("spec.scope"))
        case .some(let scope):
            causes.append(.notSupported("spec.scope", .string(scope), ["Cluster", "Namespaced"]))
        }
        names.plural = name("plural", isLabel: true)
        names.singular = name("singular", isLabel: true)
        names.kind = name("kind", isLabel: false)
        names.listKind = name("listKind", isLabel: false)
        names.shortNames = texts("shortNames")
        names.categories = texts("categories")
        if !names.kind.isEmpty, names.kind == names.listKind {
            let text = "kind and listKind may not be the same"
            causes.append(.invalid("spec.names.listKind", .string(names.listKind), text))
        }
        let required = "\(names.plural).\(group)"
        let own = definition.at("metadata", "name")?.stringValue ?? ""
        if own != required {
            causes.append(.invalid("metadata.name", .string(own), "must be spec.names.plural+\".\"+spec.group"))
        }
    }

    private mutating func name(_ member: String, isLabel: Bool) -> String {
        let field = "spec.names.\(member)"
        guard let text = spec.at("names", member)?.stringValue, !text.isEmpty else {
            causes.append(.required(field))
            return ""
        }
        if !Self.isLabel(isLabel ? text : text.lowercased()) {
            causes.append(.invalid(field, .string(text), Self.labelText))
        }
        return text
    }

    private mutating func texts(_ member: String) -> [String] {
        let found = (spec.at("names", member)?.arrayValue ?? []).compactMap(\.stringValue)
        for (index, text) in found.enumerated() where !Self.isLabel(text) {
            causes.append(.invalid("spec.names.\(member)[\(index)]", .string(text), Self.labelText))
        }
        return found
    }

    private static let labelText =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
        + "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation "
        + "is '[a-z]([-a-z0-9]*[a-z0-9])?')"

    private static func isLabel(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
        return isLower(first) && last != UInt8(ascii: "-")
            && bytes.allSatisfy { isLower($0) || $0.isDigit || $0 == UInt8(ascii: "-") }
    }

    // MARK: - Versions

    mutating func readVersions() {
        let listed = spec["versions"]?.arrayValue ?? []
        if listed.isEmpty { return causes.append(.required("spec.versions", "must have at least one version")) }
        let schemas = listed.map { $0.at("schema", "openAPIV3Schema") }
        let isShared = schemas.allSatisfy { $0 == schemas[0] }
        for (index, version) in listed.enumerated() {
            let field = "spec.versions[\(index)]"
            // The API server names a schema that all versions share by the place it has internally.
            let schemaField = (isShared ? "spec.validation" : "\(field).schema") + ".openAPIV3Schema"
            readVersion(version, field, schemaField)
        }
        if listed.count(where: { $0["storage"] == true }) != 1 {
            causes.append(
                .invalid(
                    "spec.versions",
                    .string("versions"),
                    "must have exactly one version marked as storage version"
                )
            )
        }
        for (index, version) in listed.enumerated() {
            let name = version["name"]
            if listed[..<index].contains(where: { $0["name"] == name }) {
                causes.append(.invalid("spec.versions[\(index)].name", name ?? .null, "must be unique"))
            }
        }
    }

    private mutating func readVersion(_ version: JSONValue, _ field: String, _ schemaField: String) {
        let name = version["name"]?.stringValue ?? ""
        if !Self.isLabel(name) { causes.append(.invalid("\(field).name", .string(name), Self.labelText)) }
        guard let json = version.at("schema", "openAPIV3Schema") else {
            return causes.append(.required("\(field).schema.openAPIV3Schema", "schemas are required"))
        }
        let schema: StructuralSchema
        do throws(SchemaError) {
            schema = try StructuralSchema.read(json, field: schemaField)
        } catch {
            for cause in error.causes where !causes.contains(cause) { causes.append(cause) }
            return
        }
        versions.append(
            CustomResource.Version(
                name: name,
                served: version["served"] == true,
                storage: version["storage"] == true,
                deprecationWarning: deprecation(version, name),
                schema: schema,
                hasStatus: version.at("subresources", "status") != nil,
                columns: columns(version, field),
                selectableFields: selectableFields(version, field, schema)
            )
        )
    }

    private func deprecation(_ version: JSONValue, _ name: String) -> String? {
        guard version["deprecated"] == true else { return nil }
        return version["deprecationWarning"]?.stringValue ?? "\(group)/\(name) \(names.kind) is deprecated"
    }

    private mutating func columns(_ version: JSONValue, _ field: String) -> [PrinterColumn] {
        let types = ["boolean", "date", "integer", "number", "string"]
        var columns: [PrinterColumn] = []
        for (index, column) in (version["additionalPrinterColumns"]?.arrayValue ?? []).enumerated() {
            let place = "\(field).additionalPrinterColumns[\(index)]"
            let name = column["name"]?.stringValue ?? ""
            let type = column["type"]?.stringValue ?? ""
            if name.isEmpty { causes.append(.required("\(place).name")) }
            if !types.contains(type) { causes.append(.notSupported("\(place).type", .string(type), types)) }
            let text = column["jsonPath"]?.stringValue ?? ""
            do throws(JSONPathError) {
                columns.append(
                    PrinterColumn(
                        name: name,
                        type: type,
                        format: column["format"]?.stringValue ?? "",
                        description: column["description"]?.stringValue ?? "",
                        priority: column["priority"]?.integerValue ?? 0,
                        path: try JSONPath(text)
                    )
                )
            } catch {
                let detail = "illegal leading character or unsupported path: \(error)"
                causes.append(
                    text.isEmpty ? .required("\(place).jsonPath") : .invalid("\(place).jsonPath", .string(text), detail)
                )
            }
        }
        return columns
    }

    private mutating func selectableFields(
        _ version: JSONValue,
        _ field: String,
        _ schema: StructuralSchema
    ) -> [JSONPath] {
        let listed = version["selectableFields"]?.arrayValue ?? []
        let limit = 8
        if listed.count > limit { causes.append(.tooMany("\(field).selectableFields", listed.count, Int64(limit))) }
        var paths: [JSONPath] = []
        for (index, entry) in listed.enumerated() {
            let place = "\(field).selectableFields[\(index)].jsonPath"
            let text = entry["jsonPath"]?.stringValue ?? ""
            guard let path = try? JSONPath(text), let members = path.members else {
                causes.append(.invalid(place, .string(text), "is an invalid path: only members may be named"))
                continue
            }
            let target = members.reduce(Optional(schema)) { $0?.declared($1) }
            guard let target else {
                causes.append(.invalid(place, .string(text), "is an invalid path: does not refer to a valid field"))
                continue
            }
            let kinds: [StructuralSchema.Kind] = [.string, .integer, .boolean]
            guard let kind = target.kind, kinds.contains(kind) else {
                let detail =
                    "must point to a field of type string, boolean or integer. Enum string fields and strings with "
                    + "formats are allowed."
                causes.append(.invalid(place, .string(text), detail))
                continue
            }
            if paths.contains(path) { causes.append(.duplicate(place, .string(text))) }
            paths.append(path)
        }
        return paths
    }
}
