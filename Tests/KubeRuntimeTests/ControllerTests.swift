import KubeModel
import KubeRuntime
import LinuxIO
import Ownership
import Synchronization
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct ControllerTests {
    private func key(_ index: Int) -> ObjectKey { ObjectKey(namespace: "n", name: "t\(index)") }

    /// Runs that wait until they are let go, and who is in them.
    private final class Gate: Sendable {
        struct State {
            var inside: [ObjectKey] = []
            var greatest = 0
            var overlaps = 0
            var isOpen = false
            var waiting: [CheckedContinuation<Void, Never>] = []
        }
        let state = Mutex(State())
        let entered = Collector<ObjectKey>()

        func pass(_ key: ObjectKey) async {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if state.inside.contains(key) { state.overlaps += 1 }
                    state.inside.append(key)
                    state.greatest = max(state.greatest, state.inside.count)
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                entered.add(key)
                if isOpen { continuation.resume() }
            }
            state.withLock { state in state.inside.removeAll { $0 == key } }
        }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    @Test func noMoreRunAtATimeThanAreAllowed() async {
        let gate = Gate()
        let done = Collector<ObjectKey>()
        let controller = Controller(concurrency: 3, seed: 1) { key in
            await gate.pass(key)
            done.add(key)
            return .done
        }
        for index in 0..<20 { controller.add(key(index)) }
        let run = Task { await controller.run() }
        _ = await gate.entered.first(3)
        #expect(controller.runningCount == 3)
        #expect(controller.queuedCount == 17)
        gate.open()
        #expect(Set(await done.first(20)).count == 20)
        #expect(gate.state.withLock { $0.greatest } == 3)
        await controller.stop(grace: .zero)
        await run.value
    }

    @Test func aKeyAddedWhileItRunsRunsOnceMoreAndNeverTwiceAtOnce() async {
        let gate = Gate()
        let done = Collector<ObjectKey>()
        let controller = Controller(concurrency: 8, seed: 1) { key in
            await gate.pass(key)
            done.add(key)
            return .done
        }
        let run = Task { await controller.run() }
        controller.add(key(1))
        _ = await gate.entered.first(1)
        for _ in 0..<50 { controller.add(key(1)) }
        gate.open()
        _ = await done.first(2)
        await controller.stop(grace: .seconds(10))
        await run.value
        #expect(done.all.count == 2)
        #expect(gate.state.withLock { $0.overlaps } == 0)
    }

    @Test func aFailureIsTriedAgainAfterAGrowingWait() async {
        let waits = Collector<Duration>()
        let start = BootClock.now()
        // Each wait moves this clock on by what was asked for.
        let moved = Mutex(Duration.zero)
        let clock = ControlClock(
            now: { start + moved.withLock { $0 } },
            pause: { duration in
                waits.add(duration)
                moved.withLock { $0 += duration }
            }
        )
        let tries = Collector<ObjectKey>()
        let backoff = Backoff(base: .milliseconds(100), cap: .seconds(1), jitterPercent: 0)
        let controller = Controller(concurrency: 1, backoff: backoff, seed: 1, clock: clock) { key in
            tries.add(key)
            return tries.all.count < 6 ? .failed : .done
        }
        let run = Task { await controller.run() }
        controller.add(key(1))
        _ = await tries.first(6)
        await controller.stop(grace: .zero)
        await run.value
        #expect(tries.all.count == 6)
        let total: Duration = moved.withLock { $0 }
        #expect(total >= Duration.milliseconds(2_500))
    }

    @Test func againAfterMeansLater() async {
        let start = BootClock.now()
        let moved = Mutex(Duration.zero)
        let clock = ControlClock(
            now: { start + moved.withLock { $0 } },
            pause: { wait in moved.withLock { $0 += wait } }
        )
        let times = Collector<MonotonicInstant>()
        let controller = Controller(concurrency: 1, seed: 1, clock: clock) { _ in
            times.add(clock.now())
            return times.all.count < 3 ? .again(after: .seconds(7)) : .done
        }
        let run = Task { await controller.run() }
        controller.add(key(1))
        let seen = await times.first(3)
        await controller.stop(grace: .zero)
        await run.value
        #expect(seen[1] - seen[0] >= .seconds(7))
        #expect(seen[2] - seen[1] >= .seconds(7))
    }

    @Test func oneKeyCanBeCancelledAndIsNotTriedAgain() async {
        let entered = Collector<ObjectKey>()
        let ended = Collector<ObjectKey>()
        let controller = Controller(concurrency: 2, seed: 1) { key in
            entered.add(key)
            await untilCancelled()
            ended.add(key)
            return .failed
        }
        let run = Task { await controller.run() }
        controller.add(key(1))
        controller.add(key(2))
        _ = await entered.first(2)
        #expect(controller.cancel(key(1)))
        #expect(!controller.cancel(key(9)))
        #expect(await ended.first(1) == [key(1)])
        await controller.stop(grace: .zero)
        await run.value
        #expect(entered.all.count == 2)
    }

    @Test func aFenceStopsEverythingAndARenewedSeatGoesOn() async {
        let entered = Collector<ObjectKey>()
        let controller = Controller(concurrency: 2, seed: 1) { key in
            entered.add(key)
            await untilCancelled()
            return .done
        }
        let run = Task { await controller.run() }
        for index in 0..<4 { controller.add(key(index)) }
        _ = await entered.first(2)
        controller.pause()
        await controller.quiesced()
        #expect(controller.runningCount == 0)
        #expect(entered.all.count == 2)
        controller.resume()
        _ = await entered.first(4)
        await controller.stop(grace: .zero)
        await run.value
    }

    @Test func stopWaitsForTheGraceAndThenCancels() async {
        let entered = Collector<ObjectKey>()
        let cancelled = Collector<Bool>()
        let controller = Controller(concurrency: 1, seed: 1, clock: .impatient) { key in
            entered.add(key)
            await untilCancelled()
            cancelled.add(Task.isCancelled)
            return .done
        }
        let run = Task { await controller.run() }
        controller.add(key(1))
        controller.add(key(2))
        _ = await entered.first(1)
        await controller.stop(grace: .seconds(3600))
        await run.value
        #expect(cancelled.all == [true])
        #expect(entered.all == [key(1)])
        controller.add(key(3))
        #expect(controller.runningCount == 0)
    }
}
