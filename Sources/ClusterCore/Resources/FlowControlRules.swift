import Schema
import Wire

/// Defaults and checks of flowcontrol.apiserver.k8s.io. They are kept for clients that install them: requests are all served
/// at once here, without levels.
enum FlowControlRules {
    static func applyDefaults(to object: inout JSONValue) {
        guard var spec = object["spec"], spec.objectValue != nil else { return }
        if object["kind"] == "FlowSchema" {
            if spec["matchingPrecedence"] == nil { spec["matchingPrecedence"] = 1000 }
        } else if var limited = spec["limited"], limited.objectValue != nil {
            fill(&limited, [("nominalConcurrencyShares", 30), ("lendablePercent", 0)])
            if var queuing = limited.at("limitResponse", "queuing") {
                fill(&queuing, [("queues", 64), ("handSize", 8), ("queueLengthLimit", 50)])
                limited["limitResponse"]?["queuing"] = queuing
            }
            spec["limited"] = limited
        }
        object["spec"] = spec
    }

    private static func fill(_ value: inout JSONValue, _ defaults: [(String, JSONValue)]) {
        for (name, standard) in defaults where value[name] == nil { value[name] = standard }
    }

    static func validate(_ object: JSONValue) -> [FieldCause] {
        let spec = object["spec"] ?? [:]
        return object["kind"] == "FlowSchema" ? flowSchema(spec) : level(spec)
    }

    // MARK: - PriorityLevelConfiguration

    private static func level(_ spec: JSONValue) -> [FieldCause] {
        switch spec["type"] {
        case "Exempt": return []
        case "Limited":
            guard let limited = spec["limited"] else {
                return [.required("spec.limited", "must not be empty when type is Limited")]
            }
            return self.limited(limited)
        default: return [.notSupported("spec.type", spec["type"] ?? "", ["Exempt", "Limited"])]
        }
    }

    private static func limited(_ limited: JSONValue) -> [FieldCause] {
        var causes: [FieldCause] = []
        if let shares = limited["nominalConcurrencyShares"], (shares.integerValue ?? -1) < 0 {
            causes.append(.invalid("spec.limited.nominalConcurrencyShares", shares, "must be a non-negative integer"))
        }
        causes += response(limited["limitResponse"] ?? [:], "spec.limited.limitResponse")
        if let lendable = limited["lendablePercent"], !(0...100).contains(lendable.integerValue ?? -1) {
            causes.append(.invalid("spec.limited.lendablePercent", lendable, "must be between 0 and 100, inclusive"))
        }
        if let borrowing = limited["borrowingLimitPercent"], (borrowing.integerValue ?? -1) < 0 {
            let why = "if specified, must be a non-negative integer"
            causes.append(.invalid("spec.limited.borrowingLimitPercent", borrowing, why))
        }
        return causes
    }

    private static func response(_ response: JSONValue, _ path: String) -> [FieldCause] {
        let queuing = response["queuing"]
        switch response["type"] {
        case "Reject":
            let why = "must be nil if limited.limitResponse.type is not Limited"
            return queuing == nil ? [] : [.forbidden("\(path).queuing", why)]
        case "Queue":
            guard let queuing else {
                return [.required("\(path).queuing", "must not be empty if limited.limitResponse.type is Limited")]
            }
            var causes: [FieldCause] = []
            for name in ["queueLengthLimit", "queues", "handSize"] {
                guard let value = queuing[name], (value.integerValue ?? 0) <= 0 else { continue }
                causes.append(.invalid("\(path).queuing.\(name)", value, "must be positive"))
            }
            if let hand = queuing["handSize"], let queues = queuing["queues"]?.integerValue,
                (hand.integerValue ?? 0) > queues
            {
                causes.append(
                    .invalid("\(path).queuing.handSize", hand, "should not be greater than queues (\(queues))")
                )
            }
            return causes
        default: return [.notSupported("\(path).type", response["type"] ?? "", ["Queue", "Reject"])]
        }
    }

    // MARK: - FlowSchema

    private static func flowSchema(_ spec: JSONValue) -> [FieldCause] {
        var causes: [FieldCause] = []
        if let precedence = spec["matchingPrecedence"], !(1...10_000).contains(precedence.integerValue ?? 0) {
            let why = (precedence.integerValue ?? 0) > 0 ? "must not be greater than 10000" : "must be a positive value"
            causes.append(.invalid("spec.matchingPrecedence", precedence, why))
        }
        let methods = ["ByNamespace", "ByUser"]
        if let method = spec["distinguisherMethod"], !methods.contains(method["type"]?.stringValue ?? "") {
            causes.append(.notSupported("spec.distinguisherMethod.type", method["type"] ?? "", methods))
        }
        if (spec.at("priorityLevelConfiguration", "name")?.stringValue ?? "").isEmpty {
            causes.append(.required("spec.priorityLevelConfiguration.name", "must reference a priority level"))
        }
        for (index, rule) in (spec["rules"]?.arrayValue ?? []).enumerated() {
            causes += self.rule(rule, "spec.rules[\(index)]")
        }
        return causes
    }

    private static func rule(_ rule: JSONValue, _ path: String) -> [FieldCause] {
        func list(_ value: JSONValue, _ name: String) -> [JSONValue] { value[name]?.arrayValue ?? [] }
        var causes: [FieldCause] = []
        if list(rule, "subjects").isEmpty {
            causes.append(.required("\(path).subjects", "subjects must contain at least one value"))
        }
        for (index, subject) in list(rule, "subjects").enumerated() {
            causes += self.subject(subject, "\(path).subjects[\(index)]")
        }
        if list(rule, "resourceRules").isEmpty, list(rule, "nonResourceRules").isEmpty {
            let why = "at least one of resourceRules and nonResourceRules has to be non-empty"
            causes.append(.required(path, why))
        }
        for (index, resource) in list(rule, "resourceRules").enumerated() {
            let place = "\(path).resourceRules[\(index)]"
            for (name, why) in [
                ("verbs", "verbs must contain at least one value"),
                ("apiGroups", "resource rules must supply at least one api group"),
                ("resources", "resource rules must supply at least one resource"),
            ] where list(resource, name).isEmpty { causes.append(.required("\(place).\(name)", why)) }
            if list(resource, "namespaces").isEmpty, resource["clusterScope"] != true {
                let why = "resource rules that are not cluster scoped must supply at least one namespace"
                causes.append(.required("\(place).namespaces", why))
            }
        }
        return causes
    }

    private static func subject(_ subject: JSONValue, _ path: String) -> [FieldCause] {
        let fields = ["Group": "group", "ServiceAccount": "serviceAccount", "User": "user"]
        let kind = subject["kind"]?.stringValue ?? ""
        guard let field = fields[kind] else {
            return [.notSupported("\(path).kind", .string(kind), fields.keys.sorted())]
        }
        guard let value = subject[field] else {
            return [.required("\(path).\(field)", "\(field) is required when subject kind is '\(kind)'")]
        }
        let names = kind == "ServiceAccount" ? ["name", "namespace"] : ["name"]
        return names.filter { (value[$0]?.stringValue ?? "").isEmpty }.map { .required("\(path).\(field).\($0)") }
    }
}
