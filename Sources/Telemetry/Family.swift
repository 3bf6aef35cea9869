internal import Synchronization

/// All series of one metric. A series is the sum of its cells: whoever writes often (a reactor) asks once for a cell of its
/// own, so that no two threads write to the same line of memory; whoever writes seldom shares one.
package final class Family<Cell: MetricCell>: MetricFamily {
    package let head: MetricHead
    private let make: @Sendable () -> Cell
    private let series = Mutex<[[String]: [Cell]]>([:])

    init(_ name: String, _ help: String, _ labels: [String], make: @escaping @Sendable () -> Cell) {
        head = MetricHead(name, help, labels)
        self.make = make
        // A series without labels is there from the start: a rate over a missing series is no zero.
        if labels.isEmpty { series.withLock { $0[[]] = [make()] } }
    }

    /// The cell that all callers share. Values in the order of the label names.
    package subscript(_ values: String...) -> Cell { cell(values, own: false) }

    /// A new cell, for one writer; to be asked for once and kept.
    package func ownCell(_ values: String...) -> Cell { cell(values, own: true) }

    private func cell(_ values: [String], own: Bool) -> Cell {
        precondition(
            values.count == head.labels.count,
            "\(head.name) has the labels \(head.labels), not \(values.count)"
        )
        return series.withLock { series in
            // Label values may come from a peer: beyond the limit they share one series.
            let known = series[values] != nil || series.count < TelemetryLimits.seriesMax
            let key = known ? values : values.map { _ in "other" }
            if let shared = series[key]?.first, !own || series[key, default: []].count >= TelemetryLimits.cellsMax {
                return shared
            }
            let new = make()
            series[key, default: []].append(new)
            return new
        }
    }

    package func render(to text: inout MetricsText) {
        let snapshot = series.withLock { $0 }
        text.head(head, kind: Cell.kind)
        for (values, cells) in snapshot.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            Cell.render(cells, name: head.name, labels: Array(zip(head.labels, values)), to: &text)
        }
    }
}

/// A counter, gauge or histogram as `Family` sees it.
package protocol MetricCell: AnyObject, Sendable {
    static var kind: String { get }
    static func render(_ cells: [Self], name: String, labels: [(String, String)], to text: inout MetricsText)
}

extension Counter: MetricCell {
    package static let kind = "counter"
    package static func render(_ cells: [Counter], name: String, labels: [(String, String)], to text: inout MetricsText)
    {
        text.sample(name, labels, String(cells.reduce(0) { $0 &+ $1.value }))
    }
}

extension Gauge: MetricCell {
    package static let kind = "gauge"
    package static func render(_ cells: [Gauge], name: String, labels: [(String, String)], to text: inout MetricsText) {
        text.sample(name, labels, String(cells.reduce(0) { $0 &+ $1.value }))
    }
}

extension Histogram: MetricCell {
    package static let kind = "histogram"
    package static func render(
        _ cells: [Histogram],
        name: String,
        labels: [(String, String)],
        to text: inout MetricsText
    ) {
        guard let bounds = cells.first?.bounds else { return }
        var counts = [UInt64](repeating: 0, count: bounds.count + 1)
        for cell in cells {
            for (index, count) in cell.counts.enumerated() { counts[index] += count }
        }
        var total: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            text.sample(name + "_bucket", labels + [("le", MetricsText.number(bound))], String(total))
        }
        text.sample(name + "_sum", labels, MetricsText.number(cells.reduce(0) { $0 + $1.sum }))
        text.sample(name + "_count", labels, String(total))
    }
}

/// A metric whose values live elsewhere.
package struct ComputedFamily: MetricFamily {
    package enum Kind: String, Sendable { case counter, gauge }

    package let head: MetricHead
    private let kind: Kind
    private let samples: @Sendable () -> [(labels: [String], value: Double)]

    init(
        _ name: String,
        _ help: String,
        _ kind: Kind,
        _ labels: [String],
        _ samples: @escaping @Sendable () -> [(labels: [String], value: Double)]
    ) {
        head = MetricHead(name, help, labels)
        self.kind = kind
        self.samples = samples
    }

    package func render(to text: inout MetricsText) {
        text.head(head, kind: kind.rawValue)
        for (values, value) in samples().sorted(by: { $0.labels.lexicographicallyPrecedes($1.labels) }) {
            text.sample(head.name, Array(zip(head.labels, values)), MetricsText.number(value))
        }
    }
}
