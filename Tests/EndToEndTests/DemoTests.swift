import FoundationEssentials
import Glibc
import LinuxIO
import TestSupport
import Testing

/// The whole product as processes. If these fail, what README promises is not so.
@Suite(.serialized) struct DemoTests {
    @Test func twoHundredTasksAreOwnedAtCreationSpreadAndSucceed() throws {
        let end = try Binary.run(["demo", "--tasks", "200", "--exit", "--manifests", Binary.root + "/manifests"])
        #expect(end.status == 0, "\(end.output)")
        let lines = end.output.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("all 200 were owned in the answer to their creation") })
        #expect(lines.contains { $0.split(separator: " ") == ["NAME", "OWNER", "AGE"] })
        #expect(lines.count { $0.hasPrefix("mytaskname-") } == 200)
        #expect(lines.contains { $0.hasPrefix("spread over 3 owners: max/mean 1.") })
        #expect(lines.contains { $0.hasPrefix("200 tasks Succeeded in ") })
    }

    @Test func theSeedsCommandsWorkAndKilledProcessesDoNotStopTheClaiming() async throws {
        try await RunningDemo.run { demo in
            for index in 0..<6 { try demo.create("mytaskname-\(index)") }
            let table = try demo.kubectl("get", "task-owners").output.split(separator: "\n")
            #expect(table.first?.split(separator: " ") == ["NAME", "OWNER", "AGE"])
            #expect(table.count == 7)
            for line in table.dropFirst() {
                #expect(line.split(separator: " ")[1].hasPrefix("leaderless-operator-"), "\(line)")
            }

            // kill -9 of an operator: tasks go on being created and owned.
            let victim = try #require(demo.children("operator").first)
            #expect(demo.children("operator").count == 3)
            // It has its service account's rights, those of the manifests, and no administrator's.
            let kubeconfig = try #require(Processes.variable("KUBECONFIG", of: victim.pid))
            for (verb, answer) in [("handover", "yes"), ("create", "no")] {
                let resource = "task-owners.future.ideas.protosam"
                let may = try demo.kubectl("--kubeconfig", kubeconfig, "auth", "can-i", verb, resource)
                #expect(may.output.hasPrefix(answer), "\(verb): \(may.output)")
            }
            kill(victim.pid)
            try demo.create("after-operator")
            #expect(try demo.owner(of: "after-operator").hasPrefix("leaderless-operator-"))
            // Its container is restarted in place, takes up its seat again under a new term, and is ready.
            try await demo.eventually("three operators run and are ready") {
                try demo.kubectl(
                    "-n",
                    "workclaim",
                    "get",
                    "deployment",
                    "leaderless-operator",
                    "-o",
                    "jsonpath={.status.readyReplicas}"
                )
                .output == "3" && demo.children("operator").allSatisfy { $0.pid != victim.pid }
            }

            // kill -9 of every webhook: creation goes on, and once one is back, so does the claiming at creation.
            for webhook in demo.children("webhook") { kill(webhook.pid) }
            try demo.create("without-webhook")
            try await demo.eventually("the webhooks are back") { demo.children("webhook").count == 2 }
            var index = 0
            try await demo.eventually("tasks are owned at creation again") {
                index += 1
                try demo.create("after-webhook-\(index)")
                return try demo.owner(of: "after-webhook-\(index)").hasPrefix("leaderless-operator-")
            }
        }
    }

    @Test func ctrlCLeavesNothingBehind() async throws {
        let demo = try await RunningDemo.start()
        let pids = Processes.children(of: demo.program.handle.pid).map(\.pid)
        #expect(pids.count == 6)
        let folders = try leftFolders()
        #expect(!folders.isEmpty)
        #expect(await demo.interrupt()?.exitCode == 130)
        for pid in pids { #expect(!Processes.isAlive(pid), "\(pid) lives on") }
        #expect(try leftFolders().count < folders.count)
    }

    @Test func aDeletedPodIsReplacedAndTheEndpointsFollow() async throws {
        try await RunningDemo.run { demo in
            let pods = try demo.kubectl("-n", "workclaim", "get", "pods", "-l", "app=leaderless-operator", "-o", "name")
                .output
            let pod = try #require(pods.split(separator: "\n").first.map(String.init))
            let deleted = try demo.kubectl("-n", "workclaim", "delete", pod)
            #expect(deleted.status == 0, "\(deleted.output)")
            let name = pod.split(separator: "/").last ?? ""
            try await demo.eventually("another pod is a ready endpoint, the deleted one is none") {
                let slice = try demo.kubectl(
                    "-n",
                    "workclaim",
                    "get",
                    "endpointslices",
                    "-l",
                    "kubernetes.io/service-name=leaderless-operator",
                    "-o",
                    "jsonpath={range .items[*].endpoints[*]}{.targetRef.name}={.conditions.ready} {end}"
                ).output
                let ready = slice.split(separator: " ").filter { $0.hasSuffix("=true") }
                return ready.count == 3 && !slice.contains(name)
            }
        }
    }

    private func kill(_ pid: Int32) {
        #expect(Glibc.kill(pid, SIGKILL) == 0)
    }

    private func leftFolders() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/tmp").filter { $0.hasPrefix("workclaim-demo-") }
    }
}
