package import Wire

/// The keys that await a reconcile, after client-go's queue: a key that is added many times is worked on once, never by
/// two workers at a time, and once more if it was added while it was worked on. Fair: first come, first served.
///
/// It holds a key at most once in each of its parts, so it is bounded by the number of objects its user knows.
package struct WorkQueue<Key: Hashable & Sendable>: Sendable {
    /// In the order they will be taken; the first `head` are taken already.
    private var queued: [Key] = []
    private var head = 0
    /// What must be worked on (again); a superset of what is queued.
    private var dirty: Set<Key> = []
    private var processing: Set<Key> = []
    private var delayed = DelayedKeys<Key>()
    private var failures: [Key: Int] = [:]
    private var random: SeededRandom
    private let concurrency: Int
    private let backoff: Backoff

    package init(concurrency: Int, backoff: Backoff, seed: UInt64) {
        self.concurrency = max(concurrency, 1)
        self.backoff = backoff
        random = SeededRandom(seed: seed)
    }

    package var queuedCount: Int { queued.count - head }
    package var processingCount: Int { processing.count }
    package var delayedCount: Int { delayed.count }
    /// When `take` will have something that it has not now, as far as time decides it.
    package var nextDeadline: MonotonicInstant? { delayed.earliest }

    /// All workers have something to do.
    package var isBusy: Bool { processing.count >= concurrency }

    /// Something about the key has changed. False if it queues already, or will once its work has ended.
    @discardableResult
    package mutating func add(_ key: Key) -> Bool {
        guard dirty.insert(key).inserted, !processing.contains(key) else { return false }
        queued.append(key)
        return true
    }

    /// Adds the key later. Of two waits for one key the shorter counts.
    package mutating func add(_ key: Key, after delay: Duration, now: MonotonicInstant) {
        guard delay > .zero else {
            add(key)
            return
        }
        delayed.insert(key, at: now + delay)
    }

    /// Adds the key after a wait that grows with its failures in a row; tells the wait.
    @discardableResult
    package mutating func retry(_ key: Key, now: MonotonicInstant) -> Duration {
        let attempt = failures[key, default: 0]
        failures[key] = attempt + 1
        let delay = backoff.delay(attempt: attempt, random: random.next())
        add(key, after: delay, now: now)
        return delay
    }

    /// The key's failures count no more: it succeeded, or its object is gone.
    package mutating func forget(_ key: Key) { failures[key] = nil }

    package func failureCount(_ key: Key) -> Int { failures[key] ?? 0 }

    /// The next key to work on, which must be followed by `done`; nil if none is due or all workers are busy.
    /// A wait that was still running for the key ends: this reconcile sees everything, and decides anew.
    package mutating func take(now: MonotonicInstant) -> Key? {
        while let due = delayed.popDue(now) { add(due) }
        guard !isBusy, head < queued.count else { return nil }
        let key = queued[head]
        head += 1
        if head == queued.count || head >= max(1024, queued.count / 2) {
            queued.removeFirst(head)
            head = 0
        }
        dirty.remove(key)
        processing.insert(key)
        delayed.remove(key)
        return key
    }

    /// The work on a key that `take` gave out has ended. If it was added meanwhile, it queues again.
    package mutating func done(_ key: Key) {
        guard processing.remove(key) != nil else { return }
        if dirty.contains(key) { queued.append(key) }
    }
}
