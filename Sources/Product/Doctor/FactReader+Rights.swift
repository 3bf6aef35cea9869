import KubeModel
import Wire

/// Asks the API server's own authorizer, whatever it goes by.
extension FactReader {
    func allRights(_ facts: ClusterFacts) async -> [RightsFacts] {
        var all = [await ownRights(.examiner)]
        for account in await webhookAccounts(facts) {
            all.append(await rights(.webhook, of: account))
            if case .webhook = facts.certificates.keeper { all.append(await rights(.certificates, of: account)) }
        }
        for account in facts.operatorAccounts { all.append(await rights(.operators, of: account)) }
        return all
    }

    /// Of whoever installs; what this API server does not have nobody needs to be allowed.
    func installersRights(_ facts: ClusterFacts) async -> RightsFacts {
        let needless = ServerChecks.servesMutatingPolicies(facts) == false ? RightHolder.mutatingPolicies : []
        return await ownRights(.installer, without: needless)
    }

    private func ownRights(_ holder: RightHolder, without needless: [Right] = []) async -> RightsFacts {
        await ask(
            holder,
            without: needless,
            name: "whoever runs this",
            DoctorResources.authorization("selfsubjectaccessreviews"),
            kind: "SelfSubjectAccessReview",
            [:]
        )
    }

    private func rights(_ holder: RightHolder, of account: String) async -> RightsFacts {
        let user = "system:serviceaccount:\(namespace):\(account)"
        let subject: JSONValue = [
            "user": .string(user),
            "groups": [
                "system:serviceaccounts", .string("system:serviceaccounts:\(namespace)"), "system:authenticated",
            ],
        ]
        return await ask(
            holder,
            name: "ServiceAccount \(account)",
            DoctorResources.authorization("subjectaccessreviews"),
            kind: "SubjectAccessReview",
            subject
        )
    }

    private func ask(
        _ holder: RightHolder,
        without needless: [Right] = [],
        name: String,
        _ resource: GroupVersionResource,
        kind: String,
        _ subject: JSONValue
    ) async -> RightsFacts {
        var missing: [Right] = []
        for right in holder.rights where !needless.contains(right) {
            var spec = subject
            spec["resourceAttributes"] = right.attributes(namespace: namespace)
            let review: JSONValue = [
                "apiVersion": .string(resource.apiVersion), "kind": .string(kind), "spec": spec,
            ]
            switch await fact(.create(resource, namespace: "", review)) {
            case .known(let answer): if answer.at("status", "allowed") != true { missing.append(right) }
            case .absent: return RightsFacts(holder, name: name, missing: .unknown("\(resource) is not served"))
            case .unknown(let why): return RightsFacts(holder, name: name, missing: .unknown(why))
            }
        }
        return RightsFacts(holder, name: name, missing: .known(missing))
    }

    private func webhookAccounts(_ facts: ClusterFacts) async -> [String] {
        let names = await webhookPods(facts).compactMap { $0.at("spec", "serviceAccountName")?.stringValue }
        return names.isEmpty ? [DoctorResources.webhookAccount] : Array(Set(names)).sorted()
    }
}

extension Right {
    fileprivate func attributes(namespace: String) -> JSONValue {
        var attributes: JSONValue = [
            "verb": .string(verb), "group": .string(group), "resource": .string(resource), "version": "*",
        ]
        if !subresource.isEmpty { attributes["subresource"] = .string(subresource) }
        if !name.isEmpty { attributes["name"] = .string(name) }
        if isLocal { attributes["namespace"] = .string(namespace) }
        return attributes
    }
}
