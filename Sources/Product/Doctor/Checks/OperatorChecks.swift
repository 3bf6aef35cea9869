import Wire

/// Whether the operators are run so that seats are found and kept.
enum OperatorChecks {
    static func service(_ facts: ClusterFacts) -> Judgement {
        let name = "\(facts.namespace)/\(facts.service)"
        let edit = "kubectl -n \(facts.namespace) edit service \(facts.service)"
        let none = Judgement.fail(
            "there is no Service \(name): the webhook knows of no members",
            "kubectl apply -k manifests, or name the operators' Service with --service"
        )
        return facts.operatorService.judge("Service \(name)", absent: none) { service in
            if service.at("spec", "publishNotReadyAddresses") == true {
                return .fail("it has publishNotReadyAddresses: drain and crash are hidden from the webhook", edit)
            }
            guard service.at("spec", "selector")?.objectValue?.isEmpty == false else {
                return .warn("it has no selector: somebody else must keep its EndpointSlices", edit)
            }
            return .ok("\(name) names the members by its ready endpoints")
        }
    }

    static func limits(_ facts: ClusterFacts) -> Judgement {
        let none = Judgement.skipped("there are no pods to look at", "see members")
        return facts.operatorPods.judge("the operators' Pods", absent: none) { pods in
            if pods.isEmpty { return none }
            let tight = pods.filter { pod in
                (pod.at("spec", "containers")?.arrayValue ?? []).contains { $0.at("resources", "limits", "cpu") != nil }
            }
            guard !tight.isEmpty else { return .ok("no limit of CPU: nobody is throttled while it should renew") }
            return .warn(
                "a limit of CPU throttles \(few(tight.compactMap { $0.at("metadata", "name")?.stringValue })): "
                    + "renewals come late",
                "take resources.limits.cpu out; requests are enough"
            )
        }
    }

    static func flowSchema(_ facts: ClusterFacts) -> Judgement {
        let none = Judgement.warn(
            "no FlowSchema is for the operators' Leases: renewals queue behind bulk requests",
            "kubectl apply -f manifests/base/flow-control.yaml"
        )
        return facts.flowSchemas.judge("the FlowSchemas", absent: none) { schemas in
            let own = schemas.first { schema in
                (schema.at("spec", "rules")?.arrayValue ?? []).contains { isAboutSeats($0, facts) }
            }
            guard let own else { return none }
            let name = own.at("metadata", "name")?.stringValue ?? ""
            let dangling = (own.at("status", "conditions")?.arrayValue ?? []).contains {
                $0["type"]?.stringValue == "Dangling" && $0["status"]?.stringValue == "True"
            }
            guard !dangling else {
                return .warn("\(name) names a priority level that is not there", "kubectl describe flowschema \(name)")
            }
            return .ok("\(name) lets renewals pass")
        }
    }

    private static func isAboutSeats(_ rule: JSONValue, _ facts: ClusterFacts) -> Bool {
        let names = (rule["subjects"]?.arrayValue ?? []).compactMap { subject -> String? in
            guard let account = subject["serviceAccount"], account["namespace"]?.stringValue == facts.namespace else {
                return nil
            }
            return account["name"]?.stringValue
        }
        let accounts = Set(facts.operatorAccounts + ["*"])
        let leases = (rule["resourceRules"]?.arrayValue ?? []).contains {
            ($0["resources"]?.arrayValue ?? []).contains("leases")
        }
        return leases && !accounts.isDisjoint(with: names)
    }
}

extension ClusterFacts {
    /// The service accounts of the operators' pods; the one of the manifests where there are no pods.
    var operatorAccounts: [String] {
        let names = (operatorPods.value ?? []).compactMap { $0.at("spec", "serviceAccountName")?.stringValue }
        return names.isEmpty ? [DoctorResources.operatorAccount] : Array(Set(names)).sorted()
    }
}
