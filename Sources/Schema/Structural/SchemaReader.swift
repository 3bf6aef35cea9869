package import Wire

extension StructuralSchema {
    /// Reads the schema of a whole resource; every mistake in it is a cause, named by its path below `field`.
    package static func read(
        _ json: JSONValue,
        field: String = "openAPIV3Schema"
    ) throws(SchemaError) -> StructuralSchema {
        var reader = SchemaReader()
        let schema = reader.node(json, field, .root)
        if reader.causes.isEmpty, schema.kind != .object {
            let type = JSONValue.string(schema.kind?.rawValue ?? "")
            reader.causes.append(.invalid("\(field).type", type, "must be object at the root"))
        }
        if reader.causes.isEmpty { reader.checkDefaults(schema, field, isResourceRoot: true) }
        guard reader.causes.isEmpty else { throw SchemaError(reader.causes) }
        return schema
    }
}

/// Reads JSON into schema nodes and gathers what is wrong with it.
struct SchemaReader {
    /// Where a node stands decides what it may say.
    enum Place { case root, member, item, nested }

    var causes: [FieldCause] = []
    private var nodes = 0
    private var depth = 0

    mutating func node(_ json: JSONValue, _ field: String, _ place: Place) -> StructuralSchema {
        var parts = StructuralSchema.Parts()
        parts.source = json
        guard case .object(let object) = json else {
            refuse(.invalid(field, .string(json.typeName), "a schema must be an object"))
            return StructuralSchema(parts)
        }
        nodes += 1
        depth += 1
        defer { depth -= 1 }
        guard depth <= SchemaLimits.schemaDepthMax, nodes <= SchemaLimits.schemaNodesMax else {
            let limit =
                depth > SchemaLimits.schemaDepthMax
                ? "\(SchemaLimits.schemaDepthMax) levels" : "\(SchemaLimits.schemaNodesMax) nodes"
            refuse(.forbidden(field, "a schema may have at most \(limit)"))
            return StructuralSchema(parts)
        }
        refuseUnsupported(object, field)
        readExtensions(object, field, &parts)
        readKind(object, field, place, &parts)
        readStructure(object, field, place, &parts)
        parts.checks = readChecks(object, field, place)
        parts.nullable = flag(object, "nullable", field)
        parts.defaultValue = object["default"]
        if place == .nested, object["default"] != nil {
            refuse(.forbidden("\(field).default", "must be undefined to be structural"))
        }
        readRules(object, field, place, &parts)
        return StructuralSchema(parts)
    }

    mutating func refuse(_ cause: FieldCause) {
        if causes.count < SchemaLimits.causesMax { causes.append(cause) }
    }

    private mutating func refuseUnsupported(_ object: JSONObject, _ field: String) {
        for name in ["$ref", "definitions", "dependencies", "patternProperties", "additionalItems", "id"]
        where object[name] != nil {
            refuse(.forbidden("\(field).\(name)", "\(name) is not supported"))
        }
        if object["uniqueItems"] == true {
            refuse(
                .forbidden(
                    "\(field).uniqueItems",
                    "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
                )
            )
        }
    }

    private mutating func readExtensions(_ object: JSONObject, _ field: String, _ parts: inout StructuralSchema.Parts) {
        parts.preservesUnknownFields = flag(object, "x-kubernetes-preserve-unknown-fields", field)
        if object["x-kubernetes-preserve-unknown-fields"] == false {
            refuse(.invalid("\(field).x-kubernetes-preserve-unknown-fields", false, "must be true or undefined"))
        }
        parts.isIntOrString = flag(object, "x-kubernetes-int-or-string", field)
        parts.isEmbeddedResource = flag(object, "x-kubernetes-embedded-resource", field)
        if let text = string(object, "x-kubernetes-list-type", field) {
            if let kind = StructuralSchema.ListKind(rawValue: text) {
                parts.listKind = kind
            } else {
                refuse(.notSupported("\(field).x-kubernetes-list-type", .string(text), ["atomic", "map", "set"]))
            }
        }
        parts.listMapKeys = strings(object, "x-kubernetes-list-map-keys", field)
        if parts.listKind == .map, parts.listMapKeys.isEmpty {
            refuse(
                .required("\(field).x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map")
            )
        }
    }

    private mutating func readKind(
        _ object: JSONObject,
        _ field: String,
        _ place: Place,
        _ parts: inout StructuralSchema.Parts
    ) {
        guard let text = string(object, "type", field), !text.isEmpty else {
            let wherein =
                switch place {
                case .root: "at the root"
                case .member: "for specified object fields"
                case .item: "for specified array items"
                case .nested: ""
                }
            if place != .nested, !parts.isIntOrString, !parts.preservesUnknownFields || place == .root {
                refuse(.required("\(field).type", "must not be empty \(wherein)"))
            }
            return
        }
        parts.kind = StructuralSchema.Kind(rawValue: text)
        if parts.kind == nil {
            refuse(
                .notSupported(
                    "\(field).type",
                    .string(text),
                    ["array", "boolean", "integer", "number", "object", "string"]
                )
            )
        }
    }

    private mutating func readStructure(
        _ object: JSONObject,
        _ field: String,
        _ place: Place,
        _ parts: inout StructuralSchema.Parts
    ) {
        let inner: Place = place == .nested ? .nested : .member
        if let properties = object["properties"] {
            if case .object(let members) = properties {
                for (name, json) in members.members {
                    if place == .root, name == "metadata" { checkMetadata(json, "\(field).properties[metadata]") }
                    parts.properties.append((name: name, schema: node(json, "\(field).properties[\(name)]", inner)))
                }
            } else {
                refuse(.invalid("\(field).properties", .string(properties.typeName), "must be an object"))
            }
        }
        switch object["additionalProperties"] {
        case nil: break
        case .some(.bool(let anything)):
            if anything { parts.additionalProperties = .anything }
            if !anything {
                refuse(.forbidden("\(field).additionalProperties", "additionalProperties cannot be set to false"))
            }
        case .some(let json):
            parts.additionalProperties = .each(node(json, "\(field).additionalProperties", inner))
        }
        if case .undeclared = parts.additionalProperties {
        } else if !parts.properties.isEmpty {
            refuse(
                .forbidden("\(field).additionalProperties", "additionalProperties and properties are mutual exclusive")
            )
        }
        if let items = object["items"] {
            parts.items = node(items, "\(field).items", place == .nested ? .nested : .item)
        } else if parts.kind == .array, place != .nested {
            refuse(.required("\(field).items", "must be specified"))
        }
    }

    /// ObjectMeta is the same everywhere; a schema may only say more about the two names.
    private mutating func checkMetadata(_ json: JSONValue, _ field: String) {
        let names = json["properties"]?.objectValue?.names ?? []
        guard names.allSatisfy({ $0 == "name" || $0 == "generateName" }) else {
            return refuse(
                .forbidden(
                    field,
                    "must not specify anything other than name and generateName, but metadata is implicitly specified"
                )
            )
        }
    }

    // MARK: - Values of keywords

    mutating func flag(_ object: JSONObject, _ name: String, _ field: String) -> Bool {
        guard let value = object[name] else { return false }
        guard case .bool(let flag) = value else {
            refuse(.invalid("\(field).\(name)", .string(value.typeName), "must be a boolean"))
            return false
        }
        return flag
    }

    mutating func string(_ object: JSONObject, _ name: String, _ field: String) -> String? {
        guard let value = object[name] else { return nil }
        if case .string(let text) = value { return text }
        refuse(.invalid("\(field).\(name)", .string(value.typeName), "must be a string"))
        return nil
    }

    mutating func strings(_ object: JSONObject, _ name: String, _ field: String) -> [String] {
        guard let value = object[name] else { return [] }
        let texts = value.arrayValue?.compactMap(\.stringValue)
        guard let texts, texts.count == value.arrayValue?.count else {
            refuse(.invalid("\(field).\(name)", .string(value.typeName), "must be an array of strings"))
            return []
        }
        return texts
    }

    mutating func count(_ object: JSONObject, _ name: String, _ field: String) -> Int64? {
        guard let value = object[name] else { return nil }
        if case .integer(let number) = value, number >= 0 { return number }
        refuse(.invalid("\(field).\(name)", value, "must be an integer, 0 or more"))
        return nil
    }
}
