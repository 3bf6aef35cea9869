import TestSupport
import Testing
import Wire

/// `kubectl apply`, from the client's side and the server's, of manifests that say nothing of the owner.
@Suite(.serialized, .enabled(if: !Tool.kubectls.isEmpty, "this machine has no kubectl")) struct KubectlApplyTests {
    @Test(arguments: Tool.kubectls, [false, true])
    func reapplyOfTheBareManifestKeepsTheOwnerAndDiffIsEmpty(kubectl: Tool, serverSide: Bool) async throws {
        let (running, api, hook) = try await HookWorld.open(script: HookServer.assignOnCreate("pod-1"))
        defer { api.close() }
        let options = serverSide ? ["--server-side"] : []
        for round in 1...3 {
            let applied = await kubectl.run(
                ["apply"] + options + ["-f", "-"],
                input: Manifests.task("t1"),
                environment: running.environment()
            )
            #expect(applied.code == 0, "\(applied.text)")
            #expect(try await api.send("GET", HookWorld.tasks + "/t1")["spec", "owner"] == "pod-1")
            #expect(hook.seen.all.count == (serverSide ? round : 1), "only a client-side no-op calls nobody")
        }
        let diff = await kubectl.run(
            ["diff"] + options + ["-f", "-"],
            input: Manifests.task("t1"),
            environment: running.environment()
        )
        #expect(diff.code == 0 && diff.text.isEmpty, "\(diff.text)")
        withExtendedLifetime((running, hook)) {}
    }

    @Test(arguments: Tool.kubectls)
    func conflictIsToldAndForceTakesTheField(kubectl: Tool) async throws {
        let cluster = try RunningCluster()
        await cluster.kubectl(kubectl, "apply", "--server-side", "-f", "-", input: Manifests.definition)
        let mine = Manifests.task("t1") + "\nspec: {payload: {a: 1}}\n"
        let made = await cluster.kubectl(kubectl, "apply", "--server-side", "-f", "-", input: mine)
        #expect(made.text.contains("serverside-applied"), "\(made.text)")
        let theirs = mine.replacing("a: 1", with: "a: 2")
        let arguments = ["apply", "--server-side", "--field-manager=other", "-f", "-"]
        let refused = await kubectl.run(arguments, input: theirs, environment: cluster.environment())
        #expect(refused.code == 1)
        #expect(
            refused.text.contains(#"Apply failed with 1 conflict: conflict with "kubectl": .spec.payload.a"#),
            "\(refused.text)"
        )
        let forced = await kubectl.run(
            arguments + ["--force-conflicts"],
            input: theirs,
            environment: cluster.environment()
        )
        #expect(forced.code == 0, "\(forced.text)")
        let value = await cluster.kubectl(kubectl, "get", "task-owner", "t1", "-o", "jsonpath={.spec.payload.a}")
        #expect(value.text == "2")
    }

    /// The token of `kubectl create token` is taken, and RBAC holds for it.
    @Test(arguments: Tool.kubectls(since: 24, for: "create token"))
    func tokenOfAServiceAccountHasItsRightsOnly(kubectl: Tool) async throws {
        let cluster = try RunningCluster()
        for arguments in [
            ["create", "serviceaccount", "op"],
            ["create", "role", "reader", "--verb=get,list", "--resource=configmaps"],
            ["create", "rolebinding", "reader", "--role=reader", "--serviceaccount=default:op"],
        ] {
            let made = await kubectl.run(arguments, environment: cluster.environment())
            #expect(made.code == 0, "\(made.text)")
        }
        let token = await cluster.kubectl(kubectl, "create", "token", "op").text.filter { !$0.isWhitespace }
        let api = try APIClient(cluster, token: token)
        defer { api.close() }
        #expect(try await api.send("GET", "/api/v1/namespaces/default/configmaps").status == 200)
        let refused = try await api.send("GET", "/api/v1/namespaces/default/secrets")
        #expect(refused.status == 403)
        #expect(
            refused.message == """
                secrets is forbidden: User "system:serviceaccount:default:op" cannot list resource "secrets" in API group "" \
                in the namespace "default"
                """
        )
        let can = await kubectl.run(
            ["auth", "can-i", "list", "secrets", "--as=system:serviceaccount:default:op"],
            environment: cluster.environment()
        )
        #expect(can.text.hasPrefix("no"), "\(can.text)")
    }

    /// What an older kubectl prints anyway, a newer one prints when it is asked.
    @Test(arguments: Tool.kubectls)
    func managedFieldsAreShown(kubectl: Tool) async throws {
        let cluster = try RunningCluster()
        await cluster.kubectl(kubectl, "apply", "-f", "-", input: Manifests.definition)
        await cluster.kubectl(kubectl, "create", "-f", "-", input: Manifests.task("t1"))
        await cluster.kubectl(kubectl, "label", "task-owner", "t1", "a=b")
        let hidesThem = kubectl.version?.isAtLeast(21) ?? true
        let shown = await kubectl.run(
            ["get", "task-owner", "t1", "-o", "yaml"] + (hidesThem ? ["--show-managed-fields"] : []),
            environment: cluster.environment()
        )
        for text in ["managedFields:", "manager: kubectl-", "f:labels:", "operation: Update"] {
            #expect(shown.text.contains(text), "\(shown.text)")
        }
    }
}
