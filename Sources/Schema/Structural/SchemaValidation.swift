package import Wire

extension StructuralSchema {
    /// Everything that is wrong with `value`. With `old`, the stored object, transition rules run too, and what was
    /// wrong before and is unchanged is let pass (a schema may be tightened under existing objects).
    /// `after`: what was found elsewhere; it stands first and counts when rules are held back.
    package func validate(
        _ value: JSONValue,
        old: JSONValue? = nil,
        isResourceRoot: Bool = false,
        after found: [FieldCause] = []
    ) -> [FieldCause] {
        var checks = ValueValidator()
        checks.validate(value, old: old, self, "", isRoot: isResourceRoot || isEmbeddedResource)
        var causes = found + checks.causes
        // Of lists that were wrong before nothing more is asked, wherever they are.
        if hasListRules, old.map({ listCauses($0, "").isEmpty }) ?? true { causes += listCauses(value, "") }
        guard hasRules else { return causes }
        if causes.contains(where: { Self.blocking.contains($0.reason) }) {
            let text =
                "some validation rules were not checked because the object was invalid; "
                + "correct the existing errors to complete validation"
            return causes + [.invalid("<nil>", .null, text)]
        }
        var rules = RuleValidator(ratchets: true)
        rules.validate(value, old: old, self, "")
        return causes + rules.causes
    }

    /// A default is tried as if it replaced itself, so transition rules are tried as well.
    func validateDefault(_ value: JSONValue, at field: String) -> [FieldCause] {
        var checks = ValueValidator()
        checks.validate(value, old: nil, self, field, isRoot: isEmbeddedResource)
        let causes = checks.causes + listCauses(value, field)
        guard causes.isEmpty else { return causes }
        var rules = RuleValidator(ratchets: false)
        rules.validate(value, old: value, self, field)
        return rules.causes
    }

    /// A value that is wrong in one of these ways may not be what a rule's types promise.
    private static let blocking: [FieldCause.Reason] = [.notSupported, .required, .tooLong, .tooMany, .typeInvalid]
}

/// Runs `x-kubernetes-validations` over a value, from the outside in.
struct RuleValidator {
    var causes: [FieldCause] = []
    /// Whether a rule that fails on an unchanged value is let pass.
    let ratchets: Bool
    private var steps = SchemaLimits.rulesStepsMax

    init(ratchets: Bool) { self.ratchets = ratchets }

    mutating func validate(_ value: JSONValue, old: JSONValue?, _ schema: StructuralSchema, _ field: String) {
        guard schema.hasRules, !value.isNull, causes.count < SchemaLimits.causesMax else { return }
        let old = old == .null ? nil : old
        for rule in schema.rules {
            guard steps > 0 else {
                let text =
                    "validation failed due to running out of cost budget, no further validation rules will be run"
                return causes.append(.invalid(field, .string(schema.typeName), text))
            }
            run(rule, value, old, schema, field)
        }
        switch value {
        case .object(let object):
            for (name, member) in object.members {
                if let declared = schema.declared(name) {
                    let path = field.isEmpty ? name : "\(field).\(name)"
                    validate(member, old: old?[name], declared, path)
                } else if case .each(let each) = schema.additionalProperties {
                    validate(member, old: old?[name], each, "\(field)[\(name)]")
                }
            }
        case .array(let elements):
            guard let items = schema.items else { return }
            for (index, element) in elements.enumerated() {
                validate(element, old: Self.counterpart(of: element, in: old, schema), items, "\(field)[\(index)]")
            }
        default: return
        }
    }

    /// Only list maps know which old element a new one replaces.
    private static func counterpart(
        of element: JSONValue,
        in old: JSONValue?,
        _ schema: StructuralSchema
    ) -> JSONValue? {
        guard schema.listKind == .map, case .array(let elements)? = old else { return nil }
        return elements.first { candidate in schema.listMapKeys.allSatisfy { candidate[$0] == element[$0] } }
    }

    private mutating func run(
        _ rule: ValidationRule,
        _ value: JSONValue,
        _ old: JSONValue?,
        _ schema: StructuralSchema,
        _ field: String
    ) {
        if rule.isTransition, old == nil, !rule.optionalOldSelf { return }
        var bindings: [String: CELValue] = ["self": CELValue(value, schema)]
        if rule.isTransition || rule.messageProgram != nil {
            let oldSelf = old.map { CELValue($0, schema) }
            bindings["oldSelf"] = rule.optionalOldSelf ? .optional(oldSelf) : oldSelf
        }
        let type = JSONValue.string(schema.typeName)
        let said = rule.message.isEmpty ? rule.rule : rule.message
        do throws(CELError) {
            let result = try rule.program.evaluate(bindings, steps: &steps)
            if result == .bool(true) { return }
            if ratchets, !rule.isTransition, let old, old == value { return }
            fail(rule, bindings, type, field)
        } catch {
            let text =
                switch error {
                case .noSuchOverload:
                    "'\(error)': call arguments did not match a supported operator, function or macro signature "
                        + "for rule: \(said)"
                case .stepLimit:
                    "'\(error)': no further validation rules will be run due to call cost exceeds limit "
                        + "for rule: \(said)"
                default: "\(error.message) evaluating rule: \(said)"
                }
            causes.append(.invalid(field, type, text))
        }
    }

    private mutating func fail(
        _ rule: ValidationRule,
        _ bindings: [String: CELValue],
        _ type: JSONValue,
        _ field: String
    ) {
        var text = rule.message.isEmpty ? "failed rule: \(rule.rule)" : rule.message
        // A message that cannot be made is no reason to hide the failure: the fixed text stands in.
        if let program = rule.messageProgram,
            case .string(let made)? = try? program.evaluate(bindings, steps: &steps), !made.isEmpty,
            made.utf8.count <= SchemaLimits.ruleMessageBytesMax, !made.utf8.contains(0x0A)
        {
            text = made
        }
        let place = field + rule.fieldPath
        let cause: FieldCause =
            switch rule.reason {
            case .forbidden: .forbidden(place, text)
            case .required: .required(place, text)
            case .duplicate: .duplicate(place, type)
            default: .invalid(place, type, text)
            }
        causes.append(cause)
    }
}

extension StructuralSchema {
    /// The type as causes name it.
    var typeName: String { kind?.rawValue ?? "" }
}
