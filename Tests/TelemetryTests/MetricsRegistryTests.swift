import Telemetry
import Testing

@Suite struct MetricsRegistryTests {
    private func text(_ registry: MetricsRegistry) -> String { String(decoding: registry.render(), as: UTF8.self) }

    @Test func theTextIsPrometheusFormatInAStableOrder() {
        let registry = MetricsRegistry()
        let answers = registry.counter("webhook_answers_total", "Answers by result.", labels: ["result", "dry_run"])
        answers["denied", "false"].add()
        answers["allowed", "true"].add(3)
        answers["allowed", "false"].add(2)
        registry.gauge("members", "Live members.")[].set(-3)
        #expect(
            text(registry) == """
                # HELP members Live members.
                # TYPE members gauge
                members -3
                # HELP webhook_answers_total Answers by result.
                # TYPE webhook_answers_total counter
                webhook_answers_total{result="allowed",dry_run="false"} 2
                webhook_answers_total{result="allowed",dry_run="true"} 3
                webhook_answers_total{result="denied",dry_run="false"} 1

                """
        )
    }

    @Test func labelValuesAndHelpAreEscaped() {
        let registry = MetricsRegistry()
        let family = registry.counter("odd_total", "A \\ and\na line feed, \"quotes\" stay.", labels: ["value"])
        family["back\\slash \"quote\"\nline"].add()
        #expect(
            text(registry) == """
                # HELP odd_total A \\\\ and\\na line feed, "quotes" stay.
                # TYPE odd_total counter
                odd_total{value="back\\\\slash \\"quote\\"\\nline"} 1

                """
        )
    }

    @Test func cellsOfOneSeriesAreSummed() {
        let registry = MetricsRegistry()
        let family = registry.counter("requests_total", "Requests.", labels: ["code"])
        let first = family.ownCell("200")
        let second = registry.counter("requests_total", "Requests.", labels: ["code"]).ownCell("200")
        #expect(first !== second)
        first.add(5)
        second.add(7)
        family["200"].add()
        #expect(text(registry).contains("requests_total{code=\"200\"} 13\n"))
    }

    @Test func aSeriesWithoutLabelsIsThereFromTheStart() {
        let registry = MetricsRegistry()
        _ = registry.counter("panics_total", "None yet.")
        #expect(text(registry).contains("panics_total 0\n"))
    }

    @Test func histogramBucketsAreCumulativeAndEndWithAll() {
        let registry = MetricsRegistry()
        let family = registry.histogram("wait_seconds", "Waits.", bounds: [0.5, 1, 2.5])
        let cell = family.ownCell()
        // On a bound means in that bucket.
        for value in [0.25, 0.5, 0.75, 2.5, 100] { cell.observe(value) }
        family[].observe(Duration.milliseconds(1_500))
        #expect(
            text(registry) == """
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.5"} 2
                wait_seconds_bucket{le="1"} 3
                wait_seconds_bucket{le="2.5"} 5
                wait_seconds_bucket{le="+Inf"} 6
                wait_seconds_sum 105.5
                wait_seconds_count 6

                """
        )
    }

    @Test func labelValuesBeyondTheLimitAreCountedTogether() {
        let registry = MetricsRegistry()
        let family = registry.counter("paths_total", "By path.", labels: ["path"])
        for index in 0..<(TelemetryLimits.seriesMax + 50) { family["/\(index)"].add() }
        let lines = text(registry).split(separator: "\n")
        #expect(lines.count == TelemetryLimits.seriesMax + 1 + 2)
        #expect(lines.contains("paths_total{path=\"other\"} 50"))
        // A series that was there before still counts for itself.
        family["/0"].add()
        #expect(text(registry).contains("paths_total{path=\"/0\"} 2\n"))
    }

    @Test func manyThreadsLoseNoCount() async {
        let registry = MetricsRegistry()
        let counter = registry.counter("ticks_total", "Ticks.")
        let waits = registry.histogram("ticks_seconds", "Ticks.")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter[].add()
                        waits[].observe(0.25)
                    }
                }
            }
        }
        #expect(text(registry).contains("ticks_total 80000\n"))
        #expect(text(registry).contains("ticks_seconds_count 80000\n"))
        #expect(text(registry).contains("ticks_seconds_sum 20000\n"))
    }

    @Test func computedValuesAreReadAtEachRendering() {
        let registry = MetricsRegistry()
        let source = registry.gauge("source", "Read by the other.")
        registry.computed("doubled", "Twice the source.", kind: .gauge, labels: ["of"]) {
            [(labels: ["source"], value: Double(source[].value) * 2.5)]
        }
        #expect(text(registry).contains("doubled{of=\"source\"} 0\n"))
        source[].set(3)
        #expect(text(registry).contains("doubled{of=\"source\"} 7.5\n"))
    }

    /// Limited: where another test has left a process that nobody waits for, this one would wait for ever.
    @Test(.timeLimit(.minutes(2))) func oneNameWithTwoKindsIsAProgrammersMistake() async {
        await #expect(processExitsWith: .failure) {
            let registry = MetricsRegistry()
            _ = registry.counter("twice", "A counter.")
            _ = registry.gauge("twice", "A gauge.")
        }
    }
}
