import KubeClient
import KubeModel
import LinuxIO
import LocalCluster
import Ownership
import Synchronization
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

    private struct Accident {
        let real: RealOperator
        var cluster: TestCluster { real.cluster }
        var noted: [OtherProcess] { real.lines("numbers").compactMap { Int32($0).map(OtherProcess.init) } }

        func noted(_ count: Int) async throws -> [OtherProcess] {
            try await eventually("\(count) processes", { noted }) { $0.count >= count }
        }

        func gone(_ processes: [OtherProcess]) async throws {
            try await eventually("gone", { processes.filter(\.isAlive) }, until: \.isEmpty)
        }
    }

    private func withOperator(_ body: (Accident) async throws -> Void) async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("long", owner: "op-1")
        _ = try await RealOperator.run(Self.script, on: cluster, ending: .kill) { try await body(Accident(real: $0)) }
    }

    @Test func whatAKilledOperatorRanIsGoneAtOnce() async throws {
        try await withOperator { accident in
            let running = try await accident.noted(2)
            #expect(running.filter(\.isAlive).count >= 2)
            let begin = BootClock.now()
            accident.real.itself.signal(9)
            try await accident.gone(running)
            // Well before its right would have run out.
            #expect(BootClock.now() - begin < .seconds(2))
        }
    }

    @Test func whatAStoppedOperatorRanIsGoneAtTheEndOfItsRightAndStaysGone() async throws {
        try await withOperator { accident in
            let running = try await accident.noted(2)
            let begin = BootClock.now()
            accident.real.itself.signal(19)
            try await accident.gone(running)
            let took = BootClock.now() - begin
            // Its last renewal was at most one period (and a round trip) old.
            let profile = SeatProfile.fast
            #expect(took > profile.horizon - profile.renewal - profile.requestTimeout, "\(took)")
            #expect(took < profile.horizon + profile.stall, "\(took)")
            let before = try await accident.cluster.task("long")
            // Going on, it has renewals to send and work to take up: anew, and under another term.
            accident.real.itself.signal(18)
            let again = try await accident.noted(4)
            #expect(running.filter(\.isAlive).isEmpty)
            #expect(Set(again.dropFirst(2)).isDisjoint(with: running))
            let after = try await accident.cluster.task("long")
            #expect(after.fence != before.fence)
        }
    }

    /// Nobody can kill what a stopped guard guards by the clock. So at the fence, at H here since the API server is gone, the
    /// operator ends itself in time rather than run on beside its successor; in a container all ends with it.
    @Test func anOperatorWhoseGuardIsStoppedEndsItselfWhenItsRightDoes() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("long", owner: "op-1")
        let (end, log) = try await RealOperator.run(Self.script, on: cluster, ending: .kill) { real in
            let accident = Accident(real: real)
            let running = try await accident.noted(2)
            let guards = real.itself.children
            #expect(guards.count == 1 && running.contains { $0.parent == guards.first?.pid })
            for one in guards { one.signal(19) }
            let begin = BootClock.now()
            cluster.cluster.stop()
            _ = await real.ended.value
            let took = BootClock.now() - begin
            let profile = SeatProfile.fast
            #expect(took > profile.horizon - profile.renewal - profile.requestTimeout, "\(took)")
            // H and the stall are less than D; the rest is for an end that takes its time on a busy machine.
            #expect(took < profile.duration + .seconds(1), "\(took)")
            // As docs/operations.md says of handlers that stop their guard.
            #expect(running.filter(\.isAlive) == running)
            for one in guards { one.signal(18) }
            try await accident.gone(running + guards)
        }
        #expect(end?.exitCode == 70, "\(log)")
        let lastWord = log.contains { $0.contains("work on its tasks still runs after") }
        #expect(lastWord, "\(log)")
    }

    @Test func anOperatorThatIsAskedToLeaveLeavesNothing() async throws {
        try await withOperator { accident in
            let running = try await accident.noted(2)
            accident.real.process.signal(.terminate)
            #expect(await accident.real.ended.value?.exitCode == 0)
            #expect(running.filter(\.isAlive).isEmpty)
        }
    }

    /// The operator has many handlers at a time; a handler may use select, or close all descriptors that there can be.
    @Test func theOperatorHasAllDescriptorsItMayAndAHandlerThoseItIsUsedTo() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("limits", owner: "op-1")
        let script = "ulimit -Sn; ulimit -Hn >&2; [ $(ulimit -Hn) -gt 123 ]"
        let (_, log) = try await RealOperator.run(
            script,
            on: cluster,
            arguments: ["--concurrency", "5000"],
            softDescriptorLimit: 123,
            ending: .kill
        ) { real in
            let task = try await cluster.finished("limits")
            #expect(task.phase == "Succeeded")
            #expect(task.json.at("status", "message") == "123")
            let limits = String(decoding: try FileReading.read("/proc/\(real.process.pid)/limits"), as: UTF8.self)
            let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            #expect(numbers.count == 2 && numbers[0] == numbers[1] && numbers[0] > 123, "\(line)")
            let warned = real.lines("log").contains { $0.contains("too few descriptors") && $0.contains("20064") }
            #expect(warned == (numbers[0] < 20_064))
        }
        #expect(!log.isEmpty)
    }

    @Test func howLongHandlersMayGoOnAtSIGTERMIsTheFlags() async throws {
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        try await cluster.createTask("long", owner: "op-1")
        let begin = Mutex<MonotonicInstant?>(nil)
        _ = try await RealOperator.run(
            "echo $$ >> $OUT/numbers; exec sleep 600",
            on: cluster,
            arguments: ["--drain", "0"],
            ending: .terminate
        ) { real in
            _ = try await eventually("running", { real.lines("numbers") }) { !$0.isEmpty }
            begin.withLock { $0 = BootClock.now() }
        }
        let took = BootClock.now() - (try #require(begin.withLock { $0 }))
        // Five seconds without the flag.
        #expect(took < .seconds(4), "\(took)")
    }
}
