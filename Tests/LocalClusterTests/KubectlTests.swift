import LocalCluster
import Testing

/// Real kubectls, old and new, against the cluster over TLS.
@Suite(.serialized, .enabled(if: !Tool.kubectls.isEmpty, "this machine has no kubectl")) struct KubectlTests {
    @Test(arguments: Tool.kubectls)
    func seedManifestIsAppliedShownAndDeleted(kubectl: Tool) async throws {
        let cluster = try RunningCluster()
        await cluster.kubectl(kubectl, "apply", "-f", "-", input: Manifests.definition)
        await cluster.kubectl(
            kubectl,
            "wait",
            "--for=condition=established",
            "crd/task-owners.future.ideas.protosam",
            "--timeout=10s"
        )
        let applied = await cluster.kubectl(kubectl, "apply", "-f", "-", input: Manifests.task("mytaskname-1"))
        #expect(applied.text.contains("taskowner.future.ideas.protosam/mytaskname-1 created"), "\(applied.text)")
        let again = await cluster.kubectl(kubectl, "apply", "-f", "-", input: Manifests.task("mytaskname-1"))
        #expect(again.text.contains("unchanged"), "\(again.text)")
        let table = await cluster.kubectl(kubectl, "get", "task-owners")
        #expect(table.lines.first?.split(separator: " ") == ["NAME", "OWNER", "AGE"])
        #expect(table.lines.count == 2)
        let wide = await cluster.kubectl(kubectl, "get", "task-owners", "-o", "wide")
        #expect(wide.lines.first?.split(separator: " ") == ["NAME", "OWNER", "AGE", "PHASE"])
        let yaml = await cluster.kubectl(kubectl, "get", "task-owner", "mytaskname-1", "-o", "yaml")
        #expect(yaml.text.contains("epoch: 0"), "\(yaml.text)")
        let json = await cluster.kubectl(kubectl, "get", "task-owner", "mytaskname-1", "-o", "jsonpath={.kind}")
        #expect(json.text == "TaskOwner")
        let deleted = await cluster.kubectl(kubectl, "delete", "task-owner", "mytaskname-1")
        #expect(deleted.text.contains("deleted"))
        let gone = await kubectl.run(["get", "task-owner", "mytaskname-1"], environment: cluster.environment())
        #expect(gone.code == 1)
        #expect(
            gone.text.contains(
                #"Error from server (NotFound): task-owners.future.ideas.protosam "mytaskname-1" not found"#
            )
        )
    }

    @Test(arguments: Tool.kubectls)
    func labelsAnnotationsPatchesAndSelectors(kubectl: Tool) async throws {
        let cluster = try RunningCluster()
        await cluster.kubectl(kubectl, "apply", "-f", "-", input: Manifests.definition)
        for name in ["t1", "t2"] { await cluster.kubectl(kubectl, "create", "-f", "-", input: Manifests.task(name)) }
        await cluster.kubectl(kubectl, "label", "task-owner", "t1", "team=a")
        await cluster.kubectl(kubectl, "annotate", "task-owner", "t1", "example.com/note=hello")
        await cluster.kubectl(
            kubectl,
            "patch",
            "task-owner",
            "t1",
            "--type=merge",
            "-p",
            #"{"spec":{"owner":"op-1","ownership":{"epoch":1}}}"#
        )
        await cluster.kubectl(
            kubectl,
            "patch",
            "task-owner",
            "t2",
            "--type=json",
            "-p",
            #"[{"op":"test","path":"/spec/owner","value":""},{"op":"add","path":"/spec/payload","value":{"a":1}}]"#
        )
        let labelled = await cluster.kubectl(kubectl, "get", "task-owners", "-l", "team in (a,b)", "-o", "name")
        #expect(labelled.lines == ["taskowner.future.ideas.protosam/t1"])
        let owned = await cluster.kubectl(
            kubectl,
            "get",
            "task-owners",
            "--field-selector",
            "spec.owner=op-1",
            "-o",
            "name"
        )
        #expect(owned.lines == ["taskowner.future.ideas.protosam/t1"])
        let unowned = await cluster.kubectl(
            kubectl,
            "get",
            "task-owners",
            "--field-selector",
            "spec.owner=",
            "-o",
            "name"
        )
        #expect(unowned.lines == ["taskowner.future.ideas.protosam/t2"])
        let refused = await kubectl.run(
            ["patch", "task-owner", "t1", "--type=merge", "-p", #"{"spec":{"owner":"thief"}}"#],
            environment: cluster.environment()
        )
        #expect(refused.code == 1)
        #expect(
            refused.text.contains("a change of spec.owner must raise spec.ownership.epoch by one"),
            "\(refused.text)"
        )
    }

    @Test(arguments: Tool.kubectls)
    func builtInTypesAreAppliedAndReappliedWithStrategicMerge(kubectl: Tool) async throws {
        let cluster = try RunningCluster()
        await cluster.kubectl(kubectl, "create", "namespace", "demo")
        await cluster.kubectl(kubectl, "apply", "-n", "demo", "-f", "-", input: Manifests.deployment)
        let changed = Manifests.deployment.replacing("example.com/b:1", with: "example.com/b:2")
        let applied = await cluster.kubectl(kubectl, "apply", "-n", "demo", "-f", "-", input: changed)
        #expect(applied.text.contains("configured"), "\(applied.text)")
        let images = await cluster.kubectl(
            kubectl,
            "get",
            "deployment",
            "web",
            "-n",
            "demo",
            "-o",
            "jsonpath={.spec.template.spec.containers[*].image}"
        )
        #expect(images.text == "example.com/a:1 example.com/b:2")
        await cluster.kubectl(kubectl, "label", "deployment", "web", "-n", "demo", "x=y")
        await cluster.kubectl(kubectl, "scale", "deployment", "web", "-n", "demo", "--replicas=5")
        let replicas = await cluster.kubectl(
            kubectl,
            "get",
            "deployment",
            "web",
            "-n",
            "demo",
            "-o",
            "jsonpath={.spec.replicas}"
        )
        #expect(replicas.text == "5")
        await cluster.kubectl(kubectl, "create", "configmap", "c", "-n", "demo", "--from-literal=a=b")
        await cluster.kubectl(kubectl, "create", "secret", "generic", "s", "-n", "demo", "--from-literal=a=b")
        await cluster.kubectl(kubectl, "create", "serviceaccount", "operator", "-n", "demo")
        let all = await cluster.kubectl(kubectl, "get", "all", "-n", "demo")
        #expect(all.text.contains("deployment.apps/web"), "\(all.text)")
        let deleted = await cluster.kubectl(kubectl, "delete", "namespace", "demo", "--timeout=20s")
        #expect(deleted.text.contains(#"namespace "demo" deleted"#), "\(deleted.text)")
        let left = await cluster.kubectl(kubectl, "get", "configmaps,secrets,deployments", "-A")
        #expect(left.text.contains("No resources found"), "\(left.text)")
    }

    @Test(arguments: Tool.kubectls)
    func discoveryDryRunDiffReplaceAndExplain(kubectl: Tool) async throws {
        let cluster = try RunningCluster()
        await cluster.kubectl(kubectl, "apply", "-f", "-", input: Manifests.definition)
        let resources = await cluster.kubectl(kubectl, "api-resources")
        for kind in ["TaskOwner", "Lease", "EndpointSlice", "Pod", "MutatingWebhookConfiguration", "FlowSchema"] {
            #expect(resources.text.contains(kind), "\(resources.text)")
        }
        let dry = await cluster.kubectl(kubectl, "create", "--dry-run=server", "-f", "-", input: Manifests.task("t1"))
        #expect(dry.text.contains("created (server dry run)"), "\(dry.text)")
        await cluster.kubectl(kubectl, "apply", "-f", "-", input: Manifests.task("t1"))
        let diff = await kubectl.run(
            ["diff", "-f", "-"],
            input: Manifests.task("t1"),
            environment: cluster.environment()
        )
        #expect(diff.code == 0, "\(diff.text)")
        let replaced = await cluster.kubectl(
            kubectl,
            "replace",
            "-f",
            "-",
            input: Manifests.task("t1") + "\n    labels: {a: b}\n"
        )
        #expect(replaced.text.contains("replaced"), "\(replaced.text)")
        let explained = await cluster.kubectl(kubectl, "explain", "task-owners.spec")
        #expect(explained.text.contains("ownership"), "\(explained.text)")
        let wrong = Manifests.task("t2") + "\nspec: {owner: 7}\n"
        let refused = await kubectl.run(["apply", "-f", "-"], input: wrong, environment: cluster.environment())
        #expect(refused.code == 1)
        // Old ones look at the schema themselves, by OpenAPI; newer ones leave it to the server.
        let said = [
            ["ValidationError(TaskOwner.spec.owner): invalid type for ", #"got "integer", expected "string""#],
            [
                #"The TaskOwner "t2" is invalid: "#,
                #"spec.owner: Invalid value: "integer": spec.owner in body must be of type string: "integer""#,
            ],
        ]
        #expect(said.contains { $0.allSatisfy { refused.text.contains($0) } }, "\(refused.text)")
    }

    @Test(arguments: Tool.kubectls)
    func logsAndExecSayThatThereIsNoKubelet(kubectl: Tool) async throws {
        let cluster = try RunningCluster()
        let pod = """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec: {containers: [{name: c, image: "example.com/a:1"}]}
            """
        await cluster.kubectl(kubectl, "apply", "-f", "-", input: pod)
        for (arguments, name) in [(["logs", "p"], "log"), (["exec", "p", "--", "true"], "exec")] {
            let said = await kubectl.run(arguments, environment: cluster.environment())
            #expect(said.code == 1)
            let why = "pods/\(name) is not served: it needs a kubelet, and this API server has none"
            #expect(said.text.contains(why), "\(said.text)")
        }
    }

    @Test(arguments: Tool.kubectls)
    func watchPrintsTablesAsTheyChange(kubectl: Tool) async throws {
        let cluster = try RunningCluster()
        await cluster.kubectl(kubectl, "apply", "-f", "-", input: Manifests.definition)
        await cluster.kubectl(kubectl, "create", "-f", "-", input: Manifests.task("t1"))
        async let printed = kubectl.run(
            ["get", "task-owners", "-w", "--request-timeout=6s"],
            environment: cluster.environment()
        )
        // kubectl begins to watch when it likes; changes go on until it has surely seen some.
        for number in 0..<12 {
            await cluster.kubectl(kubectl, "label", "--overwrite", "task-owner", "t1", "seen=\(number)")
        }
        let lines = await printed.lines
        #expect(lines.first?.split(separator: " ") == ["NAME", "OWNER", "AGE"])
        #expect(lines.count { $0.hasPrefix("t1") } >= 2, "\(lines)")
        #expect(lines.count { $0.hasPrefix("NAME") } == 1, "the columns are named once")
    }
}
