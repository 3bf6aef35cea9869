import KubeModel
import Product
import Testing
import Wire

@Suite struct EventBookTests {
    private let wall = Timestamp("2026-01-01T00:00:30Z") ?? Timestamp(seconds: 0)
    private let start = MonotonicInstant(nanoseconds: 0)

    private func event(
        _ task: String,
        _ reason: String = "Started",
        _ weight: OperatorEvent.Weight = .normal,
        _ message: String = ""
    ) -> OperatorEvent {
        OperatorEvent(.task(ObjectKey(namespace: "default", name: task), uid: "u"), weight, reason, message)
    }

    private func next(_ book: inout EventBook, _ now: MonotonicInstant, _ word: UInt64) throws -> EventBook.Write {
        let write = book.next(now: now, word: word)
        return try #require(write)
    }

    private func limits(waiting: Int = 4, burst: Int = 3) -> EventBook.Limits {
        var limits = EventBook.Limits()
        limits.waiting = waiting
        limits.burst = burst
        limits.interval = .seconds(1)
        limits.series = 2
        limits.seriesFor = .seconds(60)
        return limits
    }

    @Test func eventsLeaveInTheirOrder() {
        var book = EventBook(limits())
        for name in ["a", "b"] { book.add(event(name), at: wall) }
        #expect(book.next(now: start, word: 1)?.object.event.subject.key.name == "a")
        #expect(book.next(now: start, word: 2)?.object.event.subject.key.name == "b")
        #expect(book.next(now: start, word: 3) == nil && book.isEmpty)
        #expect(book.deadline(now: start) == nil)
    }

    @Test func theRateIsBounded() {
        var book = EventBook(limits(waiting: 10))
        for name in ["a", "b", "c", "d", "e"] { book.add(event(name), at: wall) }
        for _ in 1...3 { #expect(book.next(now: start, word: 1) != nil) }
        #expect(book.next(now: start, word: 1) == nil)
        let due = book.deadline(now: start)
        #expect(due == start + .seconds(1))
        #expect(book.next(now: start + .milliseconds(999), word: 1) == nil)
        #expect(book.next(now: start + .seconds(1), word: 1) != nil)
        #expect(book.next(now: start + .seconds(1), word: 1) == nil)
    }

    @Test func anIdleTimeFillsUpNoMoreThanOneBurst() {
        var book = EventBook(limits(waiting: 10))
        for name in ["a", "b", "c"] { book.add(event(name), at: wall) }
        for _ in 1...3 { #expect(book.next(now: start, word: 1) != nil) }
        for name in ["a", "b", "c", "d", "e"] { book.add(event(name, "Later"), at: wall) }
        let later = start + .seconds(3_600)
        for _ in 1...3 { #expect(book.next(now: later, word: 1) != nil) }
        #expect(book.next(now: later, word: 1) == nil)
    }

    @Test func whatIsTooMuchIsDroppedAndWarningsGoFirst() {
        var book = EventBook(limits(waiting: 2))
        for name in ["a", "b", "c"] { book.add(event(name), at: wall) }
        #expect(book.dropped == 1)
        book.add(event("d", "Retrying", .warning), at: wall)
        #expect(book.dropped == 2)
        let names = (1...2).compactMap { book.next(now: start, word: UInt64($0))?.object.event.subject.key.name }
        #expect(names == ["b", "d"])
        #expect(book.isEmpty)
    }

    @Test func whatHappensAgainWhileItWaitsIsOneEvent() {
        var book = EventBook(limits())
        book.add(event("a", "Retrying", .warning, "try 1"), at: wall)
        book.add(event("a", "Retrying", .warning, "try 2"), at: Timestamp(seconds: wall.seconds + 5))
        let write = book.next(now: start, word: 255)
        #expect(write?.object.count == 2 && write?.object.event.message == "try 2" && write?.isAgain == false)
        #expect(write?.object.first == wall && write?.object.last.seconds == wall.seconds + 5)
        #expect(write?.object.name == "a.ff")
    }

    @Test func whatHappensAgainLaterRaisesTheCountOfTheFirst() throws {
        var book = EventBook(limits())
        book.add(event("a"), at: wall)
        let first = try next(&book, start, 1)
        book.written(first, now: start)
        book.add(event("a"), at: Timestamp(seconds: wall.seconds + 5))
        let again = try next(&book, start + .seconds(5), 2)
        #expect(again.isAgain && again.object.name == first.object.name && again.object.count == 2)
        #expect(again.object.again["count"] == 2)
        // The API server has forgotten it: a new one begins.
        book.lost(again)
        book.add(event("a"), at: wall)
        #expect(try next(&book, start + .seconds(6), 3).isAgain == false)
    }

    @Test func afterAWhileASeriesBeginsAnew() throws {
        var book = EventBook(limits())
        book.add(event("a"), at: wall)
        let first = try next(&book, start, 1)
        book.written(first, now: start)
        book.add(event("a"), at: wall)
        #expect(try next(&book, start + .seconds(60), 2).isAgain == false)
    }

    @Test func ofMoreSeriesThanTheLimitTheOldestIsForgotten() throws {
        var book = EventBook(limits(waiting: 10))
        for (second, name) in ["a", "b", "a", "c"].enumerated() {
            book.add(event(name), at: wall)
            let now = start + .seconds(second)
            book.written(try next(&book, now, 1), now: now)
        }
        // "a" was told again after "b".
        for (name, isKnown) in [("a", true), ("c", true), ("b", false)] {
            book.add(event(name), at: wall)
            #expect(try next(&book, start + .seconds(9), 2).isAgain == isKnown, "\(name)")
        }
    }

    @Test func theObjectIsOneThatKubectlFinds() throws {
        var book = EventBook(limits())
        book.add(event("a", "Succeeded", .normal, String(repeating: "x", count: 2_000)), at: wall)
        let json = try next(&book, start, 16).object.created(by: "op-a")
        #expect(json.at("involvedObject", "uid") == "u" && json.at("involvedObject", "kind") == "TaskOwner")
        #expect(json.at("metadata", "namespace") == json.at("involvedObject", "namespace"))
        #expect(json["firstTimestamp"] == "2026-01-01T00:00:30Z" && json["count"] == 1)
        #expect(json.at("source", "component") == "workclaim" && json["type"] == "Normal")
        #expect(json["message"]?.stringValue?.count == 1_024)
    }

    @Test func aLongNameIsCut() {
        let subject = OperatorEvent.Subject.task(
            ObjectKey(namespace: "d", name: String(repeating: "n", count: 253))
        )
        #expect(EventObject.name(subject, .max).count == 253)
    }
}
