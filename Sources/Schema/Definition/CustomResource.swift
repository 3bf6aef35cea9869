package import Wire

/// A CustomResourceDefinition that has been read and found servable.
package struct CustomResource: Sendable {
    package struct Names: Sendable, Equatable {
        package var plural: String
        package var singular: String
        package var kind: String
        package var listKind: String
        package var shortNames: [String]
        package var categories: [String]
    }

    package struct Version: Sendable {
        package var name: String
        package var served: Bool
        package var storage: Bool
        /// What clients are warned with, when the version is deprecated.
        package var deprecationWarning: String?
        package var schema: StructuralSchema
        package var hasStatus: Bool
        package var columns: [PrinterColumn]
        package var selectableFields: [JSONPath]

        package var table: TableBuilder { TableBuilder(columns) }
    }

    package let group: String
    package let names: Names
    package let namespaced: Bool
    package let versions: [Version]

    package func version(_ name: String) -> Version? { versions.first { $0.name == name } }

    /// The served versions as discovery lists them, best first: GA before beta before alpha, newer before older.
    package var servedResources: [ServedResource] {
        versions.filter(\.served).sorted { VersionRank($0.name) < VersionRank($1.name) }.map { version in
            ServedResource(
                group: group,
                version: version.name,
                kind: names.kind,
                plural: names.plural,
                singular: names.singular,
                listKind: names.listKind,
                shortNames: names.shortNames,
                categories: names.categories,
                namespaced: namespaced,
                subresources: version.hasStatus ? [.init("status")] : []
            )
        }
    }

    /// Reads a definition (defaults already applied); every mistake in it is a cause.
    package init(_ definition: JSONValue) throws(SchemaError) {
        var reader = DefinitionReader(definition)
        reader.readNames()
        reader.readVersions()
        guard reader.causes.isEmpty else { throw SchemaError(reader.causes) }
        group = reader.group
        names = reader.names
        namespaced = reader.namespaced
        versions = reader.versions
    }

    /// What the API server fills into a definition that leaves it out.
    package static func applyDefaults(to definition: inout JSONValue) {
        guard var spec = definition["spec"], spec.objectValue != nil else { return }
        if let kind = spec.at("names", "kind")?.stringValue, var names = spec["names"] {
            if (names["singular"]?.stringValue ?? "").isEmpty { names["singular"] = .string(kind.lowercased()) }
            if (names["listKind"]?.stringValue ?? "").isEmpty { names["listKind"] = .string(kind + "List") }
            spec["names"] = names
        }
        if spec["conversion"] == nil { spec["conversion"] = ["strategy": "None"] }
        definition["spec"] = spec
    }
}

/// Kubernetes' order of version names: v2, v1, v1beta2, v1beta1, v1alpha1, then anything else by name.
package struct VersionRank: Comparable, Sendable {
    private let name: String
    /// GA 0, beta 1, alpha 2, anything else 3.
    private let stage: Int
    private let major: Int
    private let minor: Int

    package init(_ name: String) {
        self.name = name
        var rest = Substring(name)
        func number() -> Int? {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            return Int(digits)
        }
        guard rest.popFirst() == "v", let major = number() else {
            (stage, self.major, minor) = (3, 0, 0)
            return
        }
        let word = rest.hasPrefix("beta") ? "beta" : rest.hasPrefix("alpha") ? "alpha" : ""
        rest = rest.dropFirst(word.count)
        let minor = number()
        let isWhole = rest.isEmpty && (minor == nil) == word.isEmpty
        stage = !isWhole ? 3 : word.isEmpty ? 0 : word == "beta" ? 1 : 2
        self.major = isWhole ? major : 0
        self.minor = isWhole ? minor ?? 0 : 0
    }

    package static func < (left: Self, right: Self) -> Bool {
        if left.stage != right.stage { return left.stage < right.stage }
        if left.major != right.major { return left.major > right.major }
        if left.minor != right.minor { return left.minor > right.minor }
        return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
}
