import KubeModel
import LinuxIO
import TestSupport
import Testing
import Wire

/// A task whose handler takes its operator with it, as one does that makes its container run out of memory.
@Suite(.timeLimit(.minutes(3))) struct PoisonTaskTests {
    private static let script = """
        [ "$TASK_NAME" = poison ] || exit 0
        read -r _ _ _ operator _ < "/proc/$PPID/stat"
        kill -9 "$operator"
        sleep 60
        """

    @Test func itTakesOneOperatorAfterTheOtherAndLeavesTimeForTheRest() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("poison", owner: "op-1", spec: ["payload": [:]])
        for losses in Int64(0)...1 {
            try await untilItDies(on: cluster) { _ in }
            let task = try await cluster.task("poison")
            #expect(task.phase == "Running")
            #expect(task.json.at("status", "attempts") == 1)
            #expect((task.json.at("status", "lostOwners")?.integerValue ?? 0) == losses)
        }
        // The third waits five seconds with it, and not with others.
        try await untilItDies(on: cluster) { _ in
            try await cluster.createTask("harmless", owner: "op-1", spec: ["payload": [:]])
            _ = try await eventually("done", { try await cluster.task("harmless") }, seconds: 30) {
                $0.phase == "Succeeded"
            }
            #expect(try await cluster.task("poison").json.at("status", "lostOwners") == 1)
        }
        #expect(try await cluster.task("poison").json.at("status", "lostOwners") == 2)
    }

    private func untilItDies(on cluster: TestCluster, _ body: (RealOperator) async throws -> Void) async throws {
        let (end, log) = try await RealOperator.run(Self.script, on: cluster, ending: .kill) { real in
            try await body(real)
            _ = await real.ended.value
        }
        #expect(end?.signal == 9, "\(end.debugDescription): \(log)")
    }
}
