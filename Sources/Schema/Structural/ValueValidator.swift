import Wire

/// Checks values against everything in a schema but its rules. Wording and order are the API server's.
struct ValueValidator {
    var causes: [FieldCause] = []

    mutating func validate(
        _ value: JSONValue,
        old: JSONValue?,
        _ schema: StructuralSchema,
        _ field: String,
        isRoot: Bool
    ) {
        if let old, old == value { return }
        guard causes.count < SchemaLimits.causesMax else { return }
        if value.isNull {
            if !schema.nullable, schema.kind != nil { mistyped(value, schema, field) }
            return
        }
        guard hasRightType(value, schema) else { return mistyped(value, schema, field) }
        checkAllowed(value, schema.checks, field)
        switch value {
        case .string(let text): checkString(text, schema, field)
        case .integer, .number: checkNumber(value, schema, field)
        case .array(let elements): checkArray(elements, old, schema, field)
        case .object(let object): checkObject(object, old, schema, field, isRoot: isRoot)
        case .null, .bool: break
        }
        checkAlternatives(value, schema.checks, field)
    }

    private func hasRightType(_ value: JSONValue, _ schema: StructuralSchema) -> Bool {
        if schema.isIntOrString, schema.kind == nil {
            switch value {
            case .integer, .string: return true
            default: return false
            }
        }
        switch (schema.kind, value) {
        case (nil, _), (.object, .object), (.array, .array), (.string, .string), (.boolean, .bool),
            (.integer, .integer), (.number, .integer), (.number, .number):
            return true
        case (.integer, .number(let number)): return number == number.rounded() && number.isFinite
        default: return false
        }
    }

    private mutating func mistyped(_ value: JSONValue, _ schema: StructuralSchema, _ field: String) {
        let wanted = schema.isIntOrString && schema.kind == nil ? "integer,string" : schema.typeName
        let found = value.typeName
        let text = "\(Self.name(field))must be of type \(wanted): \"\(found)\""
        causes.append(.typeInvalid(field.isEmpty ? "<nil>" : field, .string(found), text))
    }

    /// The subject of an API server's sentence.
    private static func name(_ field: String) -> String { field.isEmpty ? "" : "\(field) in body " }

    private mutating func checkAllowed(_ value: JSONValue, _ checks: ValueChecks, _ field: String) {
        guard let allowed = checks.allowed, !allowed.contains(value) else { return }
        let supported = allowed.map { $0.stringValue ?? String(decoding: $0.serialized(), as: UTF8.self) }
        causes.append(.notSupported(field, value, supported))
    }

    private mutating func checkString(_ text: String, _ schema: StructuralSchema, _ field: String) {
        let checks = schema.checks
        let length = text.unicodeScalars.count
        if let limit = checks.maxLength, length > limit { causes.append(.tooLong(field, limit)) }
        if let limit = checks.minLength, length < limit {
            causes.append(.invalid(field, .string(text), "\(field) in body should be at least \(limit) chars long"))
        }
        if let pattern = checks.pattern, !pattern.compiled.matches(text) {
            causes.append(.invalid(field, .string(text), "\(field) in body should match '\(pattern.text)'"))
        }
        if let format = checks.format, !schema.isIntOrString, !StringFormat.accepts(text, format) {
            let detail = "\(field) in body must be of type \(format): \(FieldCause.quoted(text))"
            causes.append(.typeInvalid(field, .string(text), detail))
        }
    }

    private mutating func checkNumber(_ value: JSONValue, _ schema: StructuralSchema, _ field: String) {
        let checks = schema.checks
        let number = CELValue(value)
        if let bound = checks.minimum {
            let order = CELNumber.compare(number, CELValue(bound.limit))
            if order == .less || (bound.exclusive && order == .equal) {
                let words = bound.exclusive ? "greater than" : "greater than or equal to"
                causes.append(.invalid(field, value, "\(field) in body should be \(words) \(Self.shown(bound.limit))"))
            }
        }
        if let bound = checks.maximum {
            let order = CELNumber.compare(number, CELValue(bound.limit))
            if order == .greater || (bound.exclusive && order == .equal) {
                let words = bound.exclusive ? "less than" : "less than or equal to"
                causes.append(.invalid(field, value, "\(field) in body should be \(words) \(Self.shown(bound.limit))"))
            }
        }
        if let factor = checks.multipleOf, let plain = SchemaReader.number(value) {
            let quotient = plain / factor
            if quotient != quotient.rounded() {
                let shown = Self.shown(.number(factor))
                causes.append(.invalid(field, value, "\(field) in body should be a multiple of \(shown)"))
            }
        }
        if checks.format == "int32", case .integer(let whole) = value, Int32(exactly: whole) == nil {
            let detail = "Checked value must be of type integer with format int32 in \(field)"
            causes.append(.invalid(field, value, detail))
        }
    }

    private static func shown(_ number: JSONValue) -> String { String(decoding: number.serialized(), as: UTF8.self) }

    private mutating func checkArray(
        _ elements: [JSONValue],
        _ old: JSONValue?,
        _ schema: StructuralSchema,
        _ field: String
    ) {
        let checks = schema.checks
        if let limit = checks.maxItems, elements.count > limit { causes.append(.tooMany(field, elements.count, limit)) }
        if let limit = checks.minItems, elements.count < limit {
            let text = "\(field) in body should have at least \(limit) items"
            causes.append(.invalid(field, .integer(Int64(elements.count)), text))
        }
        guard let items = schema.items else { return }
        for (index, element) in elements.enumerated() {
            let before = schema.listKind == .map ? nil : old?.arrayValue?.dropFirst(index).first
            validate(element, old: before, items, "\(field)[\(index)]", isRoot: items.isEmbeddedResource)
        }
    }

    private mutating func checkObject(
        _ object: JSONObject,
        _ old: JSONValue?,
        _ schema: StructuralSchema,
        _ field: String,
        isRoot: Bool
    ) {
        let checks = schema.checks
        if let limit = checks.maxProperties, object.count > limit {
            causes.append(.tooMany(field, object.count, limit))
        }
        if let limit = checks.minProperties, object.count < limit {
            let text = "\(field) in body should have at least \(limit) properties"
            causes.append(.invalid(field, .integer(Int64(object.count)), text))
        }
        func path(_ name: String) -> String { field.isEmpty ? name : "\(field).\(name)" }
        for name in checks.required where object[name] == nil { causes.append(.required(path(name))) }
        if schema.isEmbeddedResource {
            for name in ["apiVersion", "kind"] where (object[name]?.stringValue ?? "").isEmpty {
                causes.append(.required(path(name), "must not be empty"))
            }
        }
        for (name, value) in object.members {
            guard let member = schema.member(name) else { continue }
            if isRoot, name == "metadata" {
                checkMetadata(value, member, path(name))
                continue
            }
            validate(value, old: old?[name], member, path(name), isRoot: member.isEmbeddedResource)
        }
    }

    /// A schema may only say more about the names in metadata; the rest is checked where all resources' are.
    private mutating func checkMetadata(_ value: JSONValue, _ schema: StructuralSchema, _ field: String) {
        for name in ["name", "generateName"] {
            guard let member = schema.declared(name), let text = value[name] else { continue }
            validate(text, old: nil, member, "\(field).\(name)", isRoot: false)
        }
    }

    // MARK: - allOf, anyOf, oneOf, not

    private mutating func checkAlternatives(_ value: JSONValue, _ checks: ValueChecks, _ field: String) {
        for schema in checks.allOf { validate(value, old: nil, schema, field, isRoot: false) }
        let place = field.isEmpty ? "<nil>" : field
        let shown = value.isScalar ? value : .string(value.typeName)
        func fits(_ schema: StructuralSchema) -> Bool {
            var trial = ValueValidator()
            trial.validate(value, old: nil, schema, field, isRoot: false)
            return trial.causes.isEmpty
        }
        if !checks.anyOf.isEmpty, !checks.anyOf.contains(where: fits) {
            causes.append(.invalid(place, shown, "\(field) in body must validate at least one schema (anyOf)"))
        }
        if !checks.oneOf.isEmpty, checks.oneOf.count(where: fits) != 1 {
            causes.append(.invalid(place, shown, "\(field) in body must validate one and only one schema (oneOf)"))
        }
        if let not = checks.not.first, fits(not) {
            causes.append(.invalid(place, shown, "\(field) in body must not validate the schema (not)"))
        }
    }
}
