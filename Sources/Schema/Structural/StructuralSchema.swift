package import Wire

/// One node of a structural schema (`openAPIV3Schema` and everything below it), read once, then immutable.
/// What it does lies beside this file: defaulting, pruning, validation.
package final class StructuralSchema: Sendable {
    package enum Kind: String, Sendable {
        case object, array, string, integer, number, boolean
    }
    package enum ListKind: String, Sendable { case atomic, set, map }

    /// nil: any type (preserve-unknown-fields or int-or-string without a type).
    package let kind: Kind?
    package let properties: [(name: String, schema: StructuralSchema)]
    package let additionalProperties: AdditionalProperties
    package let items: StructuralSchema?
    package let defaultValue: JSONValue?
    package let nullable: Bool
    package let checks: ValueChecks

    package let preservesUnknownFields: Bool
    package let isIntOrString: Bool
    package let isEmbeddedResource: Bool
    package let listKind: ListKind
    package let listMapKeys: [String]
    package let rules: [ValidationRule]
    /// Whether a rule stands here or anywhere below: a tree without rules is not walked for them.
    package let hasRules: Bool
    /// Whether a list of unique elements stands here or below.
    let hasListRules: Bool
    /// What clients are told (OpenAPI), as it was written.
    package let source: JSONValue

    /// Unnamed members of an object.
    package enum AdditionalProperties: Sendable {
        /// Nothing is said: unknown members are pruned.
        case undeclared
        case anything
        case each(StructuralSchema)
    }

    init(_ parts: Parts) {
        kind = parts.kind
        properties = parts.properties
        additionalProperties = parts.additionalProperties
        items = parts.items
        defaultValue = parts.defaultValue
        nullable = parts.nullable
        checks = parts.checks
        preservesUnknownFields = parts.preservesUnknownFields
        isIntOrString = parts.isIntOrString
        isEmbeddedResource = parts.isEmbeddedResource
        listKind = parts.listKind
        listMapKeys = parts.listMapKeys
        rules = parts.rules
        source = parts.source
        var below = parts.properties.map(\.schema) + [parts.items].compactMap { $0 }
        if case .each(let schema) = parts.additionalProperties { below.append(schema) }
        hasRules = !parts.rules.isEmpty || below.contains { $0.hasRules }
        hasListRules = parts.listKind != .atomic || below.contains { $0.hasListRules }
    }

    /// The schema of the member `name`: declared, or what all undeclared members share.
    package func member(_ name: String) -> StructuralSchema? {
        if let declared = declared(name) { return declared }
        if case .each(let schema) = additionalProperties { return schema }
        return nil
    }

    /// The declared property `name`; `properties` is kept in byte order of the names.
    package func declared(_ name: String) -> StructuralSchema? {
        var low = 0
        var high = properties.count
        while low < high {
            let middle = (low + high) / 2
            let candidate = properties[middle].name
            if candidate.utf8.elementsEqual(name.utf8) { return properties[middle].schema }
            if candidate.utf8.lexicographicallyPrecedes(name.utf8) { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The parts, while they are being read.
    struct Parts {
        var kind: Kind?
        var properties: [(name: String, schema: StructuralSchema)] = []
        var additionalProperties = AdditionalProperties.undeclared
        var items: StructuralSchema?
        var defaultValue: JSONValue?
        var nullable = false
        var checks = ValueChecks()
        var preservesUnknownFields = false
        var isIntOrString = false
        var isEmbeddedResource = false
        var listKind = ListKind.atomic
        var listMapKeys: [String] = []
        var rules: [ValidationRule] = []
        var source = JSONValue.emptyObject
    }
}

/// What a value of the right type must also satisfy.
package struct ValueChecks: Sendable {
    package struct Bound: Sendable {
        package var limit: JSONValue
        package var exclusive: Bool
    }
    package var required: [String] = []
    package var allowed: [JSONValue]?
    package var minimum: Bound?
    package var maximum: Bound?
    package var multipleOf: Double?
    package var minLength: Int64?
    package var maxLength: Int64?
    package var pattern: (text: String, compiled: Pattern)?
    package var format: String?
    package var minItems: Int64?
    package var maxItems: Int64?
    package var uniqueItems = false
    package var minProperties: Int64?
    package var maxProperties: Int64?
    package var allOf: [StructuralSchema] = []
    package var anyOf: [StructuralSchema] = []
    package var oneOf: [StructuralSchema] = []
    package var not: [StructuralSchema] = []

    package init() {}
}

/// One entry of `x-kubernetes-validations`, compiled.
package struct ValidationRule: Sendable {
    package var rule: String
    package var program: CELProgram
    package var message: String
    package var messageProgram: CELProgram?
    package var reason: FieldCause.Reason
    /// A dotted path below the node, to which the cause is attributed.
    package var fieldPath: String
    package var optionalOldSelf: Bool
    /// It mentions oldSelf: checked on update only (unless `optionalOldSelf`).
    package var isTransition: Bool
}
