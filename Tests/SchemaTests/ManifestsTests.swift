import Schema
import Testing
import Wire

/// If these fail, what we ask people to apply is not what our own server, or a real one, would take.
@Suite struct ManifestsTests {
    @Test(arguments: Manifests.files)
    func everyDocumentIsAnObjectWithAName(file: String) throws {
        let documents = try Manifests.documents(file)
        #expect(!documents.isEmpty)
        for document in documents {
            #expect(document["apiVersion"]?.stringValue != nil)
            #expect(document["kind"]?.stringValue != nil)
            #expect(document.at("metadata", "name")?.stringValue != nil)
        }
    }

    /// By the base, on which overlays are built, and by the default, which names the files for kubectls that know no more.
    @Test func kustomizeAppliesEveryFile() throws {
        for (kustomization, prefix) in [("kustomization.yaml", ""), ("../kustomization.yaml", "base/")] {
            let listed = try Manifests.documents(kustomization)[0]["resources"]?.arrayValue
            #expect(listed == Manifests.files.map { .string(prefix + $0) })
        }
    }

    @Test func theDefinitionIsServed() throws {
        var definition = try Manifests.documents("crd.yaml")[0]
        CustomResource.applyDefaults(to: &definition)
        let resource = try CustomResource(definition)
        #expect(resource.names.plural == "task-owners")
        #expect(resource.names.shortNames == ["to"])
        #expect(resource.versions[0].selectableFields.map(\.text) == [".spec.owner"])
        let columns = resource.versions[0].table.columns
        #expect(columns.filter { $0.priority == 0 }.map(\.name) == ["Name", "OWNER", "AGE"])
        #expect(columns.filter { $0.priority == 1 }.map(\.name) == ["PHASE", "EPOCH", "ATTEMPTS"])
    }

    /// Rows of the webhook's matchCondition: ownership open or changing, or not worth a call.
    @Test(
        arguments: [
            ("CREATE", ["owner": "", "ownership": ["epoch": 0]], .null, true),
            ("UPDATE", ["owner": "", "ownership": ["epoch": 1]], ["owner": "a", "ownership": ["epoch": 0]], true),
            ("UPDATE", ["owner": "b", "ownership": ["epoch": 1]], ["owner": "a", "ownership": ["epoch": 0]], true),
            ("UPDATE", ["owner": "a", "ownership": ["epoch": 1]], ["owner": "a", "ownership": ["epoch": 0]], true),
            ("UPDATE", ["owner": "a", "ownership": ["epoch": 1]], ["owner": "a", "ownership": ["epoch": 1]], false),
            ("UPDATE", ["owner": "", "ownership": ["epoch": 1]], ["owner": "", "ownership": ["epoch": 1]], true),
        ] as [(String, JSONValue, JSONValue, Bool)]
    )
    func theWebhookIsAskedOnlyAboutOwnership(
        operation: String,
        spec: JSONValue,
        oldSpec: JSONValue,
        isAsked: Bool
    ) throws {
        let configuration = try Manifests.object("MutatingWebhookConfiguration", in: "webhook-configuration.yaml")
        let condition = try #require(configuration["webhooks"]?.arrayValue?[0]["matchConditions"]?.arrayValue?[0])
        let program = try CELProgram.compile(
            try #require(condition["expression"]?.stringValue),
            variables: ["object", "oldObject", "request", "authorizer"]
        )
        let answer = try program.test([
            "request": CELValue(["operation": .string(operation)]), "object": CELValue(["spec": spec]),
            "oldObject": CELValue(oldSpec.isNull ? .null : ["spec": oldSpec]),
        ])
        #expect(answer == isAsked)
    }

    @Test func theWebhookFailsOpenAndHasNoSideEffect() throws {
        let webhook = try #require(
            try Manifests.object("MutatingWebhookConfiguration", in: "webhook-configuration.yaml")["webhooks"]?
                .arrayValue?[0]
        )
        #expect(webhook["failurePolicy"] == "Ignore")
        #expect(webhook["timeoutSeconds"] == 2)
        #expect(webhook["sideEffects"] == "None")
        #expect(webhook["reinvocationPolicy"] == "Never")
        #expect(webhook.at("clientConfig", "service", "path") == "/mutate/task-owners")
    }

    /// A pod with local storage that is not named so keeps its node from being removed by the Cluster Autoscaler.
    @Test(arguments: ["webhook.yaml", "operator.yaml"])
    func noPodHoldsANodeForItsLocalStorage(file: String) throws {
        let pod = try Manifests.object("Deployment", in: file).at("spec", "template")
        let local = (pod?.at("spec", "volumes")?.arrayValue ?? [])
            .filter { $0["emptyDir"] != nil || $0["hostPath"] != nil }.compactMap { $0["name"]?.stringValue }
        let key = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
        let named = pod?.at("metadata", "annotations", key)?.stringValue
        #expect((named?.split(separator: ",").map(String.init) ?? []) == local)
    }

    /// Services, workloads and bindings must mean each other, or an installation silently has no members.
    @Test func selectorsAndAccountsFitTogether() throws {
        let accounts = try Manifests.documents("rbac.yaml").filter { $0["kind"] == "ServiceAccount" }
            .compactMap { $0.at("metadata", "name") }
        for file in ["webhook.yaml", "operator.yaml"] {
            let service = try Manifests.object("Service", in: file)
            let deployment = try Manifests.object("Deployment", in: file)
            let labels = deployment.at("spec", "template", "metadata", "labels")
            #expect(labels == service.at("spec", "selector"))
            #expect(labels == deployment.at("spec", "selector", "matchLabels"))
            #expect(accounts.contains(try #require(deployment.at("spec", "template", "spec", "serviceAccountName"))))
        }
    }
}
