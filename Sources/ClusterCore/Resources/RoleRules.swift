import Schema
import Wire

/// Defaults and checks of rbac.authorization.k8s.io.
enum RoleRules {
    private static let group = "rbac.authorization.k8s.io"

    static func applyDefaults(to object: inout JSONValue) {
        if let reference = object["roleRef"], reference.text("apiGroup").isEmpty {
            object["roleRef"]?["apiGroup"] = .string(group)
        }
        guard let subjects = object["subjects"]?.arrayValue else { return }
        object["subjects"] = .array(
            subjects.map { subject in
                var subject = subject
                if ["User", "Group"].contains(subject.text("kind")), subject.text("apiGroup").isEmpty {
                    subject["apiGroup"] = .string(group)
                }
                return subject
            }
        )
    }

    static func role(_ object: JSONValue) -> [FieldCause] {
        let isNamespaced = object["kind"] == "Role"
        return object.list("rules").enumerated().flatMap { rule($1, "rules[\($0)]", isNamespaced: isNamespaced) }
    }

    private static func rule(_ rule: JSONValue, _ path: String, isNamespaced: Bool) -> [FieldCause] {
        var causes: [FieldCause] = []
        if rule.list("verbs").isEmpty {
            causes.append(.required("\(path).verbs", "verbs must contain at least one value"))
        }
        let urls = rule.list("nonResourceURLs")
        guard urls.isEmpty else {
            func refuse(_ why: String) { causes.append(.invalid("\(path).nonResourceURLs", .array(urls), why)) }
            if isNamespaced { refuse("namespaced rules cannot apply to non-resource URLs") }
            if ["apiGroups", "resources", "resourceNames"].contains(where: { !rule.list($0).isEmpty }) {
                refuse("rules cannot apply to both regular resources and non-resource URLs")
            }
            return causes
        }
        for (name, why) in [
            ("apiGroups", "resource rules must supply at least one api group"),
            ("resources", "resource rules must supply at least one resource"),
        ] where rule.list(name).isEmpty { causes.append(.required("\(path).\(name)", why)) }
        return causes
    }

    static func binding(_ object: JSONValue, old: JSONValue?) -> [FieldCause] {
        let isNamespaced = object["kind"] == "RoleBinding"
        let reference = object["roleRef"] ?? [:]
        var causes: [FieldCause] = []
        if reference.text("apiGroup") != group {
            causes.append(.notSupported("roleRef.apiGroup", .string(reference.text("apiGroup")), [group]))
        }
        let kinds = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]
        if !kinds.contains(reference.text("kind")) {
            causes.append(.notSupported("roleRef.kind", .string(reference.text("kind")), kinds))
        }
        if reference.text("name").isEmpty { causes.append(.required("roleRef.name")) }
        for (index, subject) in object.list("subjects").enumerated() {
            causes += self.subject(subject, "subjects[\(index)]", isNamespaced: isNamespaced)
        }
        if let old, old["roleRef"] != object["roleRef"] {
            causes.append(.invalid("roleRef", reference, "cannot change roleRef"))
        }
        return causes
    }

    private static func subject(_ subject: JSONValue, _ path: String, isNamespaced: Bool) -> [FieldCause] {
        var causes: [FieldCause] = []
        let name = subject.text("name")
        if name.isEmpty { causes.append(.required("\(path).name")) }
        let apiGroup: String
        switch subject.text("kind") {
        case "ServiceAccount":
            apiGroup = ""
            if !name.isEmpty, let objection = NameRule.subdomain.objection(to: name) {
                causes.append(.invalid("\(path).name", .string(name), objection))
            }
            if !isNamespaced, subject.text("namespace").isEmpty { causes.append(.required("\(path).namespace")) }
        case "User", "Group": apiGroup = group
        case let kind:
            return causes + [.notSupported("\(path).kind", .string(kind), ["ServiceAccount", "User", "Group"])]
        }
        if subject.text("apiGroup") != apiGroup {
            causes.append(.notSupported("\(path).apiGroup", .string(subject.text("apiGroup")), [apiGroup]))
        }
        return causes
    }
}
