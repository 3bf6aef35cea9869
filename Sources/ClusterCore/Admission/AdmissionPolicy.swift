import Schema
import Wire

/// A MutatingAdmissionPolicy or a ValidatingAdmissionPolicy, read once when it is stored.
struct AdmissionPolicy: Sendable {
    var name: String
    var match: AdmissionMatch
    var conditions: [NamedExpression]
    var variables: [NamedExpression]
    var ignoresFailure: Bool
    var content: Content

    struct NamedExpression: Sendable {
        var name: String
        var program: CELProgram
    }

    enum Content: Sendable {
        case validations([Validation])
        /// Each answers with a JSON patch.
        case mutations([CELProgram], isReinvocable: Bool)
    }

    struct Validation: Sendable {
        var program: CELProgram
        var message: String
        var messageProgram: CELProgram?
        var reason: String
    }
}

/// Puts a policy into force.
struct AdmissionPolicyBinding: Sendable {
    var name: String
    var policy: String
    /// nil: wherever the policy matches.
    var match: AdmissionMatch?
    /// Of a validating policy: `Deny`, `Warn`.
    var actions: [String]
}

extension AdmissionPolicy {
    /// nil for what validation refuses: it cannot be in the store.
    init?(_ json: JSONValue, name: String, isMutating: Bool) {
        let spec = json["spec"] ?? [:]
        guard let match = AdmissionMatch(spec["matchConstraints"] ?? [:], rules: "resourceRules"),
            let parts = try? PolicyExpressions(spec, isMutating: isMutating)
        else { return nil }
        self.name = name
        self.match = match
        conditions = parts.conditions
        variables = parts.variables
        ignoresFailure = spec["failurePolicy"] == "Ignore"
        content =
            isMutating
            ? .mutations(parts.mutations, isReinvocable: spec["reinvocationPolicy"] == "IfNeeded")
            : .validations(parts.validations)
    }
}

extension AdmissionPolicyBinding {
    init?(_ json: JSONValue, name: String) {
        let spec = json["spec"] ?? [:]
        guard let policy = spec["policyName"]?.stringValue else { return nil }
        self.name = name
        self.policy = policy
        match = spec["matchResources"].flatMap { AdmissionMatch($0, rules: "resourceRules", requiresRules: false) }
        actions = spec["validationActions"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }
}

/// All expressions of a policy, compiled; the first that cannot be is told with its place.
struct PolicyExpressions {
    var conditions: [AdmissionPolicy.NamedExpression] = []
    var variables: [AdmissionPolicy.NamedExpression] = []
    var validations: [AdmissionPolicy.Validation] = []
    var mutations: [CELProgram] = []

    init(_ spec: JSONValue, isMutating: Bool) throws(FieldCause) {
        for (index, item) in (spec["matchConditions"]?.arrayValue ?? []).enumerated() {
            let program = try Self.compile(item["expression"], "spec.matchConditions[\(index)].expression", nil)
            conditions.append(.init(name: item["name"]?.stringValue ?? "", program: program))
        }
        var scope = AdmissionExpression.PolicyScope()
        for (index, item) in (spec["variables"]?.arrayValue ?? []).enumerated() {
            let program = try Self.compile(item["expression"], "spec.variables[\(index)].expression", scope)
            let name = item["name"]?.stringValue ?? ""
            variables.append(.init(name: name, program: program))
            scope.declared.append(name)
        }
        scope.isMutation = isMutating
        if isMutating { try readMutations(spec, scope) } else { try readValidations(spec, scope) }
    }

    private mutating func readMutations(
        _ spec: JSONValue,
        _ scope: AdmissionExpression.PolicyScope
    ) throws(FieldCause) {
        for (index, item) in (spec["mutations"]?.arrayValue ?? []).enumerated() {
            let place = "spec.mutations[\(index)]"
            guard item["patchType"] == "JSONPatch" else {
                throw .notSupported("\(place).patchType", item["patchType"] ?? .null, ["JSONPatch"])
            }
            mutations.append(
                try Self.compile(item.at("jsonPatch", "expression"), "\(place).jsonPatch.expression", scope)
            )
        }
    }

    private mutating func readValidations(
        _ spec: JSONValue,
        _ scope: AdmissionExpression.PolicyScope
    ) throws(FieldCause) {
        for (index, item) in (spec["validations"]?.arrayValue ?? []).enumerated() {
            let place = "spec.validations[\(index)]"
            let program = try Self.compile(item["expression"], "\(place).expression", scope)
            var messageProgram: CELProgram?
            if let text = item["messageExpression"] {
                messageProgram = try Self.compile(text, "\(place).messageExpression", scope)
            }
            validations.append(
                .init(
                    program: program,
                    message: item["message"]?.stringValue ?? "",
                    messageProgram: messageProgram,
                    reason: item["reason"]?.stringValue ?? "Invalid"
                )
            )
        }
    }

    private static func compile(
        _ text: JSONValue?,
        _ place: String,
        _ scope: AdmissionExpression.PolicyScope?
    ) throws(FieldCause) -> CELProgram {
        guard let text = text?.stringValue, !text.isEmpty else { throw .required(place, "expression is not specified") }
        do throws(CELError) { return try AdmissionExpression.compile(text, in: scope) } catch {
            throw .invalid(place, .string(text), "compilation failed: \(error)")
        }
    }
}
