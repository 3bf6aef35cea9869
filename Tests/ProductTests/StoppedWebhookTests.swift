import KubeClient
import KubeModel
import LinuxIO
import TestSupport
import Testing
import Wire

/// The one webhook that there is stands still (SIGSTOP): it takes connections and answers nothing.
@Suite(.timeLimit(.minutes(2))) struct StoppedWebhookTests {
    private func create(_ name: String, _ cluster: TestCluster) async throws -> TaskObject {
        let task: JSONValue = [
            "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": ["name": .string(name)],
        ]
        return try TaskObject(try await cluster.api.send(.create(.taskOwners, namespace: "default", task)))
    }

    @Test func tasksAreCreatedUnownedAndClaimedMeanwhileAndItServesOnAfterwards() async throws {
        // failurePolicy and a second of patience, as manifests/base has them, but for the second.
        let installation = try await WebhookInstallation(failurePolicy: "Ignore", timeoutSeconds: 1)
        let cluster = installation.cluster
        let replica = try await installation.start("replica-1", lifetimes: ("10m", "1h"))
        let webhook = OtherProcess(replica.handle.pid)
        let operators = TestOperator("op-1", cluster)
        let result: Result<Void, any Error>
        do {
            result = .success(try await stopAndContinue(webhook, cluster))
        } catch {
            print(replica.log())
            result = .failure(error)
        }
        webhook.signal(18)
        await replica.stop()
        try await operators.stop()
        installation.stop()
        try result.get()
    }

    private func stopAndContinue(_ webhook: OtherProcess, _ cluster: TestCluster) async throws {
        func owned(_ what: String) async throws {
            var number = 0
            try await eventually("owned in the answer to its creation, \(what)") {
                number += 1
                return try await !create("\(what)-\(number)", cluster).owner.isEmpty
            }
        }
        try await owned("before")
        webhook.signal(19)
        for index in 0..<3 {
            let task = try await create("meanwhile-\(index)", cluster)
            #expect(task.owner.isEmpty && task.ownership.epoch == 0)
        }
        for index in 0..<3 {
            let task = try await cluster.finished("meanwhile-\(index)")
            #expect(task.owner == "op-1" && task.ownership.epoch == 1 && task.phase == "Succeeded")
        }
        webhook.signal(18)
        try await owned("after")
        #expect(webhook.isAlive)
        // What was asked of it while it stood still changes nothing any more.
        for index in 0..<3 { #expect(try await cluster.task("meanwhile-\(index)").ownership.epoch == 1) }
    }
}
