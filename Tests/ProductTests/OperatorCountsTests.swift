import KubeModel
import LinuxIO
import LocalCluster
import Product
import TestSupport
import Testing
import Wire

/// What a task costs an API server, by count.
@Suite(.timeLimit(.minutes(2))) struct OperatorCountsTests {
    @Test func aTaskCostsTwoWritesAndNoReadAndAWatchShowsAnOperatorOnlyItsOwn() async throws {
        let folder = try ScratchFolder()
        let path = folder.path("audit.log")
        let own = (0..<40).map { "own-\($0)" }
        do {
            let cluster = try await TestCluster(audit: try AuditLog(path: path))
            defer { cluster.stop() }
            for name in own { try await cluster.createTask(name, owner: "op-1") }
            for name in own { try await cluster.createTask("foreign-" + name, owner: "op-2") }
            let process = TestOperator("op-1", cluster) { $0.tellsEvents = false }
            for name in own { _ = try await cluster.finished(name) }
            try await process.stop()
        }
        let events = try FileReading.read(path).split(separator: UInt8(ascii: "\n"))
            .map { try JSONValue.parse(Array($0)) }
            .filter { $0.at("objectRef", "resource") == "task-owners" && $0["stage"] == "ResponseComplete" }
        func count(_ verb: String) -> [String: Int] {
            events.filter { $0["verb"]?.stringValue == verb }
                .reduce(into: [:]) { $0[$1.at("objectRef", "name")?.stringValue ?? "", default: 0] += 1 }
        }
        // "Running", and with it the fence; then how it ended. Whoever reads is this test.
        #expect(count("patch") == Dictionary(uniqueKeysWithValues: own.map { ($0, 2) }))
        #expect(count("update").isEmpty && count("delete").isEmpty)
        let shown = Set(
            events.filter { ["list", "watch"].contains($0["verb"]?.stringValue) }
                .map { $0["requestURI"]?.stringValue ?? "" }
                .map { uri in uri.split { "?&".contains($0) }.first { $0.hasPrefix("fieldSelector=") } ?? "everybody's"
                }
        )
        // Its own, and those of nobody, which it may have to claim.
        #expect(shown == ["fieldSelector=spec.owner%3Dop-1", "fieldSelector=spec.owner%3D"])
    }
}
