import KubeModel
import Wire

/// Whether the CRD is there as the protocol needs it.
enum DefinitionCheck {
    private static let remedy = "kubectl apply -f manifests/base/crd.yaml, of the release that the operators run"

    static func judge(_ facts: ClusterFacts) -> Judgement {
        facts.definition.judge(
            "the CRD",
            absent: .fail("there is no CRD \(DoctorResources.definitionName)", remedy)
        ) { definition in
            let version = GroupVersionResource.taskOwners.version
            let versions = definition.at("spec", "versions")?.arrayValue ?? []
            guard let served = versions.first(where: { $0["name"]?.stringValue == version && $0["served"] == true })
            else { return .fail("the CRD does not serve \(version)", remedy) }
            let problems = conditions(definition) + contents(served)
            return .worst(of: problems, otherwise: "\(version) is served, with selectable owner, defaults and rules")
        }
    }

    private static func conditions(_ definition: JSONValue) -> [Judgement] {
        let conditions = definition.at("status", "conditions")?.arrayValue ?? []
        return ["NamesAccepted", "Established"].compactMap { type in
            let condition = conditions.first { $0["type"]?.stringValue == type }
            guard condition?["status"]?.stringValue != "True" else { return nil }
            let why = condition?["message"]?.stringValue ?? "the API server has not said so"
            return .fail("the CRD is not \(type): \(why)", "kubectl describe crd \(DoctorResources.definitionName)")
        }
    }

    private static func contents(_ version: JSONValue) -> [Judgement] {
        var problems: [Judgement] = []
        func due(_ holds: Bool, _ text: String) { if !holds { problems.append(.fail("the CRD has \(text)", remedy)) } }
        let selectable = (version["selectableFields"]?.arrayValue ?? []).map { $0["jsonPath"]?.stringValue }
        due(selectable.contains(".spec.owner"), "no selectable field .spec.owner: operators cannot watch their tasks")
        due(
            version.at("subresources", "status") != nil,
            "no status subresource: whoever may edit tasks may write their status"
        )
        let properties = version.at("schema", "openAPIV3Schema", "properties")
        let spec = properties?["spec"]
        due(
            spec?.at("default", "owner") == "" && spec?.at("default", "ownership", "epoch") == 0,
            "no default of spec.owner and spec.ownership: the patches of owners test them"
        )
        due(
            properties?.at("status", "default", "fence") == "",
            "no default of status.fence: the first write of an owner tests it"
        )
        due(
            (spec?["x-kubernetes-validations"]?.arrayValue ?? []).count >= 4,
            "not the rules that keep ownership lawful (x-kubernetes-validations)"
        )
        return problems
    }
}
