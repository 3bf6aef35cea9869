import Glibc
import LinuxIO
import TestSupport
import Testing
import Wire

/// If this fails, the Roles of the manifests grant what nobody uses, or lack what somebody needs.
@Suite(.serialized) struct LeastPrivilegeTests {
    /// Granted though the story below does not come to it, each with the reason.
    private static let rare: [(right: Right, why: String)] =
        [
            (
                Right(account: operators, verb: "handover", group: tasks, resource: "task-owners"),
                "no verb of the API: the admission policies ask for it"
            ),
            (
                Right(account: operators, verb: "delete", group: leases, resource: "leases", namespace: "workclaim"),
                "an empty seat of a pod that is gone is removed after ten minutes (provoked in the simulation)"
            ),
        ]

    private static let (operators, webhook) = ("leaderless-operator", "workclaim-webhook")
    private static let (tasks, leases) = ("future.ideas.protosam", "coordination.k8s.io")

    @Test func everyRightIsUsedAndNoOtherIsAskedFor() async throws {
        try await RunningDemo.run { demo in
            let kinds = "roles,rolebindings,clusterroles,clusterrolebindings"
            let stored = try JSONValue.parse(Array(try demo.kubectl("get", kinds, "-A", "-o", "json").output.utf8))
            let granted = Right.granted(stored["items"]?.arrayValue ?? [], toAccountsOf: "workclaim")
            #expect(granted.count > 20, "the Roles could not be read")
            for (right, _) in Self.rare { #expect(granted.contains(right), "excused, but not granted: \(right)") }

            try await tell(demo)

            var unused: Set<Right> = []
            try? await demo.eventually("every right has been used") {
                unused = granted.subtracting(Self.rare.map(\.right)).subtracting(
                    try Self.needed(demo, of: granted).granted
                )
                return unused.isEmpty
            }
            for right in unused.sorted() { Issue.record("granted, but not used: \(right)") }
            for right in try Self.needed(demo, of: granted).missing.sorted() { Issue.record("not granted: \(right)") }
        }
    }

    /// The rights by which what happened was allowed, the narrowest of each; and what was refused.
    private static func needed(_ demo: RunningDemo, of granted: Set<Right>) throws -> (
        granted: Set<Right>, missing: Set<Right>
    ) {
        var needed: (granted: Set<Right>, missing: Set<Right>) = ([], [])
        for event in try demo.audit() {
            guard let used = Right.used(event, byAccountsOf: "workclaim") else { continue }
            let covering = granted.filter { $0.covers(used) }
            let narrowest = covering.min {
                ($0.namespace.isEmpty ? 1 : 0, $0.name.isEmpty ? 1 : 0) < (
                    $1.namespace.isEmpty ? 1 : 0, $1.name.isEmpty ? 1 : 0
                )
            }
            if let narrowest { needed.granted.insert(narrowest) }
            if narrowest == nil || event.at("responseStatus", "code") == 403 { needed.missing.insert(used) }
        }
        return needed
    }

    // MARK: - What happens to an installation

    private func tell(_ demo: RunningDemo) async throws {
        // Tasks that are worked on and removed when they have finished.
        for index in 0..<6 { try create(demo, "brief-\(index)", "{ttlSecondsAfterFinished: 1}") }
        // Tasks under whose owner somebody else writes the status: it looks again.
        for index in 0..<6 { try create(demo, "long-\(index)", "{payload: {sleep: 4s}}") }
        try await demo.eventually("the long tasks run") {
            try demo.kubectl("get", "task-owners", "-o", "jsonpath={.items[*].status.phase}").output.contains("Running")
        }
        for index in 0..<6 { try await disturb(demo, "long-\(index)") }

        // A container dies, a pod is deleted, a Deployment shrinks: take-over and hand-over.
        let victim = try #require(demo.children("operator").first)
        #expect(Glibc.kill(victim.pid, SIGKILL) == 0)
        try await whole(demo, 3)
        let pods = try demo.kubectl("-n", "workclaim", "get", "pods", "-l", "app=\(Self.operators)", "-o", "name")
            .output
        let pod = try #require(pods.split(separator: "\n").first.map(String.init))
        #expect(try demo.kubectl("-n", "workclaim", "delete", pod).status == 0)
        try await whole(demo, 3)
        let scaled = try demo.kubectl("-n", "workclaim", "scale", "deployment", Self.operators, "--replicas=2")
        #expect(scaled.status == 0, "\(scaled.output)")
        try await whole(demo, 2)

        // No webhook: a task is created unowned, and claimed.
        for webhook in demo.children("webhook") { #expect(Glibc.kill(webhook.pid, SIGKILL) == 0) }
        try demo.create("alone")
        try await demo.eventually("it is claimed") { try !demo.owner(of: "alone").isEmpty }
    }

    private func create(_ demo: RunningDemo, _ name: String, _ spec: String) throws {
        let task = """
            apiVersion: future.ideas.protosam/v1beta1
            kind: TaskOwner
            metadata: {name: \(name)}
            spec: \(spec)
            """
        let made = try demo.kubectl("apply", "-f", "-", input: task)
        #expect(made.status == 0, "\(made.output)")
    }

    /// In the way of kubectl 1.20, which knows no --subresource. The owner may write at the same moment: then again.
    private func disturb(_ demo: RunningDemo, _ name: String) async throws {
        let path = "/apis/\(Self.tasks)/v1beta1/namespaces/default/task-owners/\(name)"
        try await demo.eventually("the status of \(name) is overwritten") {
            var task = try JSONValue.parse(Array(try demo.kubectl("get", "--raw", path).output.utf8))
            task["status"]?["fence"] = "somebody/else"
            let text = String(decoding: task.serialized(), as: UTF8.self)
            return try demo.kubectl("replace", "--raw", path + "/status", "-f", "-", input: text).status == 0
        }
    }

    private func whole(_ demo: RunningDemo, _ count: Int) async throws {
        try await demo.eventually("\(count) operators are ready") {
            let field = "jsonpath={.status.readyReplicas}"
            let ready = try demo.kubectl("-n", "workclaim", "get", "deployment", Self.operators, "-o", field).output
            return ready == "\(count)" && demo.children("operator").count == count
        }
    }
}
