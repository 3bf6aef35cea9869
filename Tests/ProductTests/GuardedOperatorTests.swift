import KubeClient
import KubeModel
import LinuxIO
import LocalCluster
import Ownership
import TestSupport
import Testing
import Wire

/// A real `workclaim operator` whose handlers ignore SIGTERM and make daemons, and accidents that it does not survive.
@Suite(.timeLimit(.minutes(2)), .serialized) struct GuardedOperatorTests {
    /// The program and its daemon write their numbers in one line each.
    private static let script = """
        setsid sh -c 'echo $$ >> "$OUT/numbers"; exec sleep 600' &
        trap '' TERM HUP INT
        echo $$ >> "$OUT/numbers"
        while true; do sleep 600; done
        """

    /// A Deployment's, so that nobody has held a seat of its name and none is waited for.
    private static let pod: JSONValue = [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": [
            "name": "op-1",
            "ownerReferences": [["apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "op", "uid": "u-1"]],
        ],
        "spec": ["containers": [["name": "operator", "image": "workclaim"]]],
    ]

    private struct Accident {
        let cluster: TestCluster
        let folder: ScratchFolder
        let thread: ReactorThread
        let process: ProcessHandle
        let ended: Task<ProcessEnd?, Never>
        /// The operator itself, not its group.
        var operatorProcess: OtherProcess { OtherProcess(process.pid) }

        var noted: [OtherProcess] {
            let text = (try? folder.read("numbers")).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return text.split(separator: "\n").compactMap { Int32($0).map(OtherProcess.init) }
        }

        func noted(_ count: Int) async throws -> [OtherProcess] {
            try await cluster.eventually("\(count) processes", { noted }) { $0.count >= count }
        }

        func gone(_ processes: [OtherProcess]) async throws {
            _ = try await cluster.eventually("gone", { processes.filter(\.isAlive) }, until: \.isEmpty)
        }
    }

    private func withOperator(_ body: (Accident) async throws -> Void) async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("long", owner: "op-1")
        let pod = try await cluster.api.send(.create(.pods, namespace: "ops", Self.pod))
        let folder = try ScratchFolder()
        try folder.write("kubeconfig", Array(try cluster.cluster.adminKubeconfig().utf8))
        let thread = try ReactorThread(name: "operator")
        defer { thread.stop() }
        let program = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Programs/script.sh"
        var command = ProcessCommand(
            BuiltProgram.path,
            [
                "operator", "--service", "s", "--namespace", "ops", "--seat", "op-1", "--profile", "fast", "--exec",
                program, "--kubeconfig", folder.path("kubeconfig"),
            ],
            environment: [
                ("PATH", "/usr/bin:/bin"), ("OUT", folder.path), ("SCRIPT", Self.script),
                ("SWIFT_BACKTRACE", "enable=no"), ("POD_UID", pod.at("metadata", "uid")?.stringValue ?? ""),
            ]
        )
        command.output = .file(folder.path("log"))
        let (ended, report) = AsyncStream.makeStream(of: ProcessEnd.self, bufferingPolicy: .bufferingNewest(1))
        let process = try await ProcessHandle.start(command, on: thread) { report.yield($0) }
        let end = Task { await ended.first { _ in true } }
        let accident = Accident(cluster: cluster, folder: folder, thread: thread, process: process, ended: end)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(accident))
        } catch {
            result = .failure(error)
        }
        // Reaped before its thread ends: whoever waits for children of this process would find it for ever.
        process.signal(.kill)
        _ = await end.value
        try result.get()
    }

    @Test func whatAKilledOperatorRanIsGoneAtOnce() async throws {
        try await withOperator { accident in
            let running = try await accident.noted(2)
            #expect(running.filter(\.isAlive).count >= 2)
            let begin = BootClock.now()
            accident.operatorProcess.signal(9)
            try await accident.gone(running)
            // Well before its right would have run out.
            #expect(BootClock.now() - begin < .seconds(2))
        }
    }

    @Test func whatAStoppedOperatorRanIsGoneAtTheEndOfItsRightAndStaysGone() async throws {
        try await withOperator { accident in
            let running = try await accident.noted(2)
            let begin = BootClock.now()
            accident.operatorProcess.signal(19)
            try await accident.gone(running)
            let took = BootClock.now() - begin
            // Its last renewal was at most one period (and a round trip) old.
            let profile = SeatProfile.fast
            #expect(took > profile.horizon - profile.renewal - profile.requestTimeout, "\(took)")
            #expect(took < profile.horizon + profile.stall, "\(took)")
            let before = try await accident.cluster.task("long")
            // Going on, it has renewals to send and work to take up: anew, and under another term.
            accident.operatorProcess.signal(18)
            let again = try await accident.noted(4)
            #expect(running.filter(\.isAlive).isEmpty)
            #expect(Set(again.dropFirst(2)).isDisjoint(with: running))
            let after = try await accident.cluster.task("long")
            #expect(after.fence != before.fence)
        }
    }

    @Test func anOperatorThatIsAskedToLeaveLeavesNothing() async throws {
        try await withOperator { accident in
            let running = try await accident.noted(2)
            accident.process.signal(.terminate)
            #expect(await accident.ended.value?.exitCode == 0)
            #expect(running.filter(\.isAlive).isEmpty)
        }
    }
}
