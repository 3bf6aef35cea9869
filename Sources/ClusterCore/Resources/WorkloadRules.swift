import Schema
import Wire

/// Checks of what makes Pods: Deployments, ReplicaSets and StatefulSets.
enum WorkloadRules {
    static func validate(_ object: JSONValue, old: JSONValue?) -> [FieldCause] {
        let kind = object.text("kind")
        let spec = object["spec"] ?? [:]
        var causes = FieldRules.nonNegative(
            spec,
            ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"],
            "spec"
        )
        causes += selector(spec["selector"], kind)
        causes += template(spec["template"] ?? [:], spec["selector"])
        switch kind {
        case "Deployment":
            causes += strategy(spec["strategy"] ?? [:])
            let patience = spec["progressDeadlineSeconds"]?.integerValue ?? .max
            if patience >= 0, patience <= spec["minReadySeconds"]?.integerValue ?? 0 {
                let why = "must be greater than minReadySeconds"
                causes.append(.invalid("spec.progressDeadlineSeconds", .integer(patience), why))
            }
        case "StatefulSet": causes += statefulSet(spec, old: old?["spec"])
        default: break
        }
        guard kind != "StatefulSet" else { return causes }
        return causes + FieldRules.immutable(spec, old: old?["spec"], "selector", "spec.selector")
    }

    private static func selector(_ selector: JSONValue?, _ kind: String) -> [FieldCause] {
        guard let selector else { return [.required("spec.selector")] }
        var causes = FieldRules.selector(selector, "spec.selector")
        let isEmpty =
            selector.list("matchExpressions").isEmpty && (selector["matchLabels"]?.objectValue?.isEmpty ?? true)
        if isEmpty {
            let name = kind == "StatefulSet" ? "statefulset" : "deployment"
            causes.append(.invalid("spec.selector", selector, "empty selector is invalid for \(name)"))
        }
        return causes
    }

    private static func template(_ template: JSONValue, _ selector: JSONValue?) -> [FieldCause] {
        var causes: [FieldCause] = []
        let labels = template["metadata"]?["labels"]
        if let selector, let parsed = try? LabelSelector(object: selector), !parsed.matches(labels) {
            let why = "`selector` does not match template `labels`"
            causes.append(.invalid("spec.template.metadata.labels", labels ?? .null, why))
        }
        causes += FieldRules.labels(labels, "spec.template.metadata.labels")
        let spec = template["spec"] ?? [:]
        causes += PodRules.validate(spec, "spec.template.spec")
        if let policy = spec["restartPolicy"], policy != "Always" {
            causes.append(.notSupported("spec.template.spec.restartPolicy", policy, ["Always"]))
        }
        if spec["activeDeadlineSeconds"] != nil {
            let why = "activeDeadlineSeconds in ReplicaSet is not Supported"
            causes.append(.forbidden("spec.template.spec.activeDeadlineSeconds", why))
        }
        return causes
    }

    private static func strategy(_ strategy: JSONValue) -> [FieldCause] {
        guard let pace = strategy["rollingUpdate"] else { return [] }
        guard strategy["type"] != "Recreate" else {
            let why = "may not be specified when strategy `type` is 'Recreate'"
            return [.forbidden("spec.strategy.rollingUpdate", why)]
        }
        let path = "spec.strategy.rollingUpdate"
        var causes: [FieldCause] = []
        for name in ["maxUnavailable", "maxSurge"] {
            if let value = pace[name] { causes += FieldRules.count(value, "\(path).\(name)") }
        }
        let none: [JSONValue] = [0, "0%"]
        if let unavailable = pace["maxUnavailable"], none.contains(unavailable), none.contains(pace["maxSurge"] ?? 0) {
            causes.append(.invalid("\(path).maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0"))
        }
        return causes
    }

    private static func statefulSet(_ spec: JSONValue, old: JSONValue?) -> [FieldCause] {
        var causes: [FieldCause] = []
        let management = spec["podManagementPolicy"] ?? "", update = spec["updateStrategy"]?["type"] ?? ""
        if management != "OrderedReady", management != "Parallel" {
            let why = "must be 'OrderedReady' or 'Parallel'"
            causes.append(.invalid("spec.podManagementPolicy", management, why))
        }
        if update != "RollingUpdate", update != "OnDelete" {
            causes.append(.invalid("spec.updateStrategy", spec["updateStrategy"] ?? [:], updateText))
        }
        let rolling = spec["updateStrategy"]?["rollingUpdate"] ?? [:]
        causes += FieldRules.nonNegative(rolling, ["partition"], "spec.updateStrategy.rollingUpdate")
        if let old {
            let isSame = Set(spec.objectValue?.names ?? []).union(old.objectValue?.names ?? [])
                .subtracting(changeable).allSatisfy { spec[$0] == old[$0] }
            if !isSame { causes.append(.forbidden("spec", fixedText)) }
        }
        return causes
    }

    private static let updateText = "must be 'RollingUpdate' or 'OnDelete'"
    private static let changeable = [
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    ]
    private static let fixedText = """
        updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
        'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden
        """
}
