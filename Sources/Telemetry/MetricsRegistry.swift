internal import Synchronization

/// The metrics of a process, rendered in Prometheus' text format 0.0.4.
package final class MetricsRegistry: Sendable {
    private let families = Mutex<[String: any MetricFamily]>([:])

    package init() {}

    /// The content type of what `render` gives.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The same name gives the same family, so that each reactor may ask for it.
    package func counter(_ name: String, _ help: String, labels: [String] = []) -> Family<Counter> {
        register(Family(name, help, labels) { Counter() })
    }

    package func gauge(_ name: String, _ help: String, labels: [String] = []) -> Family<Gauge> {
        register(Family(name, help, labels) { Gauge() })
    }

    package func histogram(
        _ name: String,
        _ help: String,
        labels: [String] = [],
        bounds: [Double] = Histogram.latencyBounds
    ) -> Family<Histogram> {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "a histogram's bounds rise")
        return register(Family(name, help, labels) { Histogram(bounds: bounds) })
    }

    /// A family whose values are looked up at each rendering.
    package func computed(
        _ name: String,
        _ help: String,
        kind: ComputedFamily.Kind,
        labels: [String] = [],
        _ samples: @escaping @Sendable () -> [(labels: [String], value: Double)]
    ) {
        _ = register(ComputedFamily(name, help, kind, labels, samples))
    }

    /// Families by name, series by label values: two renderings of the same state are the same text.
    package func render() -> [UInt8] {
        let all = families.withLock { Array($0.values) }
        var text = MetricsText()
        for family in all.sorted(by: { $0.head.name < $1.head.name }) { family.render(to: &text) }
        return Array(text.text.utf8)
    }

    private func register<New: MetricFamily>(_ new: New) -> New {
        families.withLock { families in
            guard let known = families[new.head.name] else {
                families[new.head.name] = new
                return new
            }
            guard let same = known as? New, same.head.labels == new.head.labels else {
                preconditionFailure("the metric \(new.head.name) is registered with another kind or other labels")
            }
            return same
        }
    }
}

/// Name, help and label names of a family.
package struct MetricHead: Sendable {
    let name: String
    let help: String
    let labels: [String]

    init(_ name: String, _ help: String, _ labels: [String]) {
        precondition(Self.isName(name), "'\(name)' is no metric name")
        precondition(
            labels.allSatisfy { Self.isName($0) && !$0.contains(":") && $0 != "le" },
            "\(labels) are no label names"
        )
        self.name = name
        self.help = help
        self.labels = labels
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
            default: false
            }
        }
    }
}

package protocol MetricFamily: Sendable {
    var head: MetricHead { get }
    func render(to text: inout MetricsText)
}
