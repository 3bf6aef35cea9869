import KubeClient
import KubeModel
import LinuxIO
import LocalCluster
import TestSupport
import Testing
import Wire

/// The real operator on a kernel with faults: no task is lost, none runs twice at a time, nothing is left behind.
@Suite(.timeLimit(.minutes(5)), .serialized) struct FaultyOperatorTests {
    /// Says when a run begins while another of the same task lives; long enough that they would meet.
    private static let script = """
        before=$(cat "$OUT/pid-$TASK_NAME" 2>/dev/null)
        if [ -n "$before" ] && [ -d "/proc/$before" ]; then echo "$TASK_NAME" >> "$OUT/overlaps"; fi
        echo $$ > "$OUT/pid-$TASK_NAME"
        echo "$TASK_NAME" >> "$OUT/runs"
        sleep 0.3
        """

    private struct World {
        let real: RealOperator
        let kernel: FaultyKernel
        var cluster: TestCluster { real.cluster }
        var port: UInt16 { cluster.configuration.port }
        var process: OtherProcess { real.itself }

        func lines(_ name: String) -> [Substring] { real.lines(name) }

        /// Tasks of this name and number are made and all of them succeed.
        func work(_ name: String, _ count: Int, retries: Int64 = 50) async throws {
            for index in 0..<count {
                try await cluster.createTask(
                    "\(name)-\(index)",
                    owner: "op-1",
                    spec: ["retries": .integer(retries), "payload": [:]]
                )
            }
            for index in 0..<count {
                let task = try await eventually(
                    "finished \(name)-\(index)",
                    { try await cluster.task("\(name)-\(index)") },
                    seconds: 90,
                    until: \.isFinished
                )
                #expect(task.phase == "Succeeded", "\(name)-\(index): \(task)")
                #expect(lines("runs").contains("\(name)-\(index)"))
            }
            #expect(lines("overlaps").isEmpty, "\(lines("overlaps"))")
        }

        func isAtRest(_ descriptors: Int) async throws {
            kernel.clearAll()
            try await eventually("as many descriptors as before", { openDescriptors(of: process.pid) }) {
                $0 <= descriptors
            }
            try await eventually("no child is left", { process.children }, until: \.isEmpty)
        }
    }

    private func withOperator(generations: Int = 1, _ body: (World) async throws -> Void) async throws {
        let kernel = try FaultyKernel(generations: generations)
        let cluster = try await TestCluster()
        defer { cluster.stop() }
        let (end, log) = try await RealOperator.run(
            Self.script,
            on: cluster,
            arguments: ["--concurrency", "4", "--exec-again", "1"],
            environment: kernel.environment,
            ending: .terminate
        ) { real in
            defer { kernel.clearAll() }
            try await body(World(real: real, kernel: kernel))
        }
        #expect(end?.exitCode == 0 && end?.signal == nil, "\(end.debugDescription): \(log)")
    }

    /// ECONNRESET now and then at its reads and writes, ETIMEDOUT at some connects, whatever it is doing.
    @Test(arguments: FaultSweep.some(1, of: [(7, 11), (19, 23)]))
    func noTaskIsLostNorRunTwiceWhileConnectionsFail(sends: Int, receives: Int) async throws {
        try await withOperator { world in
            try await world.work("calm", 1)
            let atRest = openDescriptors(of: world.process.pid)
            world.kernel.set(.init(.send, .fails(104), port: world.port, every: sends), at: 0)
            world.kernel.set(.init(.receive, .fails(104), port: world.port, every: receives), at: 1)
            world.kernel.set(.init(.connect, .fails(110), port: world.port, every: 3), at: 2)
            try await world.work("cut", FaultSweep.isFull ? 100 : 5)
            for place in 0...2 { #expect(world.kernel.counts(place).acted > 0, "rule \(place)") }
            try await world.isAtRest(atRest)
        }
    }

    /// One task for each: its `n`-th read or write is reset, whatever it was for.
    @Test func noTaskIsLostNorRunTwiceWhicheverCallFails() async throws {
        try await withOperator { world in
            try await world.work("calm", 1)
            let atRest = openDescriptors(of: world.process.pid)
            var faults = 0
            for calls: FaultyKernel.Calls in [.send, .receive] {
                // Until a task is done before its n-th call.
                for number in stride(from: 1, through: 40, by: FaultSweep.stride(2)) {
                    world.kernel.set(.init(calls, .fails(104), port: world.port, first: number, count: 1))
                    try await world.work("nth-\(calls.rawValue)-\(number)", 1)
                    let acted = world.kernel.counts().acted
                    world.kernel.clear()
                    if acted == 0 { break }
                    faults += acted
                }
            }
            #expect(faults >= 2, "\(faults)")
            print("one fault while a task is done: \(faults) tasks")
            try await world.isAtRest(atRest)
        }
    }

    @Test(arguments: FaultSweep.some(1, of: [3, 1, 100]))
    func shortAndInterruptedCallsAreNoFaults(bytes: Int) async throws {
        try await withOperator(generations: 2) { world in
            let kernel = world.kernel
            kernel.set(.init([.send, .receive], .fails(4), every: 2), at: 0)
            kernel.set(.init(.receive, .fails(11), port: world.port, every: 3), at: 1)
            kernel.set(.init(.send, .fails(11), port: world.port, every: 5), at: 2)
            kernel.set(.init(.wait, .fails(4), every: 3), at: 3)
            kernel.set(.init(.wait, .cuts(1), every: 2), at: 4)
            kernel.set(.init([.send, .receive], .cuts(bytes), port: world.port), at: 5)
            // Not all files: libdispatch ends a process in which it cannot look at /proc.
            let paths = ["/kubeconfig", "/dev/null", "pipe:", "memfd:"]
            for (place, path) in zip(6..., paths) {
                kernel.set(.init([.open, .read, .write], .fails(4), path: path, every: 2), at: place)
            }
            try await world.work("short", FaultSweep.isFull ? 40 : 6)
            // Each task once: nothing of this interrupts a handler.
            #expect(world.lines("runs").count == (FaultSweep.isFull ? 40 : 6), "\(world.lines("runs"))")
            for place in 0..<(6 + paths.count) {
                #expect(kernel.counts(place).acted > 0, "rule \(place): \(kernel.counts(place))")
            }
        }
    }

    /// Somebody sets the wall clock while it works: by an hour, by a day and back, by longer than the server's certificate is good
    /// for. Nothing that is decided depends on it.
    @Test func whateverTheWallClockSaysTheSeatIsKept() async throws {
        try await withOperator { world in
            try await world.work("calm", 1)
            let before = try #require(try await world.cluster.lease("op-1"))
            for (index, hours) in [1, -1, 24, -24, 20 * 365 * 24, -20 * 365 * 24, 0].enumerated() {
                world.kernel.setWallClock(aheadBy: Int64(hours) * 3_600)
                try await world.work("jump-\(index)", 2)
                // It writes down the time that it reads, or the test would move nothing.
                try await eventually(
                    "a renewal at a time \(hours) h away",
                    { try await world.cluster.lease("op-1").flatMap { Timestamp($0.renewTime) } }
                ) { written in
                    guard let written else { return false }
                    return abs(written.seconds - WallClock.now().seconds - Int64(hours) * 3_600) < 60
                }
            }
            let after = try #require(try await world.cluster.lease("op-1"))
            #expect(after.term == before.term && after.holderIdentity == before.holderIdentity)
            #expect(after.leaseTransitions == before.leaseTransitions)
            #expect(world.lines("runs").count == 15, "\(world.lines("runs"))")
        }
    }

    /// No route to the API server, or no descriptor for a connection: each connect fails before it returns. The thread that tries
    /// is the one that fences.
    @Test(arguments: [(FaultyKernel.Calls.connect, 101), (.socket, 24)] as [(FaultyKernel.Calls, Int32)])
    func theSeatIsGivenUpInTimeWhereEachConnectFailsAtOnce(call: FaultyKernel.Calls, code: Int32) async throws {
        try await withOperator { world in
            try await world.work("calm", 1)
            let began = BootClock.now()
            let worked = world.process.processorTime
            world.kernel.set(.init([.send, .receive], .fails(104), port: world.port), at: 1)
            world.kernel.set(.init(call, .fails(code), port: call == .connect ? world.port : 0), at: 0)
            _ = try await eventually("a lost seat", { world.lines("log") }, seconds: 20) { log in
                log.contains { $0.contains("seat lost") }
            }
            // H of this profile is 4 s.
            #expect(BootClock.now() - began < .seconds(5), "fenced \(BootClock.now() - began) later")
            // Whoever asks waits between two tries.
            let tries = world.kernel.counts(0).acted
            #expect((1..<200).contains(tries), "\(tries) connects")
            #expect(world.process.processorTime - worked < .seconds(2))
            world.kernel.clearAll()
            try await world.work("again", 1)
        }
    }

    /// EMFILE, ENOMEM and EAGAIN wherever a program is started, in the operator and in its guards. None of it costs a try.
    @Test(arguments: FaultSweep.some(1, of: [1, 2]))
    func aProgramThatCannotBeStartedIsStartedLater(generations: Int) async throws {
        try await withOperator(generations: generations) { world in
            try await world.work("calm", 1)
            let atRest = openDescriptors(of: world.process.pid)
            var faults = 0
            // Not at open: libdispatch ends a process in which it cannot look at /proc.
            let kinds: [(FaultyKernel.Calls, Int32)] = [([.socket, .descriptor], 24), (.fork, 11), (.watch, 12)]
            for (calls, code) in kinds {
                let number = calls == [.socket, .descriptor] ? (FaultSweep.isFull ? 12 : 4) : 2
                world.kernel.set(.init(calls, .fails(code), first: 2, every: 5, count: number))
                try await world.work("start-\(calls.rawValue)", FaultSweep.isFull ? 16 : 6, retries: 0)
                faults += world.kernel.counts().acted
                world.kernel.clear()
            }
            #expect(faults >= 3, "\(faults)")
            try await world.isAtRest(atRest)
        }
    }
}
