import KubeClient
import KubeModel
import TestSupport
import Testing
import Wire

extension AnyServer {
    /// What the product is for.
    @Suite(.serialized) struct MainJobTests {
        let installed: Installation

        init() throws { installed = try #require(Installation.current) }

        @Test func tasksAreOwnedInTheAnswerSpreadAndSucceed() async throws {
            for index in 0..<60 {
                let task = try await installed.create("job-\(index)", ["payload": ["sleep": "50ms"]])
                #expect(task.owner.hasPrefix(Installation.operators), "job-\(index): '\(task.owner)'")
                #expect(task.ownership.epoch == 0 && task.ownership.from == nil)
            }
            try await installed.succeeded("job-", 60)
            let owners = Dictionary(grouping: try await installed.tasks("job-"), by: \.owner)
            #expect(owners.count == 3)
            #expect(owners.values.allSatisfy { $0.count <= 30 })
        }

        @Test func theSeedsManifestIsAppliedAgainAndAgain() throws {
            let kubectl = installed.kubectl
            let seed = "apiVersion: future.ideas.protosam/v1beta1\nkind: TaskOwner\nmetadata:\n    name: seed-1\n"
            try kubectl.must("apply", "-f", "-", input: seed)
            let table = try kubectl.must("get", "task-owners", "seed-1").split(separator: "\n")
            #expect(table.first?.split(separator: " ") == ["NAME", "OWNER", "AGE"])
            let owner = try kubectl.must("get", "task-owners", "seed-1", "-o", "jsonpath={.spec.owner}")
            #expect(owner.hasPrefix(Installation.operators))
            for _ in 0..<2 { try kubectl.must("apply", "-f", "-", input: seed) }
            try kubectl.must("apply", "--server-side", "--field-manager=gitops", "-f", "-", input: seed)
            #expect(try kubectl.run(["diff", "-f", "-"], input: seed).status == 0)
            #expect(try kubectl.must("get", "task-owners", "seed-1", "-o", "jsonpath={.spec.owner}") == owner)
        }

        @Test func generatedNamesAreOwnedToo() async throws {
            var task = Installation.task("")
            task["metadata"] = ["generateName": "generated-"]
            let made = try TaskObject(
                try await installed.api.send(.create(.taskOwners, namespace: "default", task))
            )
            #expect(made.key.name.hasPrefix("generated-") && made.owner.hasPrefix(Installation.operators))
        }

        @Test func withoutAWebhookTasksAreClaimed() async throws {
            try installed.kubectl.must(
                "-n",
                "workclaim",
                "scale",
                "deployment",
                Installation.webhook,
                "--replicas=0"
            )
            try await eventually("no webhook is left", seconds: 60) {
                try await installed.pods(Installation.webhook).isEmpty
            }
            // An API server may know an endpoint a little longer than there is one.
            var index = 0
            var unowned: String?
            try await eventually("a task is created without owner", seconds: 30) {
                index += 1
                let task = try await installed.create("swept-\(index)")
                unowned = task.owner.isEmpty ? task.key.name : nil
                return unowned != nil
            }
            try await installed.succeeded("swept-", index)
            let name = try #require(unowned)
            let task = try await installed.task(name)
            #expect(task.owner.hasPrefix(Installation.operators) && task.ownership.epoch == 1)
            try installed.kubectl.must(
                "-n",
                "workclaim",
                "scale",
                "deployment",
                Installation.webhook,
                "--replicas=2"
            )
            try installed.rolledOut(Installation.webhook)
            try await eventually("the webhook assigns again", seconds: 60) { try await installed.assigns() }
        }

        /// Its container is gone at once, its Pod object too.
        @Test func workOfAPodDeletedByForceGoesOnElsewhere() async throws {
            for index in 0..<12 { try await installed.create("forced-\(index)", ["payload": ["sleep": "4s"]]) }
            try await eventually("all are being worked on", seconds: 60) {
                try await installed.tasks("forced-").count { $0.phase == "Running" } == 12
            }
            let victim = try #require(try await installed.pods(Installation.operators).first)
            try installed.kubectl.must(
                "-n",
                "workclaim",
                "delete",
                "pod",
                victim,
                "--force",
                "--grace-period=0"
            )
            try await installed.succeeded("forced-", 12, within: 90)
            for task in try await installed.tasks("forced-") {
                // Adopted with its seat, or moved on by rule.
                #expect(task.json.at("status", "attempts") == 1, "\(task.key.name)")
            }
            try installed.rolledOut(Installation.operators)
            try await eventually("the webhook assigns again", seconds: 60) { try await installed.assigns() }
        }

        @Test func aRolloutOfTheOperatorsMovesATaskAtMostOnce() async throws {
            for index in 0..<30 { try await installed.create("rolled-\(index)", ["payload": ["sleep": "20s"]]) }
            let before = try await installed.pods(Installation.operators)
            try installed.restart(Installation.operators)
            try await eventually("the old pods are gone", seconds: 90) {
                Set(try await installed.pods(Installation.operators)).isDisjoint(with: before)
            }
            try await installed.succeeded("rolled-", 30, within: 120)
            let changes = try await installed.tasks("rolled-").map(\.ownership.epoch)
            #expect(changes.allSatisfy { $0 <= 2 }, "\(changes)")
            #expect(changes.reduce(0, +) * 100 <= 105 * 30, "owner changes per task: \(changes)")
            try await eventually("the webhook assigns again", seconds: 60) { try await installed.assigns() }
        }

        @Test func scalingLosesNothing() async throws {
            func scale(_ count: Int) throws {
                try installed.kubectl.must(
                    "-n",
                    "workclaim",
                    "scale",
                    "deployment",
                    Installation.operators,
                    "--replicas=\(count)"
                )
                try installed.rolledOut(Installation.operators)
            }
            for index in 0..<20 { try await installed.create("scaled-\(index)", ["payload": ["sleep": "6s"]]) }
            try scale(5)
            for index in 20..<40 { try await installed.create("scaled-\(index)", ["payload": ["sleep": "6s"]]) }
            try scale(2)
            try await installed.succeeded("scaled-", 40, within: 120)
            try scale(3)
            try await eventually("the webhook assigns to three", seconds: 60) { try await installed.assigns() }
        }
    }
}
