import ClusterCore
import Testing
import Wire

/// What CustomResourceDefinitions make of the server.
@Suite struct DefinitionTests {
    /// TaskOwner in two versions, v1 stored.
    private var twoVersions: JSONValue {
        var definition = TaskOwners.definition
        let old = definition["spec"]?["versions"]?.arrayValue?.first ?? [:]
        var stored = old
        stored["name"] = "v1"
        var served = old
        served["storage"] = false
        served["deprecated"] = true
        definition["spec"]?["versions"] = [stored, served]
        return definition
    }

    @Test func conditionsComeWithTheDefinition() {
        var cluster = TestCluster()
        let created = cluster.send("POST", TaskOwners.definitions, TaskOwners.definition)
        let types = (created["status", "conditions"]?.arrayValue ?? []).map { $0["type"] }
        #expect(types == ["NamesAccepted", "Established"])
        #expect(created["status", "storedVersions"] == ["v1beta1"])
    }

    @Test func everyVersionServesTheSameObjects() {
        var cluster = TaskOwners.cluster(definition: twoVersions)
        let newer = "/apis/future.ideas.protosam/v1/namespaces/demo/task-owners"
        let watch = cluster.start("GET", newer + "?watch=1")
        let created = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(created["apiVersion"] == "future.ideas.protosam/v1beta1")
        #expect(created.warnings.count == 1, "the version is deprecated")
        let read = cluster.send("GET", newer + "/t1")
        #expect(read["apiVersion"] == "future.ideas.protosam/v1")
        #expect(read.resourceVersion == created.resourceVersion)
        #expect(cluster.take(watch).first?.value(at: ["object", "apiVersion"]) == "future.ideas.protosam/v1")
    }

    @Test(arguments: [("Equivalent", 1), ("Exact", 0)])
    func webhookIsAskedInTheVersionItsRulesName(policy: String, calls: Int) {
        var cluster = TaskOwners.cluster(definition: twoVersions)
        cluster.send(
            "POST",
            Hooks.path,
            Hooks.configuration {
                $0["matchPolicy"] = .string(policy)
                $0["rules"] = [
                    [
                        "apiGroups": ["future.ideas.protosam"], "apiVersions": ["v1"], "operations": ["CREATE"],
                        "resources": ["task-owners"],
                    ]
                ]
            }
        )
        cluster.webhook = { Hooks.allow($0) }
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        #expect(cluster.calls.count == calls)
        guard let call = cluster.calls.first else { return }
        #expect(Hooks.request(call).value(at: ["kind", "version"]) == "v1")
        #expect(Hooks.request(call).value(at: ["requestKind", "version"]) == "v1beta1")
        #expect(Hooks.request(call).value(at: ["object", "apiVersion"]) == "future.ideas.protosam/v1")
    }

    @Test func wrongDefinitionIsRefusedWithItsCauses() {
        var cluster = TestCluster()
        var definition = TaskOwners.definition
        definition["metadata"]?["name"] = "other.future.ideas.protosam"
        let answer = cluster.send("POST", TaskOwners.definitions, definition)
        #expect(answer.status == 422)
        #expect(answer.message.contains("must be spec.names.plural"), "\(answer.message)")
        #expect(cluster.send("GET", TaskOwners.all).status == 404)
    }
}
