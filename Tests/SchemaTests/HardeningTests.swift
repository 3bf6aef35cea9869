import Schema
import Testing
import Wire

/// What the manifests promise beside working: if these fail, an installation is less safe than docs/security.md and
/// docs/operations.md say.
@Suite struct HardeningTests {
    private static let workloads = ["webhook.yaml", "operator.yaml"]

    private func strings(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }

    @Test(arguments: workloads)
    func podsMeetTheRestrictedStandard(file: String) throws {
        let pod = try #require(try Manifests.object("Deployment", in: file).at("spec", "template", "spec"))
        #expect(pod.at("securityContext", "runAsNonRoot") == true)
        #expect((pod.at("securityContext", "runAsUser")?.integerValue ?? 0) > 0)
        #expect(pod.at("securityContext", "seccompProfile", "type") == "RuntimeDefault")
        for container in pod["containers"]?.arrayValue ?? [] {
            #expect(
                container["securityContext"] == [
                    "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                    "capabilities": ["drop": ["ALL"]],
                ]
            )
        }
        let namespace = try Manifests.object("Namespace", in: "namespace.yaml")
        #expect(namespace.at("metadata", "labels", "pod-security.kubernetes.io/enforce") == "restricted")
    }

    /// A throttled pod renews late.
    @Test(arguments: workloads)
    func thereAreRequestsAndNoCPULimit(file: String) throws {
        let pod = try #require(try Manifests.object("Deployment", in: file).at("spec", "template", "spec"))
        let container = try #require(pod["containers"]?.arrayValue?.first)
        #expect(container.at("resources", "requests", "cpu") != nil)
        #expect(container.at("resources", "requests", "memory") != nil)
        #expect(container.at("resources", "limits", "cpu") == nil)
        #expect(container["readinessProbe"] != nil && container["livenessProbe"] != nil)
    }

    @Test(arguments: workloads)
    func replicasAreSpreadAndDrainedOneAtATime(file: String) throws {
        let deployment = try Manifests.object("Deployment", in: file)
        let selector = deployment.at("spec", "selector")
        #expect((deployment.at("spec", "replicas")?.integerValue ?? 0) > 1)
        let spread = deployment.at("spec", "template", "spec", "topologySpreadConstraints")?.arrayValue ?? []
        #expect(spread.map { $0["topologyKey"] } == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"])
        for constraint in spread {
            #expect(constraint["labelSelector"] == selector)
            #expect(constraint["whenUnsatisfiable"] == "ScheduleAnyway", "a cluster of one node must run them too")
        }
        let budget = try Manifests.object("PodDisruptionBudget", in: file)
        #expect(budget.at("spec", "selector") == selector)
        #expect(budget.at("spec", "maxUnavailable") == 1)
    }

    /// Each policy is about the pods of one workload and opens the ports that it listens on, no other.
    @Test(arguments: workloads)
    func onlyThePortsInUseAreOpen(file: String) throws {
        let deployment = try Manifests.object("Deployment", in: file)
        let policies = try Manifests.documents("network-policies.yaml")
        let policy = try #require(policies.first { $0.at("spec", "podSelector") == deployment.at("spec", "selector") })
        #expect(policy.at("spec", "policyTypes") == ["Ingress", "Egress"])
        let container = deployment.at("spec", "template", "spec", "containers")?.arrayValue?.first
        let listened = (container?["ports"]?.arrayValue ?? []).map { $0["containerPort"] }
        let ingress = policy.at("spec", "ingress")?.arrayValue ?? []
        #expect(ingress.flatMap { $0["ports"]?.arrayValue ?? [] }.map { $0["port"] } == listened)
        let egress = (policy.at("spec", "egress")?.arrayValue ?? []).flatMap { $0["ports"]?.arrayValue ?? [] }
        #expect(Set(egress.compactMap { $0["port"]?.integerValue }) == [53, 443, 6443])
    }

    @Test func neitherTheSystemsNamespaceNorItsOwnWaitsForTheWebhook() throws {
        let configuration = try Manifests.object("MutatingWebhookConfiguration", in: "webhook-configuration.yaml")
        let webhook = try #require(configuration["webhooks"]?.arrayValue?.first)
        let requirements = webhook.at("namespaceSelector", "matchExpressions")?.arrayValue ?? []
        #expect(requirements.map { $0["key"] } == ["kubernetes.io/metadata.name"])
        #expect(requirements.first?["operator"] == "NotIn")
        let own = try Manifests.object("Namespace", in: "namespace.yaml").at("metadata", "name")?.stringValue ?? ""
        #expect(strings(requirements.first?["values"]) == ["kube-system", own])
    }

    /// Renewals and task writes never queue in one level, and nothing is listed that the operators may not do.
    @Test func renewalsHaveALevelThatTaskWritesCannotFill() throws {
        let objects = try Manifests.documents("flow-control.yaml")
        let schemas = objects.filter { $0["kind"] == "FlowSchema" }
        var levels: [String: JSONValue] = [:]
        for schema in schemas {
            let rule = try #require(schema.at("spec", "rules")?.arrayValue?.first)
            let account = rule["subjects"]?.arrayValue?.first?["serviceAccount"]
            #expect(account == ["name": "leaderless-operator", "namespace": "workclaim"])
            let resources = try #require(rule["resourceRules"]?.arrayValue?.first)
            levels[strings(resources["resources"]).first ?? ""] = schema.at(
                "spec",
                "priorityLevelConfiguration",
                "name"
            )
            let group = try #require(strings(resources["apiGroups"]).first)
            let roles = try Manifests.documents("rbac.yaml").filter {
                $0.at("metadata", "name") == "leaderless-operator"
            }
            let granted = roles.flatMap { $0["rules"]?.arrayValue ?? [] }
                .filter { strings($0["apiGroups"]) == [group] }.flatMap { strings($0["verbs"]) }
            #expect(Set(strings(resources["verbs"])).isSubset(of: granted))
        }
        #expect(levels == ["leases": "leader-election", "task-owners": "workclaim-tasks"])
        let own = try #require(objects.first { $0["kind"] == "PriorityLevelConfiguration" })
        #expect(own.at("metadata", "name") == "workclaim-tasks")
        #expect(own.at("spec", "limited", "limitResponse", "type") == "Queue")
    }

    /// Applying again must not take away what the webhook keeps there.
    @Test func theCertificatesSecretIsThereWithoutData() throws {
        let secret = try Manifests.object("Secret", in: "webhook.yaml")
        #expect(secret["data"] == nil && secret["stringData"] == nil)
        let arguments = try Manifests.object("Deployment", in: "webhook.yaml")
            .at("spec", "template", "spec", "containers")?.arrayValue?.first?["args"]
        let name = secret.at("metadata", "name")?.stringValue ?? ""
        #expect(strings(arguments).contains("--cert-secret=\(name)"))
        let configuration = try Manifests.object("MutatingWebhookConfiguration", in: "webhook-configuration.yaml")
        let configured = configuration.at("metadata", "name")?.stringValue ?? ""
        #expect(strings(arguments).contains("--webhook-configuration=\(configured)"))
        let named = try Manifests.documents("rbac.yaml").flatMap { $0["rules"]?.arrayValue ?? [] }
            .flatMap { strings($0["resourceNames"]) }
        #expect(named == [name, configured])
    }
}
