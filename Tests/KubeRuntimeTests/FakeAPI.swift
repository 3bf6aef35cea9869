import KubeClient
import KubeModel
import KubeRuntime
import LinuxIO
import Synchronization
import Wire

/// An API server as a pair of closures.
struct FakeAPI: KubeAPI {
    var answer: @Sendable (KubeRequest) async throws(KubeError) -> JSONValue
    var open: @Sendable (KubeRequest) async throws(KubeError) -> WatchStream

    func send(_ request: KubeRequest, timeout: Duration) async throws(KubeError) -> JSONValue {
        try await answer(request)
    }
    func watch(_ request: KubeRequest, idle: Duration) async throws(KubeError) -> WatchStream {
        try await open(request)
    }
}

/// A list that others fill and one task waits on; no sleeping.
final class Collector<Element: Sendable>: Sendable {
    private struct State {
        var all: [Element] = []
        var waiter: (count: Int, continuation: CheckedContinuation<Void, Never>)?
    }
    private let state = Mutex(State())

    func add(_ element: Element) {
        let waiter = state.withLock { state in
            state.all.append(element)
            guard let waiter = state.waiter, state.all.count >= waiter.count else {
                return CheckedContinuation<Void, Never>?.none
            }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume()
    }

    var all: [Element] { state.withLock { $0.all } }

    /// The first `count` elements, once they are there.
    func first(_ count: Int) async -> [Element] {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.all.count >= count { return true }
                state.waiter = (count, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
        return Array(all.prefix(count))
    }
}

extension ControlClock {
    /// Waits are over at once, but other tasks get their turn.
    static let impatient = ControlClock(now: { BootClock.now() }, pause: { _ in await Task.yield() })
    /// Waits last until their task is cancelled.
    static let patient = ControlClock(now: { BootClock.now() }, pause: { _ in await untilCancelled() })
}

func untilCancelled() async {
    let (stream, _) = AsyncStream.makeStream(of: Void.self)
    for await _ in stream {}
}
