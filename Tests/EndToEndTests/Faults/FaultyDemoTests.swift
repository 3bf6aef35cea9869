import LinuxIO
import TestSupport
import Testing

/// The demo's own process, API server and node in one, on a kernel with faults; what it starts has none. It does its job or says why
/// not, and nothing that it started is left behind.
@Suite(.serialized, .timeLimit(.minutes(3))) struct FaultyDemoTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rules: [FaultyKernel.Rule]
    }

    static let faults = [
        // ECONNRESET now and then, whoever is served or asked.
        Fault(
            testDescription: "connections fail",
            rules: [
                .init(.send, .fails(104), first: 50, every: 61), .init(.receive, .fails(104), first: 50, every: 73),
            ]
        ),
        // EMFILE and EAGAIN where connections are taken and programs started, EINTR and short calls wherever there are some.
        Fault(
            testDescription: "descriptors and processes are wanting",
            rules: [
                .init([.accept, .socket], .fails(24), first: 10, every: 7, count: 20),
                .init(.fork, .fails(11), first: 2, every: 3),
                .init([.send, .receive], .fails(4), every: 5), .init([.send, .receive], .cuts(700), every: 3),
            ]
        ),
    ]

    @Test(arguments: faults) func itsJobIsDoneOrItSaysWhyNot(under fault: Fault) async throws {
        let kernel = try FaultyKernel()
        for (place, rule) in fault.rules.enumerated() { kernel.set(rule, at: place) }
        let folder = try ScratchFolder()
        let thread = try ReactorThread(name: "faulty-demo")
        let program = try await Binary.start(
            ["demo", "--tasks", "60", "--exit", "--manifests", Binary.root + "/manifests"],
            environment: kernel.environment,
            output: folder.path("log"),
            on: thread
        )
        let pid = program.handle.pid
        let looking = Task {
            var seen: Set<Int32> = []
            while !Task.isCancelled {
                seen.formUnion(Processes.children(of: pid).map(\.pid))
                try? await Task.sleep(for: .milliseconds(20))
            }
            return seen
        }
        let end = await program.end()
        looking.cancel()
        let started = await looking.value
        #expect(end?.signal == nil, "\(program.text)")
        #expect(end?.exitCode == 0 || end?.exitCode == 1 && program.text.contains("Error: "), "\(program.text)")
        for place in fault.rules.indices { #expect(kernel.counts(place).acted > 0, "rule \(place): \(program.text)") }
        try await eventually("no process is left", seconds: 10) { !started.contains(where: Processes.isAlive) }
        // One that could not go on may have ended before all were started.
        #expect(started.count >= (end?.exitCode == 0 ? 5 : 0), "two webhooks and three operators: \(program.text)")
        print("\(fault.testDescription): exit code \(end?.exitCode ?? -1), \(started.count) processes")
    }
}
