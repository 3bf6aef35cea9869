import Schema
import Wire

/// Checks of a Pod's spec, alone or in a template: those that catch what people write wrong. What its types say, among
/// them which words are lawful where, is in `GoTypes`.
enum PodRules {
    static func validate(_ spec: JSONValue, _ path: String) -> [FieldCause] {
        let volumes = spec.list("volumes")
        var causes = self.volumes(volumes, "\(path).volumes")
        let containers = spec.list("containers")
        if containers.isEmpty { causes.append(.required("\(path).containers")) }
        for name in ["containers", "initContainers"] {
            let list = spec.list(name)
            for (index, container) in list.enumerated() {
                let place = "\(path).\(name)[\(index)]"
                causes += ContainerRules.validate(container, place, volumes: volumes.map { $0.text("name") })
            }
            causes += FieldRules.unique(list, by: "name", "\(path).\(name)")
        }
        causes += FieldRules.nonNegative(spec, ["terminationGracePeriodSeconds"], path)
        let account = spec.text("serviceAccountName")
        if !account.isEmpty, let objection = NameRule.subdomain.objection(to: account) {
            causes.append(.invalid("\(path).serviceAccountName", .string(account), objection))
        }
        causes += FieldRules.labels(spec["nodeSelector"], "\(path).nodeSelector")
        causes += ContainerRules.ids(spec["securityContext"] ?? [:], "\(path).securityContext")
        for (index, constraint) in spec.list("topologySpreadConstraints").enumerated() {
            causes += spread(constraint, "\(path).topologySpreadConstraints[\(index)]")
        }
        return causes + affinity(spec["affinity"] ?? [:], "\(path).affinity")
    }

    private static func spread(_ constraint: JSONValue, _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        let skew = constraint["maxSkew"] ?? 0
        if (skew.integerValue ?? 0) <= 0 {
            causes.append(.invalid("\(path).maxSkew", skew, "must be greater than zero"))
        }
        if constraint.text("topologyKey").isEmpty {
            causes.append(.required("\(path).topologyKey", "can not be empty"))
        }
        if constraint.text("whenUnsatisfiable").isEmpty {
            let known = ["DoNotSchedule", "ScheduleAnyway"]
            causes.append(.notSupported("\(path).whenUnsatisfiable", "", known))
        }
        return causes + FieldRules.selector(constraint["labelSelector"] ?? [:], "\(path).labelSelector")
    }

    private static func affinity(_ affinity: JSONValue, _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        for name in ["podAffinity", "podAntiAffinity"] {
            let needed = "requiredDuringSchedulingIgnoredDuringExecution"
            for (index, term) in (affinity[name] ?? [:]).list(needed).enumerated() {
                causes += self.term(term, "\(path).\(name).\(needed)[\(index)]")
            }
            let wished = "preferredDuringSchedulingIgnoredDuringExecution"
            for (index, item) in (affinity[name] ?? [:]).list(wished).enumerated() {
                let place = "\(path).\(name).\(wished)[\(index)]"
                let weight = item["weight"] ?? 0
                if !(1...100).contains(weight.integerValue ?? 0) {
                    causes.append(.invalid("\(place).weight", weight, "must be in the range 1-100"))
                }
                causes += term(item["podAffinityTerm"] ?? [:], "\(place).podAffinityTerm")
            }
        }
        return causes
    }

    private static func term(_ term: JSONValue, _ path: String) -> [FieldCause] {
        let key: [FieldCause] =
            term.text("topologyKey").isEmpty ? [.required("\(path).topologyKey", "can not be empty")] : []
        return FieldRules.selector(term["labelSelector"] ?? [:], "\(path).labelSelector") + key
    }

    // MARK: - Volumes

    private static func volumes(_ volumes: [JSONValue], _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        for (index, volume) in volumes.enumerated() {
            let place = "\(path)[\(index)]"
            causes += FieldRules.label(volume.text("name"), "\(place).name")
            // Every member but the name is a source.
            let sources = (volume.objectValue?.names ?? []).filter { $0 != "name" }
            if sources.isEmpty { causes.append(.required(place, "must specify a volume type")) }
            for source in sources.dropFirst() {
                causes.append(.forbidden("\(place).\(source)", "may not specify more than 1 volume type"))
            }
            if let secret = volume["secret"], secret.text("secretName").isEmpty {
                causes.append(.required("\(place).secret.secretName"))
            }
            for source in ["secret", "configMap", "projected", "downwardAPI"] {
                guard let mode = volume[source]?["defaultMode"], !(0...0o777).contains(mode.integerValue ?? -1) else {
                    continue
                }
                let why = "must be a number between 0 and 0777 (octal), both inclusive"
                causes.append(.invalid("\(place).\(source).defaultMode", mode, why))
            }
            if let map = volume["configMap"], map.text("name").isEmpty {
                causes.append(.required("\(place).configMap.name"))
            }
        }
        return causes + FieldRules.unique(volumes, by: "name", path)
    }
}
