import KubeModel
import KubeRuntime
import LinuxIO
import Telemetry
import Testing
import Wire

@testable import Ownership
@testable import Product

/// What Prometheus reads of an operator, before anything has happened and while it works.
@Suite struct OperatorMetricsTests {
    private let registry = MetricsRegistry()
    private let status = OperatorStatus(seat: "op-1")

    private var lines: [String] {
        String(decoding: registry.render(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The series of a family, as `{labels} value`.
    private func series(_ name: String) -> [String] {
        lines.filter { $0.hasPrefix(name + "{") || $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count)) }
    }

    @Test func whatMayHappenIsCountedAsZeroBeforeItsFirstTime() {
        _ = OperatorMetrics(registry, status)
        APIMetrics(registry).watches(.taskOwners, .began)
        #expect(series("workclaim_tries_total") == ["Failed", "Pending", "Succeeded"].map { #"{phase="\#($0)"} 0"# })
        #expect(
            series("workclaim_adoptions_total")
                == ["absent", "proven", "released", "silent"].map { #"{reason="\#($0)"} 0"# }
        )
        #expect(series("workclaim_watch_interruptions_total") == [#"{resource="task-owners"} 0"#])
    }

    /// Or the first of a kind would be missed by whoever asks for its rate.
    @Test func whateverHappensIsCountedInASeriesThatWasThere() {
        let metrics = OperatorMetrics(registry, status)
        let before = lines.count
        let outcomes: [TaskVerdict] = [
            TaskVerdict(.succeeded("")), TaskVerdict(.failed("")), TaskVerdict(.again(after: .seconds(1), "")),
            TaskVerdict(lostOwners: 10), TaskVerdict(failure: "", attempt: 1, retries: 1),
            TaskVerdict(failure: "", attempt: 1, retries: 0),
        ]
        let task = ObjectKey(namespace: "default", name: "t")
        for outcome in outcomes { metrics.count(.tryEnded(task, outcome, took: .seconds(1))) }
        for reason: ReplicaNote.AdoptionReason in [.silent, .proven, .released, .absent] {
            metrics.count(.adopting("op-2", why: reason))
        }
        #expect(lines.count == before)
        #expect(
            series("workclaim_tries_total") == [
                #"{phase="Failed"} 3"#, #"{phase="Pending"} 2"#, #"{phase="Succeeded"} 1"#,
            ]
        )
        #expect(series("workclaim_adoptions_total").allSatisfy { $0.hasSuffix("} 1") })
    }

    @Test func gaugesSayWhatTheLoopAndTheSeatsHaveSaidLast() throws {
        _ = OperatorMetrics(registry, status)
        var summary = ReplicaSummary()
        summary.seats = [
            .init(name: "op-1", kind: .own, tasks: 4, isListed: true),
            .init(name: "op-2", kind: .adopted, tasks: 7, isListed: true),
            .init(name: "op-3", kind: .inherited, tasks: 0, isListed: false),
        ]
        summary.running = 5
        summary.unowned = 3
        summary.oldestUnowned = .milliseconds(2_500)
        status.update(summary)
        #expect(series("workclaim_unowned_tasks") == [" 3"])
        #expect(series("workclaim_oldest_unowned_seconds") == [" 2.5"])
        #expect(series("workclaim_adopted_seats") == [" 2"])
        #expect(series("workclaim_tasks_running") == [" 5"])
        #expect(
            series("workclaim_tasks") == [#"{seat="op-1"} 4"#, #"{seat="op-2"} 7"#, #"{seat="op-3"} 0"#]
        )
    }

    @Test func theFenceMarginIsWhatIsLeftOfTheSeatsTime() throws {
        _ = OperatorMetrics(registry, status)
        let until = BootClock.now() + .seconds(60)
        status.held("op-1", until: until)
        status.held("op-2", until: MonotonicInstant(nanoseconds: 0))
        let most = until - BootClock.now()
        let margins = series("workclaim_fence_margin_seconds")
        let least = until - BootClock.now()
        let own = try #require(margins.first { $0.hasPrefix(#"{seat="op-1"} "#) }?.split(separator: " ").last)
        let left = Duration.seconds(try #require(Double(own)))
        // The text has fewer digits than the clock.
        #expect((least - .milliseconds(1)...most + .milliseconds(1)).contains(left), "\(margins)")
        #expect(margins.contains(#"{seat="op-2"} 0"#), "\(margins)")
        #expect(series("workclaim_seat_held") == [#"{seat="op-1"} 1"#, #"{seat="op-2"} 1"#])
        status.lost("op-2")
        #expect(series("workclaim_seat_held") == [#"{seat="op-1"} 1"#])
        #expect(series("workclaim_fence_margin_seconds").count == 1)
    }
}
