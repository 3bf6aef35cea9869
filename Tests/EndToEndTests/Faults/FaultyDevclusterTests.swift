import KubeClient
import KubeModel
import LinuxIO
import TestSupport
import Testing
import Wire

/// A devcluster whose disk is full or broken for a while.
@Suite(.serialized) struct FaultyDevclusterTests {
    private let thread: ReactorThread

    init() throws { thread = try ReactorThread(name: "faulty-cluster") }

    /// ENOSPC for what is written, with a part of it written; EIO at fsync; EMFILE at open; EIO at rename.
    static let faults: [(calls: FaultyKernel.Calls, code: Int32, text: String)] = [
        (.write, 28, "No space left on device"), (.sync, 5, "Input/output error"),
        (.open, 24, "Too many open files"), (.rename, 30, "Read-only file system"),
    ]

    /// Acknowledged is kept, refused is told, room is used when it is back; and all that is there after a kill too.
    @Test(arguments: FaultSweep.some(2, of: faults))
    func whatItCannotStoreItRefusesUntilItCan(calls: FaultyKernel.Calls, code: Int32, text: String) async throws {
        let kernel = try FaultyKernel()
        let folder = try ScratchFolder()
        var cluster = try await FaultyDevcluster.start(in: folder, kernel, on: thread)
        #expect(try await cluster.create("first") == nil)
        #expect(try await cluster.create("doomed") == nil)
        try await eventually("it is saved", seconds: 10) { cluster.isSaved("\"doomed\"") }

        kernel.set(.init(.write, .cuts(1_000), path: "/cluster"), at: 1)
        kernel.set(.init(calls, .fails(code), path: "/cluster", first: calls == .write ? 2 : 1))
        var acknowledged: Set<String> = ["first"]
        var refusal: KubeStatus?
        let begin = BootClock.now()
        while refusal == nil, BootClock.now() - begin < .seconds(20) {
            let name = "m-\(acknowledged.count)"
            refusal = try await cluster.create(name)
            if refusal == nil { acknowledged.insert(name) }
        }
        #expect(refusal?.code == 500 && refusal?.message.contains(text) ?? false, "\(refusal.debugDescription)")
        #expect(refusal?.message.contains(folder.path("cluster")) ?? false, "\(refusal.debugDescription)")
        // Reading goes on, and removing, which makes room.
        try await cluster.delete("doomed")
        #expect(try await cluster.names() == acknowledged)
        #expect(try await cluster.create("refused") != nil)
        #expect(try folder.names().filter { $0.hasPrefix("cluster") } == ["cluster"], "a part of a file takes room")

        kernel.clearAll()
        try await eventually("it takes writes again", seconds: 10) { try await cluster.create("again") == nil }
        acknowledged.insert("again")
        try await eventually("it is saved", seconds: 10) { cluster.isSaved("\"again\"") }
        _ = await cluster.end(by: .kill)
        cluster = try await FaultyDevcluster.start(in: folder, kernel, on: thread)
        #expect(try await cluster.names() == acknowledged)
        #expect(await cluster.end(by: .terminate)?.exitCode == 0)
    }

    /// An end while the disk is full is no good end, and what was saved before is what there is.
    @Test func whatItCannotSaveAtTheEndItSays() async throws {
        let kernel = try FaultyKernel()
        let folder = try ScratchFolder()
        var cluster = try await FaultyDevcluster.start(in: folder, kernel, on: thread)
        #expect(try await cluster.create("kept") == nil)
        try await eventually("it is saved", seconds: 10) { cluster.isSaved("\"kept\"") }
        kernel.set(.init(.write, .fails(28), path: "/cluster"))
        #expect(try await cluster.create("lost") == nil)
        #expect(await cluster.end(by: .terminate)?.exitCode == 1)
        #expect(cluster.log.contains("No space left on device"), "\(cluster.log)")
        kernel.clearAll()
        cluster = try await FaultyDevcluster.start(in: folder, kernel, on: thread)
        #expect(try await cluster.names() == ["kept"])
        #expect(await cluster.end(by: .terminate)?.exitCode == 0)
    }

    /// No event is torn, none of those that find room in memory is lost.
    @Test func anAuditLogOnAFullDiskIsWholeWhenThereIsRoomAgain() async throws {
        let kernel = try FaultyKernel()
        let folder = try ScratchFolder()
        let cluster = try await FaultyDevcluster.start(in: folder, kernel, on: thread)
        kernel.set(.init(.write, .cuts(100), path: "/audit"), at: 1)
        for first in 1...4 {
            kernel.set(.init(.write, .fails(28), path: "/audit", first: first))
            #expect(try await cluster.create("full-\(first)") == nil)
            try await eventually("the log met the fault", seconds: 10) { kernel.counts().acted > 0 }
            kernel.clear()
            #expect(try await cluster.create("room-\(first)") == nil)
        }
        kernel.clearAll()
        #expect(await cluster.end(by: .terminate)?.exitCode == 0)
        let lines = try folder.read("audit").split(separator: 10).map { try JSONValue.parse(Array($0)) }
        #expect(lines.count { $0["verb"] == "create" } == 8)
        #expect(cluster.log.contains("No space left on device"), "\(cluster.log)")
    }

    /// Files that are written at a start or by `certs`: a failed one is named, leaves no part of itself, and the next try is good.
    @Test func filesThatCannotBeWrittenAreNamedAndNoPartOfThemIsLeft() async throws {
        let kernel = try FaultyKernel()
        let tool = try #require(ForeignProgram("/usr/bin/env"))
        let variables = kernel.environment.map { "\($0.name)=\($0.value)" }
        var failures = 0
        for calls in FaultSweep.some(2, of: [FaultyKernel.Calls.write, .rename, .sync, .open]) {
            for number in 1... {
                let folder = try ScratchFolder()
                kernel.set(.init(calls, .fails(28), path: folder.path, first: number, count: 1))
                let end = try tool.run(variables + [Binary.path, "certs", "--dir", folder.path, "--name", "a"])
                if kernel.counts().acted == 0 {
                    #expect(end.status == 0, "\(end.output)")
                    break
                }
                failures += 1
                #expect(end.status == 1 && end.output.contains("No space left on device"), "\(end.output)")
                #expect(end.output.contains(folder.path), "\(end.output)")
                let names = try folder.names()
                #expect(names.allSatisfy { !$0.hasSuffix(".new") }, "\(names)")
                for name in names { #expect(try folder.read(name).last == 10, "\(name) is cut") }
                kernel.clear()
                // The message of the second try says what to do where the first left a key without its certificate.
                var again = try Binary.run(["certs", "--dir", folder.path, "--name", "a"])
                if again.status != 0 {
                    #expect(again.output.contains("--force"), "\(again.output)")
                    again = try Binary.run(["certs", "--dir", folder.path, "--name", "a", "--force"])
                }
                #expect(again.status == 0, "\(again.output)")
            }
        }
        #expect(failures >= FaultSweep.some(8, of: Array(1...16)).count, "four files: \(failures)")
    }
}
