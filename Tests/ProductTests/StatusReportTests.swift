import KubeModel
import Product
import Testing
import Wire

@Suite struct StatusReportTests {
    private let now = Timestamp("2026-01-01T00:00:30Z") ?? Timestamp(seconds: 0)

    private func lease(
        _ seat: String,
        holder: String,
        renewed: String,
        _ annotations: JSONValue = [:],
        duration: Int64 = 10
    ) throws -> Lease {
        try Lease([
            "metadata": [
                "name": .string(seat), "namespace": "ops", "uid": "3f2a9c1e-0000", "resourceVersion": "1",
                "annotations": annotations,
            ],
            "spec": [
                "holderIdentity": .string(holder), "leaseTransitions": 7, "leaseDurationSeconds": .integer(duration),
                "renewTime": .string(renewed),
            ],
        ])
    }

    private func task(_ name: String, owner: String, phase: String = "") throws -> TaskObject {
        try TaskObject([
            "metadata": [
                "name": .string(name), "namespace": "default", "uid": .string(name), "resourceVersion": "1",
                "creationTimestamp": "2026-01-01T00:00:10Z",
            ],
            "spec": ["owner": .string(owner)], "status": ["phase": .string(phase)],
        ])
    }

    @Test func seatsTasksAndWhatIsWrongAreTold() throws {
        var report = StatusReport(leases: [
            try lease("op-a", holder: "op-a_11111111_x", renewed: "2026-01-01T00:00:28.000000Z"),
            try lease(
                "op-b",
                holder: "op-a_11111111_x",
                renewed: "2026-01-01T00:00:21.000000Z",
                [SeatKeys.draining: "true"]
            ),
            try lease("op-c", holder: "", renewed: "2026-01-01T00:00:01.000000Z"),
            try lease("op-d", holder: "op-d_11111111_x", renewed: "2026-01-01T00:00:05.000000Z"),
        ])
        report.add(try task("1", owner: "op-a", phase: "Running"))
        report.add(try task("2", owner: "op-a", phase: "Succeeded"))
        report.add(try task("3", owner: "op-b", phase: "Pending"))
        report.add(try task("4", owner: "gone"))
        report.add(try task("5", owner: ""))
        report.add(try task("6", owner: "", phase: "Failed"))
        #expect(
            report.text(now: now) == """
                SEAT   HOLDER   TERM         RENEWED   FENCE IN   TASKS   RUNNING   FINISHED   NOTE
                gone   -        -            -         -          1       0         0          no Lease
                op-a   itself   3f2a9c1e.7   2s        6s         1       1         1
                op-b   op-a     3f2a9c1e.7   9s        over       1       0         0          adopted, draining
                op-c   -        3f2a9c1e.7   -         -          0       0         0          released
                op-d   itself   3f2a9c1e.7   25s       over       0       0         0          silent

                unowned tasks: 1, the oldest created 20 s ago
                adopted seats: 1
                owners without a Lease: gone
                """
        )
    }

    /// How long it may work the Lease does not say; "-" would mean that nobody holds it.
    @Test func aSeatOfAProfileOfOnesOwnIsCalledSo() throws {
        let own = try lease("op-a", holder: "op-a_1_x", renewed: "2026-01-01T00:00:28.000000Z", duration: 40)
        let text = StatusReport(leases: [own]).text(now: now)
        #expect(text.contains("op-a   itself   3f2a9c1e.7   2s        custom     0"), "\(text)")
    }

    /// An owner is free text to the API server.
    @Test func anOwnersNameCannotForgeALine() throws {
        var report = StatusReport(leases: [])
        report.add(try task("1", owner: "x\u{1b}[32m\nop-a   itself\u{202e}\u{9b}2J"))
        let text = report.text(now: now)
        #expect(text.split(separator: "\n").count == 5, "\(text)")
        #expect(text.contains("\nx\\u{1b}[32m\\nop-a   itself\\u{202e}\\u{9b}2J   -  "), "\(text)")
        #expect(text.hasSuffix("owners without a Lease: x\\u{1b}[32m\\nop-a   itself\\u{202e}\\u{9b}2J"), "\(text)")
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }

    @Test func namesOfAllLanguagesAreLeftAsTheyAre() throws {
        var report = StatusReport(leases: [])
        report.add(try task("1", owner: "größe-名前"))
        #expect(report.text(now: now).hasSuffix("owners without a Lease: größe-名前"))
    }

    @Test func anEmptyClusterIsToldToo() {
        let text = StatusReport(leases: []).text(now: now)
        #expect(text.hasSuffix("unowned tasks: 0\nadopted seats: 0"))
    }
}
