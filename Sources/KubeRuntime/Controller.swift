package import KubeModel
package import Ownership
import Synchronization
import Wire

/// Reconciles keys: level-triggered, a bounded number at a time, never two runs of one key at once. A key that is added
/// while it runs, runs again afterwards.
package final class Controller: Sendable {
    package enum Outcome: Sendable, Equatable {
        case done
        case again(after: Duration)
        /// Again after a wait that grows with every failure in a row.
        case failed
    }
    package typealias Reconcile = @Sendable (ObjectKey) async -> Outcome

    private struct State {
        var queue: WorkQueue<ObjectKey>
        /// Each may be cancelled by itself, which a child of a task group cannot be.
        var running: [ObjectKey: Task<Outcome, Never>] = [:]
        var isPaused = false
        var isStopping = false
        var idleWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let clock: ControlClock
    private let reconcile: Reconcile
    /// "Something may be due": one is enough, however many there were.
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    package init(
        concurrency: Int,
        backoff: Backoff = Backoff(base: .milliseconds(200), cap: .seconds(60)),
        seed: UInt64,
        clock: ControlClock = .live,
        reconcile: @escaping Reconcile
    ) {
        state = Mutex(State(queue: WorkQueue(concurrency: concurrency, backoff: backoff, seed: seed)))
        self.clock = clock
        self.reconcile = reconcile
        (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Until `stop`, or until the task is cancelled; then everything that runs is waited for.
    package func run() async {
        await withDiscardingTaskGroup { group in
            var timer: Task<Void, Never>?
            waker.yield()
            for await _ in wakes {
                while let (key, task) = startNext() {
                    group.addTask { await self.see(key, task) }
                }
                timer?.cancel()
                timer = state.withLock { $0.isStopping ? nil : $0.queue.nextDeadline }.map { deadline in
                    Task { [clock, waker] in
                        await clock.pause(max(.zero, deadline - clock.now()))
                        if !Task.isCancelled { waker.yield() }
                    }
                }
                if state.withLock({ $0.isStopping }) { break }
            }
            timer?.cancel()
            if Task.isCancelled { cancelAll() }
        }
    }

    // MARK: - Keys

    package func add(_ key: ObjectKey) {
        state.withLock { $0.queue.add(key) }
        waker.yield()
    }

    /// Cancels the run of a key, if there is one; true if there is.
    @discardableResult
    package func cancel(_ key: ObjectKey) -> Bool {
        let task = state.withLock { $0.running[key] }
        task?.cancel()
        return task != nil
    }

    package var runningCount: Int { state.withLock { $0.running.count } }
    package var queuedCount: Int { state.withLock { $0.queue.queuedCount } }

    // MARK: - All of it

    /// Starts nothing more until `resume`, and cancels what runs.
    package func pause() {
        state.withLock { $0.isPaused = true }
        cancelAll()
    }

    package func resume() {
        state.withLock { $0.isPaused = false }
        waker.yield()
    }

    /// Returns once nothing runs.
    package func quiesced() async {
        await withCheckedContinuation { waiter in
            let isIdle = state.withLock { state in
                if state.running.isEmpty { return true }
                state.idleWaiters.append(waiter)
                return false
            }
            if isIdle { waiter.resume() }
        }
    }

    /// Starts nothing more; what runs may end by itself within `grace`, then it is cancelled and waited for.
    package func stop(grace: Duration) async {
        state.withLock { $0.isStopping = true }
        waker.yield()
        let deadline = Task { [clock] in
            await clock.pause(grace)
            if !Task.isCancelled { self.cancelAll() }
        }
        await quiesced()
        deadline.cancel()
    }

    private func cancelAll() {
        for task in state.withLock({ Array($0.running.values) }) { task.cancel() }
    }

    // MARK: - One run

    private func startNext() -> (ObjectKey, Task<Outcome, Never>)? {
        state.withLock { state in
            guard !state.isPaused, !state.isStopping, let key = state.queue.take(now: clock.now()) else { return nil }
            let task = Task { [reconcile] in await reconcile(key) }
            state.running[key] = task
            return (key, task)
        }
    }

    private func see(_ key: ObjectKey, _ task: Task<Outcome, Never>) async {
        let outcome = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        let waiters = state.withLock { state in
            state.running[key] = nil
            state.queue.done(key)
            // Who cancelled it knows what is next; news of the object will add it again.
            switch task.isCancelled ? .done : outcome {
            case .done: state.queue.forget(key)
            case .again(let delay):
                state.queue.forget(key)
                state.queue.add(key, after: delay, now: clock.now())
            case .failed: state.queue.retry(key, now: clock.now())
            }
            guard state.running.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.idleWaiters = [] }
            return state.idleWaiters
        }
        for waiter in waiters { waiter.resume() }
        waker.yield()
    }
}
