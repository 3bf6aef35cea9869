import Wire

/// The part of reading that concerns values: bounds, patterns, rules, and whether defaults obey them.
extension SchemaReader {
    mutating func readChecks(_ object: JSONObject, _ field: String, _ place: Place) -> ValueChecks {
        var checks = ValueChecks()
        checks.required = strings(object, "required", field)
        if let value = object["enum"] {
            checks.allowed = value.arrayValue
            if value.arrayValue == nil {
                refuse(.invalid("\(field).enum", .string(value.typeName), "must be an array"))
            }
        }
        checks.minimum = bound(object, "minimum", "exclusiveMinimum", field)
        checks.maximum = bound(object, "maximum", "exclusiveMaximum", field)
        if let value = object["multipleOf"] {
            checks.multipleOf = Self.number(value)
            if checks.multipleOf.map({ $0 <= 0 }) ?? true {
                refuse(.invalid("\(field).multipleOf", value, "must be a number greater than 0"))
            }
        }
        checks.minLength = count(object, "minLength", field)
        checks.maxLength = count(object, "maxLength", field)
        checks.minItems = count(object, "minItems", field)
        checks.maxItems = count(object, "maxItems", field)
        checks.minProperties = count(object, "minProperties", field)
        checks.maxProperties = count(object, "maxProperties", field)
        checks.format = string(object, "format", field)
        if let text = string(object, "pattern", field), !text.isEmpty {
            do throws(PatternError) {
                checks.pattern = (text: text, compiled: try Pattern(text))
            } catch {
                let detail = "must be a valid regular expression, but isn't: \(error)"
                refuse(.invalid("\(field).pattern", .string(text), detail))
            }
        }
        checks.allOf = alternatives(object, "allOf", field)
        checks.anyOf = alternatives(object, "anyOf", field)
        checks.oneOf = alternatives(object, "oneOf", field)
        if let not = object["not"] { checks.not = [node(not, "\(field).not", .nested)] }
        return checks
    }

    static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    private mutating func bound(
        _ object: JSONObject,
        _ name: String,
        _ exclusive: String,
        _ field: String
    ) -> ValueChecks.Bound? {
        let isExclusive = flag(object, exclusive, field)
        guard let value = object[name] else { return nil }
        guard Self.number(value) != nil else {
            refuse(.invalid("\(field).\(name)", .string(value.typeName), "must be a number"))
            return nil
        }
        return ValueChecks.Bound(limit: value, exclusive: isExclusive)
    }

    private mutating func alternatives(_ object: JSONObject, _ name: String, _ field: String) -> [StructuralSchema] {
        guard let value = object[name] else { return [] }
        guard case .array(let elements) = value else {
            refuse(.invalid("\(field).\(name)", .string(value.typeName), "must be an array"))
            return []
        }
        var schemas: [StructuralSchema] = []
        for (index, json) in elements.enumerated() { schemas.append(node(json, "\(field).\(name)[\(index)]", .nested)) }
        return schemas
    }

    // MARK: - Rules

    mutating func readRules(
        _ object: JSONObject,
        _ field: String,
        _ place: Place,
        _ parts: inout StructuralSchema.Parts
    ) {
        let name = "x-kubernetes-validations"
        guard let value = object[name] else { return }
        guard case .array(let rules) = value else {
            return refuse(.invalid("\(field).\(name)", .string(value.typeName), "must be an array"))
        }
        for (index, json) in rules.enumerated() {
            let ruleField = "\(field).\(name)[\(index)]"
            guard case .object(let rule) = json else {
                refuse(.invalid(ruleField, .string(json.typeName), "must be an object"))
                continue
            }
            if let compiled = readRule(rule, ruleField, place, parts) { parts.rules.append(compiled) }
        }
    }

    private mutating func readRule(
        _ rule: JSONObject,
        _ field: String,
        _ place: Place,
        _ parts: StructuralSchema.Parts
    ) -> ValidationRule? {
        guard let text = string(rule, "rule", field), !text.isEmpty else {
            refuse(.required("\(field).rule", "rule is not specified"))
            return nil
        }
        let messageText = string(rule, "messageExpression", field)
        let message = string(rule, "message", field) ?? ""
        if message.utf8.contains(0x0A) {
            refuse(.invalid("\(field).message", .string(message), "message must not contain line breaks"))
        }
        // Compiled against the node as far as it has been read: its own structure, not yet its rules.
        let scope = StructuralSchema(parts)
        guard let program = compile(text, "\(field).rule", scope, place, isRule: true) else { return nil }
        var messageProgram: CELProgram?
        if let messageText {
            messageProgram = compile(messageText, "\(field).messageExpression", scope, place, isRule: false)
        }
        let isTransition = program.mentions.contains("oldSelf")
        let optionalOldSelf = flag(rule, "optionalOldSelf", field)
        if optionalOldSelf, !isTransition {
            refuse(.invalid("\(field).optionalOldSelf", true, "may not be set if oldSelf is not used in rule"))
        }
        return ValidationRule(
            rule: text,
            program: program,
            message: message,
            messageProgram: messageProgram,
            reason: readReason(rule, field),
            fieldPath: string(rule, "fieldPath", field) ?? "",
            optionalOldSelf: optionalOldSelf,
            isTransition: isTransition
        )
    }

    private mutating func compile(
        _ text: String,
        _ field: String,
        _ scope: StructuralSchema,
        _ place: Place,
        isRule: Bool
    ) -> CELProgram? {
        do throws(CELError) {
            let program = try CELProgram.compile(text, variables: ["self", "oldSelf"])
            try CELSchemaChecker.check(program, scope, isResourceRoot: place == .root, isRule: isRule)
            return program
        } catch {
            let place = CELProgram.position(error.offset ?? 0, in: text)
            refuse(.invalid(field, .string(text), "compilation failed: ERROR: <input>:\(place): \(error.message)"))
            return nil
        }
    }

    private mutating func readReason(_ rule: JSONObject, _ field: String) -> FieldCause.Reason {
        guard let text = string(rule, "reason", field) else { return .invalid }
        let supported: [FieldCause.Reason] = [.required, .invalid, .forbidden, .duplicate]
        guard let reason = supported.first(where: { $0.rawValue == text }) else {
            refuse(.notSupported("\(field).reason", .string(text), supported.map(\.rawValue)))
            return .invalid
        }
        return reason
    }

    // MARK: - Defaults

    /// A default must stand on its own: no unknown field, every check and rule satisfied as it is written.
    mutating func checkDefaults(_ schema: StructuralSchema, _ field: String, isResourceRoot: Bool) {
        if let value = schema.defaultValue {
            let place = "\(field).default"
            if isResourceRoot { refuse(.forbidden(place, "must not be set at the root")) }
            var pruned = value
            if !schema.prune(&pruned).isEmpty { refuse(.invalid(place, value, "must not have unknown fields")) }
            for cause in schema.validateDefault(value, at: place) { refuse(cause) }
        }
        for (name, member) in schema.properties {
            checkDefaults(member, "\(field).properties[\(name)]", isResourceRoot: false)
        }
        if case .each(let member) = schema.additionalProperties {
            checkDefaults(member, "\(field).additionalProperties", isResourceRoot: false)
        }
        if let items = schema.items { checkDefaults(items, "\(field).items", isResourceRoot: false) }
    }
}
