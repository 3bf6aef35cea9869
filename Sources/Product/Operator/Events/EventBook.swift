package import Wire

/// Events on their way to the API server: a bounded queue, a bounded rate, and one Event for what happens again. Pure.
package struct EventBook: Sendable {
    package struct Limits: Sendable {
        /// Events that wait; then a Normal one gives way to a Warning, and is dropped.
        package var waiting = 256
        /// So many at once, and then one every `interval`.
        package var burst = 50
        package var interval = Duration.milliseconds(500)
        /// Events remembered, and for how long: what happens again in this time raises a count.
        package var series = 1_024
        package var seriesFor = Duration.seconds(600)

        package init() {}
    }

    /// What is to be sent next.
    package struct Write: Sendable, Equatable {
        package var object: EventObject
        /// An Event of this name is there already, and its count rises.
        package var isAgain: Bool
        fileprivate var series: Series
    }

    fileprivate struct Series: Sendable, Hashable {
        var subject: OperatorEvent.Subject
        var reason: String
    }
    private struct Entry {
        var event: OperatorEvent
        var count: Int64
        var first: Timestamp
        var last: Timestamp
    }
    private struct Told {
        var object: EventObject
        var at: MonotonicInstant
    }

    private let limits: Limits
    /// In their order, each once; what they say is in `entries`. Most that is told while the queue is full is dropped: that must
    /// cost no walk over it.
    private var waiting: [Series] = []
    private var entries: [Series: Entry] = [:]
    private var normals = 0
    private var told: [Series: Told] = [:]
    private var tokens: Int
    private var refilled: MonotonicInstant?
    package private(set) var dropped = 0

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
        tokens = limits.burst
    }

    package var isEmpty: Bool { waiting.isEmpty }

    package mutating func add(_ event: OperatorEvent, at wall: Timestamp) {
        let series = Series(subject: event.subject, reason: event.reason)
        if let before = entries[series] {
            let entry = Entry(event: event, count: before.count + 1, first: before.first, last: wall)
            return set(series, entry)
        }
        if waiting.count >= limits.waiting {
            dropped += 1
            guard event.weight == .warning, normals > 0,
                let index = waiting.firstIndex(where: { entries[$0]?.event.weight == .normal })
            else { return }
            set(waiting.remove(at: index), nil)
        }
        waiting.append(series)
        set(series, Entry(event: event, count: 1, first: wall, last: wall))
    }

    private mutating func set(_ series: Series, _ entry: Entry?) {
        let before = entries[series]
        entries[series] = entry
        normals += (entry?.event.weight == .normal ? 1 : 0) - (before?.event.weight == .normal ? 1 : 0)
    }

    /// The oldest, if the rate allows; `word` is random, for its name.
    package mutating func next(now: MonotonicInstant, word: UInt64) -> Write? {
        refill(now)
        guard tokens > 0, let series = waiting.first, let entry = entries[series] else { return nil }
        tokens -= 1
        waiting.removeFirst()
        set(series, nil)
        if let told = told[series], now - told.at < limits.seriesFor {
            var object = told.object
            object.event = entry.event
            object.count += entry.count
            object.last = entry.last
            return Write(object: object, isAgain: true, series: series)
        }
        let object = EventObject(
            event: entry.event,
            name: EventObject.name(entry.event.subject, word),
            count: entry.count,
            first: entry.first,
            last: entry.last
        )
        return Write(object: object, isAgain: false, series: series)
    }

    /// When the next one may be sent; nil: nothing waits.
    package func deadline(now: MonotonicInstant) -> MonotonicInstant? {
        if waiting.isEmpty { return nil }
        return tokens > 0 ? now : (refilled ?? now) + limits.interval
    }

    /// It is stored, as `object` says.
    package mutating func written(_ write: Write, now: MonotonicInstant) {
        if told[write.series] == nil, told.count >= limits.series { forgetOldest() }
        told[write.series] = Told(object: write.object, at: now)
    }

    /// The Event that was to be raised has expired.
    package mutating func lost(_ write: Write) { told[write.series] = nil }

    private mutating func refill(_ now: MonotonicInstant) {
        guard let since = refilled, tokens < limits.burst else {
            refilled = now
            return
        }
        let count = (now - since) / limits.interval
        guard count >= 1 else { return }
        let whole = Int(min(count, Double(limits.burst)))
        tokens = min(limits.burst, tokens + whole)
        refilled = tokens == limits.burst ? now : since + limits.interval * whole
    }

    /// One at a time, so that what is remembered stays level. To look at all costs little at the rate at which Events are written.
    private mutating func forgetOldest() {
        if let oldest = told.min(by: { $0.value.at < $1.value.at }) { told[oldest.key] = nil }
    }
}
