import Ownership
import Testing
import Wire

/// If these fail, a task is reconciled by two workers at once, or a change of it is never looked at.
@Suite struct WorkQueueTests {
    private let start = MonotonicInstant(nanoseconds: 0)

    private func queue(_ concurrency: Int = 10) -> WorkQueue<String> {
        WorkQueue(
            concurrency: concurrency,
            backoff: Backoff(base: .milliseconds(100), cap: .seconds(10), jitterPercent: 0),
            seed: 1
        )
    }

    @Test func keysComeInTheOrderTheyWereAddedEachOnce() {
        var queue = queue()
        for key in ["c", "a", "c", "b", "a"] { queue.add(key) }
        #expect(queue.queuedCount == 3)
        #expect((0..<4).map { _ in queue.take(now: start) } == ["c", "a", "b", nil])
    }

    @Test func aKeyThatIsWorkedOnIsNotGivenOutAgainUntilDone() {
        var queue = queue()
        queue.add("a")
        #expect(queue.take(now: start) == "a")
        queue.add("a")
        queue.add("a")
        #expect(queue.take(now: start) == nil)
        queue.done("a")
        #expect(queue.take(now: start) == "a")
        queue.done("a")
        #expect(queue.take(now: start) == nil)
    }

    @Test func noMoreKeysAreOutThanAllowed() {
        var queue = queue(2)
        for key in ["a", "b", "c"] { queue.add(key) }
        #expect(queue.take(now: start) == "a")
        #expect(queue.take(now: start) == "b")
        #expect(queue.take(now: start) == nil)
        queue.done("b")
        #expect(queue.take(now: start) == "c")
    }

    @Test func aKeyAddedLaterComesWhenItIsDueAndTheShorterWaitCounts() {
        var queue = queue()
        queue.add("a", after: .seconds(5), now: start)
        queue.add("a", after: .seconds(2), now: start)
        queue.add("a", after: .seconds(9), now: start)
        queue.add("b", after: .seconds(3), now: start)
        #expect(queue.nextDeadline == start + .seconds(2))
        #expect(queue.take(now: start + .milliseconds(1_999)) == nil)
        #expect(queue.take(now: start + .seconds(4)) == "a")
        #expect(queue.take(now: start + .seconds(4)) == "b")
        #expect(queue.nextDeadline == nil && queue.delayedCount == 0)
        queue.add("c", after: .zero, now: start)
        #expect(queue.take(now: start) == "c")
    }

    @Test func takingAKeyEndsItsWait() {
        var queue = queue()
        queue.add("a", after: .seconds(5), now: start)
        queue.add("a")
        #expect(queue.take(now: start) == "a")
        queue.done("a")
        #expect(queue.nextDeadline == nil)
        #expect(queue.take(now: start + .seconds(10)) == nil)
    }

    @Test func aWaitBegunWhileWorkingOutlastsIt() {
        var queue = queue()
        queue.add("a")
        #expect(queue.take(now: start) == "a")
        queue.add("a", after: .seconds(1), now: start)
        queue.done("a")
        #expect(queue.take(now: start) == nil)
        #expect(queue.take(now: start + .seconds(1)) == "a")
    }

    @Test func retriesWaitTwiceAsLongEachTimeUntilForgotten() {
        var queue = queue()
        let waits = (0..<9).map { _ in queue.retry("a", now: start) }
        #expect(waits.map(\.wholeMilliseconds) == [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
        #expect(queue.failureCount("a") == 9 && queue.failureCount("b") == 0)
        queue.forget("a")
        #expect(queue.retry("a", now: start) == .milliseconds(100))
    }

    @Test func theSameSeedGivesTheSameWaits() {
        let backoff = Backoff(base: .milliseconds(100), cap: .seconds(10), jitterPercent: 50)
        var left = WorkQueue<Int>(concurrency: 1, backoff: backoff, seed: 7)
        var right = WorkQueue<Int>(concurrency: 1, backoff: backoff, seed: 7)
        let waits = (0..<50).map { left.retry($0, now: start) }
        #expect(waits == (0..<50).map { right.retry($0, now: start) })
        #expect(Set(waits).count > 30)
        #expect(waits.allSatisfy { $0 > .milliseconds(49) && $0 <= .milliseconds(100) })
    }

    @Test func whatWasNotTakenCannotBeDone() {
        var queue = queue()
        queue.done("a")
        queue.add("a")
        queue.done("a")
        #expect(queue.queuedCount == 1)
        #expect(queue.take(now: start) == "a")
    }

    /// All sequences of seven steps over two keys, against a model that says only: every add is followed by a take that
    /// starts after it, and no key is out twice.
    @Test func noAddIsLostInAnyOrderOfEvents() {
        for sequence in 0..<(1 << 14) {
            var queue = queue(2)
            var owed: Set<String> = []
            var out: Set<String> = []
            for step in 0..<7 {
                let key = (sequence >> (2 * step)) & 1 == 0 ? "a" : "b"
                if (sequence >> (2 * step + 1)) & 1 == 0 {
                    queue.add(key)
                    owed.insert(key)
                } else if out.contains(key) {
                    queue.done(key)
                    out.remove(key)
                } else if let taken = queue.take(now: start) {
                    if !out.insert(taken).inserted { Issue.record("\(taken) is out twice in \(sequence)") }
                    owed.remove(taken)
                }
            }
            for key in out { queue.done(key) }
            while let taken = queue.take(now: start) {
                owed.remove(taken)
                queue.done(taken)
            }
            if !owed.isEmpty { Issue.record("\(owed) lost in \(sequence)") }
        }
    }

    /// Many keys with random waits come out in order of their times, however often waits are replaced.
    @Test func delayedKeysComeInTimeOrderAndLeaveNothingBehind() {
        var queue = queue(.max)
        var random = SeededRandom(seed: 3)
        var due: [String: Int64] = [:]
        for _ in 0..<5_000 {
            let key = "k\(random.next() % 500)"
            let milliseconds = Int64(random.next() % 10_000) + 1
            queue.add(key, after: .milliseconds(milliseconds), now: start)
            due[key] = min(due[key] ?? .max, milliseconds)
        }
        #expect(queue.delayedCount == due.count)
        var last: Int64 = 0
        while let deadline = queue.nextDeadline {
            let now = (deadline - start).wholeMilliseconds
            #expect(now >= last)
            last = now
            while let key = queue.take(now: deadline) {
                #expect(due.removeValue(forKey: key) == now)
                queue.done(key)
            }
        }
        #expect(due.isEmpty)
    }
}

@Suite struct BackoffTests {
    @Test func delaysDoubleToTheCapAndChanceOnlyShortens() {
        let backoff = Backoff(base: .milliseconds(5), cap: .seconds(300), jitterPercent: 20)
        #expect(backoff.delay(attempt: 0, random: 0) == .milliseconds(5))
        #expect(backoff.delay(attempt: 3, random: 0) == .milliseconds(40))
        #expect(backoff.delay(attempt: 1_000_000, random: 0) == .seconds(300))
        #expect(backoff.delay(attempt: -1, random: 0) == .milliseconds(5))
        let least = backoff.delay(attempt: 1_000, random: .max)
        #expect(least < .seconds(241) && least >= .seconds(240))
    }

    @Test func senselessFiguresAreMadeSensible() {
        let backoff = Backoff(base: .seconds(-1), cap: .seconds(-5), jitterPercent: 400)
        #expect(backoff.delay(attempt: 9, random: .max) >= .zero)
        #expect(backoff.base > .zero && backoff.cap >= backoff.base && backoff.jitterPercent == 100)
    }
}
