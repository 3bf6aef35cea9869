internal import Synchronization

/// Counts up. One writer per cell is the fast case; several may share one.
package final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    init() {}
    package func add(_ more: UInt64 = 1) { count.wrappingAdd(more, ordering: .relaxed) }
    package var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A number of things there are now.
package final class Gauge: Sendable {
    private let count = Atomic<Int64>(0)

    init() {}
    package func set(_ value: Int64) { count.store(value, ordering: .relaxed) }
    package func add(_ more: Int64) { count.wrappingAdd(more, ordering: .relaxed) }
    package var value: Int64 { count.load(ordering: .relaxed) }
}

/// How values spread over fixed buckets.
package final class Histogram: Sendable {
    /// Upper bounds, rising; the bucket above the last has none.
    let bounds: [Double]
    private let buckets: [Counter]
    /// The bits of a Double.
    private let sumBits = Atomic<UInt64>(0)

    init(bounds: [Double]) {
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Counter() }
    }

    /// In seconds, Prometheus' unit of time.
    package func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) * 1e-18)
    }

    /// As the other, without the division of 128 bits that a Duration costs.
    package func observe(nanoseconds: Int64) { observe(Double(nanoseconds) * 1e-9) }

    package func observe(_ value: Double) {
        buckets[bounds.firstIndex { value <= $0 } ?? bounds.count].add()
        var old = sumBits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + value).bitPattern
            let (exchanged, original) = sumBits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    /// Each bucket's own count, the one without bound last.
    var counts: [UInt64] { buckets.map(\.value) }
    var sum: Double { Double(bitPattern: sumBits.load(ordering: .relaxed)) }

    /// Seconds, from half a millisecond to ten seconds: an admission takes less than one, its timeout is ten.
    package static let latencyBounds: [Double] = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
}
