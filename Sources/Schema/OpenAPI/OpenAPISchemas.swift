import Wire

/// The schemas that a document defines.
extension OpenAPIDocument {
    /// Every kind, every list kind, and what they refer to.
    func definitions(_ entries: [Entry], _ dialect: OpenAPIDialect) -> JSONValue {
        var members: [(String, JSONValue)] = CommonSchemas.all(dialect)
        for entry in entries {
            let kind = entry.resource.kind
            var schema = Self.root(entry, dialect)
            if dialect == .v3 || entry.schema != nil || !BuiltInSchemas.isPatchedByOwnTypes(entry.resource) {
                schema[Self.gvkExtension] = [entry.groupVersionKind(kind)]
            }
            members.append((entry.definitionName(kind), schema))
            members.append((entry.definitionName(entry.resource.listKind), Self.list(entry, dialect)))
        }
        return .object(JSONObject(members))
    }

    private static func root(_ entry: Entry, _ dialect: OpenAPIDialect) -> JSONValue {
        guard let schema = entry.schema else { return BuiltInSchemas.schema(of: entry.resource, dialect) }
        var root = SchemaTranslation.translate(schema.source, dialect)
        // A root that keeps unknown fields has no properties in v2: what is not described is not validated.
        guard dialect == .v3 || !schema.preservesUnknownFields else { return root }
        root["properties"] = withResourceMembers(root["properties"] ?? .emptyObject, dialect)
        return root
    }

    static func withResourceMembers(_ properties: JSONValue, _ dialect: OpenAPIDialect) -> JSONValue {
        var properties = properties
        properties["apiVersion"] = CommonSchemas.apiVersion
        properties["kind"] = CommonSchemas.kind
        properties["metadata"] = dialect.reference(objectMeta, description: "Standard object's metadata.")
        return properties
    }

    private static func list(_ entry: Entry, _ dialect: OpenAPIDialect) -> JSONValue {
        let kind = entry.resource.kind
        return [
            "type": "object", "description": .string("\(entry.resource.listKind) is a list of \(kind)"),
            "required": ["items"],
            "properties": [
                "apiVersion": CommonSchemas.apiVersion, "kind": CommonSchemas.kind,
                "metadata": dialect.reference(listMeta, description: "Standard list metadata."),
                "items": [
                    "type": "array", "description": .string("List of \(entry.resource.plural)."),
                    "items": dialect.reference(entry.definitionName(kind)),
                ],
            ],
            gvkExtension: [entry.groupVersionKind(entry.resource.listKind)],
        ]
    }
}

/// A structural schema as it was written, in the words of a dialect.
enum SchemaTranslation {
    private static let extensions = [
        "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string", "x-kubernetes-embedded-resource",
        "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type",
    ]
    private static let keywords = [
        "type", "format", "title", "description", "default", "enum", "pattern", "required", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems",
        "minProperties", "maxProperties", "example",
    ]
    private static let onlyV3 = ["nullable", "allOf", "anyOf", "oneOf", "not", "x-kubernetes-validations"]

    static func translate(_ source: JSONValue, _ dialect: OpenAPIDialect) -> JSONValue {
        guard case .object(let object) = source else { return source }
        var out = JSONObject()
        for name in extensions { out[name] = object[name] }
        // v2 clients take a described field for a complete description: what may be more is left undescribed.
        if dialect == .v2,
            ["nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"]
                .contains(where: { object[$0] == true })
        {
            out["description"] = object["description"]
            return .object(out)
        }
        for name in keywords { out[name] = object[name] }
        if dialect == .v3 { for name in onlyV3 { out[name] = object[name] } }
        if case .object(let properties)? = object["properties"] {
            out["properties"] = .object(JSONObject(properties.members.map { ($0.name, translate($0.value, dialect)) }))
        }
        if let items = object["items"] { out["items"] = translate(items, dialect) }
        switch object["additionalProperties"] {
        case .some(.object(let each)): out["additionalProperties"] = translate(.object(each), dialect)
        case let other: out["additionalProperties"] = other
        }
        return .object(out)
    }
}

/// Definitions that every document has.
enum CommonSchemas {
    static let apiVersion = described(
        "string",
        "APIVersion defines the versioned schema of this representation of an object."
    )
    static let kind = described(
        "string",
        "Kind is a string value representing the REST resource this object represents."
    )
    static let anything: JSONValue = .emptyObject

    static func described(_ type: String, _ description: String, format: String? = nil) -> JSONValue {
        var schema: JSONValue = ["type": .string(type), "description": .string(description)]
        if let format { schema["format"] = .string(format) }
        return schema
    }

    static func map(_ description: String) -> JSONValue {
        ["type": "object", "additionalProperties": ["type": "string"], "description": .string(description)]
    }

    static func list(of items: JSONValue, _ description: String) -> JSONValue {
        ["type": "array", "items": items, "description": .string(description)]
    }

    static func all(_ dialect: OpenAPIDialect) -> [(String, JSONValue)] {
        [
            (OpenAPIDocument.objectMeta, objectMeta), (OpenAPIDocument.listMeta, listMeta),
            ("io.k8s.apimachinery.pkg.apis.meta.v1.Status", status),
        ]
    }

    private static let objectMeta: JSONValue = [
        "type": "object", "description": "ObjectMeta is metadata that all persisted resources must have.",
        "properties": [
            "annotations": map("Unstructured key value map for arbitrary metadata."),
            "creationTimestamp": described("string", "When the object was created, in UTC.", format: "date-time"),
            "deletionGracePeriodSeconds": described(
                "integer",
                "Seconds allowed to terminate gracefully.",
                format: "int64"
            ),
            "deletionTimestamp": described("string", "When the object will be deleted.", format: "date-time"),
            "finalizers": list(of: ["type": "string"], "Must be empty before the object is deleted."),
            "generateName": described("string", "A prefix from which the server makes a unique name."),
            "generation": described("integer", "A sequence number of the desired state.", format: "int64"),
            "labels": map("Map of string keys and values to organize and select objects."),
            "managedFields": list(of: anything, "Which manager set which fields."),
            "name": described("string", "Name must be unique within a namespace."),
            "namespace": described("string", "The space within which each name must be unique."),
            "ownerReferences": list(of: anything, "List of objects depended by this object."),
            "resourceVersion": described("string", "An opaque value of this object's version."),
            "selfLink": described("string", "Deprecated: no longer populated."),
            "uid": described("string", "Unique in time and space."),
        ],
    ]

    private static let listMeta: JSONValue = [
        "type": "object", "description": "ListMeta describes metadata that lists have.",
        "properties": [
            "continue": described("string", "Ask with this token for the next page."),
            "remainingItemCount": described("integer", "How many more items there are.", format: "int64"),
            "resourceVersion": described("string", "The version of the list."),
            "selfLink": described("string", "Deprecated: no longer populated."),
        ],
    ]

    private static let status: JSONValue = [
        "type": "object", "description": "Status is a return value for calls that don't return other objects.",
        "properties": [
            "apiVersion": apiVersion, "kind": kind,
            "code": described("integer", "Suggested HTTP return code.", format: "int32"),
            "details": ["description": "Extended data associated with the reason."],
            "message": described("string", "A human-readable description."),
            "metadata": ["description": "Standard list metadata."],
            "reason": described("string", "A machine-readable description."),
            "status": described("string", "Success or Failure."),
        ],
        OpenAPIDocument.gvkExtension: [["group": "", "version": "v1", "kind": "Status"]],
    ]
}
