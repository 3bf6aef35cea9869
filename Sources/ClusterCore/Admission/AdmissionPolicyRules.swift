import Schema
import Wire

/// Defaults and checks of admission policies and their bindings, as their API group defines them. What a real server
/// would run and this one cannot is refused by its name: a policy that is stored is a policy that holds.
enum AdmissionPolicyRules {
    static func applyDefaults(to object: inout JSONValue) {
        let isBinding = object["kind"]?.stringValue?.hasSuffix("Binding") ?? false
        let name = isBinding ? "matchResources" : "matchConstraints"
        if var match = object.at("spec", name) {
            for (name, value) in [
                ("matchPolicy", "Equivalent"), ("namespaceSelector", [:]), ("objectSelector", [:]),
            ] as [(String, JSONValue)] where match[name] == nil { match[name] = value }
            for list in ["resourceRules", "excludeResourceRules"] {
                guard let rules = match[list]?.arrayValue else { continue }
                match[list] = .array(
                    rules.map { rule in
                        var rule = rule
                        if rule["scope"] == nil { rule["scope"] = "*" }
                        return rule
                    }
                )
            }
            object["spec"]?[name] = match
        }
        if !isBinding, object.at("spec", "failurePolicy") == nil { object["spec"]?["failurePolicy"] = "Fail" }
    }

    static func validate(_ object: JSONValue) -> [FieldCause] {
        let spec = object["spec"] ?? [:]
        switch object["kind"]?.stringValue {
        case "ValidatingAdmissionPolicyBinding": return bindingCauses(spec, isMutating: false)
        case "MutatingAdmissionPolicyBinding": return bindingCauses(spec, isMutating: true)
        case "MutatingAdmissionPolicy": return policyCauses(spec, isMutating: true)
        default: return policyCauses(spec, isMutating: false)
        }
    }

    private static func policyCauses(_ spec: JSONValue, isMutating: Bool) -> [FieldCause] {
        var causes: [FieldCause] = []
        if (spec.at("matchConstraints", "resourceRules")?.arrayValue ?? []).isEmpty {
            causes.append(.required("spec.matchConstraints.resourceRules"))
        }
        causes += matchCauses(spec["matchConstraints"], "spec.matchConstraints")
        causes += oneOf(spec["failurePolicy"], "spec.failurePolicy", ["Fail", "Ignore"])
        for name in ["paramKind", "auditAnnotations"] where spec[name] != nil {
            causes.append(.forbidden("spec.\(name)", "this server does not support it"))
        }
        if isMutating {
            causes += oneOf(spec["reinvocationPolicy"], "spec.reinvocationPolicy", ["IfNeeded", "Never"])
        }
        let content = isMutating ? "mutations" : "validations"
        if (spec[content]?.arrayValue ?? []).isEmpty { causes.append(.required("spec.\(content)")) }
        for (index, item) in (isMutating ? [] : spec[content]?.arrayValue ?? []).enumerated() {
            guard let reason = item["reason"] else { continue }
            let known = ["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"]
            causes += oneOf(reason, "spec.validations[\(index)].reason", known)
        }
        do throws(FieldCause) { _ = try PolicyExpressions(spec, isMutating: isMutating) } catch { causes.append(error) }
        return causes
    }

    private static func bindingCauses(_ spec: JSONValue, isMutating: Bool) -> [FieldCause] {
        var causes = matchCauses(spec["matchResources"], "spec.matchResources")
        if (spec["policyName"]?.stringValue ?? "").isEmpty { causes.append(.required("spec.policyName")) }
        if spec["paramRef"] != nil { causes.append(.forbidden("spec.paramRef", "this server does not support it")) }
        guard !isMutating else { return causes }
        let actions = spec["validationActions"]?.arrayValue ?? []
        if actions.isEmpty { causes.append(.required("spec.validationActions")) }
        for (index, action) in actions.enumerated() {
            // There is no audit log here: "Audit" is lawful and without effect.
            causes += oneOf(action, "spec.validationActions[\(index)]", ["Audit", "Deny", "Warn"])
        }
        return causes
    }

    private static func matchCauses(_ match: JSONValue?, _ path: String) -> [FieldCause] {
        guard let match else { return [] }
        var causes = oneOf(match["matchPolicy"], "\(path).matchPolicy", ["Equivalent", "Exact"])
        for list in ["resourceRules", "excludeResourceRules"] {
            for (index, rule) in match.list(list).enumerated() {
                causes += AdmissionRuleRules.validate(rule, "\(path).\(list)[\(index)]")
            }
        }
        for name in ["namespaceSelector", "objectSelector"] {
            do { _ = try LabelSelector(object: match[name]) } catch {
                causes.append(.invalid("\(path).\(name)", match[name] ?? .null, error.message))
            }
        }
        return causes
    }

    private static func oneOf(_ value: JSONValue?, _ path: String, _ values: [String]) -> [FieldCause] {
        guard let text = value?.stringValue else {
            return [.required(path, "must specify one of \(values.joined(separator: ", "))")]
        }
        return values.contains(text) ? [] : [.notSupported(path, .string(text), values)]
    }
}
