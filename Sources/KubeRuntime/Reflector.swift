package import KubeClient
package import KubeModel
package import Ownership
import Serving
import Wire

/// Runs a WatchMachine against an API server and delivers what it says, one thing after another.
package struct Reflector: Sendable {
    /// Called in order with what came together (a page of a list, some lines of a watch), never with nothing; what comes next
    /// waits until it returns.
    package typealias Deliver = @Sendable ([WatchNews]) async -> Void

    private let api: any KubeAPI
    private let resource: GroupVersionResource
    private let scope: ListScope
    private let policy: WatchPolicy
    private let seed: UInt64
    private let clock: ControlClock
    private let deliver: Deliver
    private let count: Count

    /// Told of what came of lists and streams.
    package typealias Count = @Sendable (GroupVersionResource, Happening) -> Void

    package enum Happening: Sendable, Equatable {
        /// Before anything is asked.
        case began
        /// One page of a list.
        case page(CallOutcome)
        /// The end of a stream, or that it could not be opened; `done`: the server closed it in order.
        case streamEnded(CallOutcome)
        /// From now on what was delivered may be out of date.
        case interrupted
    }

    package init(
        _ api: any KubeAPI,
        _ resource: GroupVersionResource,
        _ scope: ListScope,
        policy: WatchPolicy = WatchPolicy(),
        seed: UInt64,
        clock: ControlClock = .live,
        count: @escaping Count = { _, _ in },
        deliver: @escaping Deliver
    ) {
        self.api = api
        self.resource = resource
        self.scope = scope
        self.policy = policy
        self.seed = seed
        self.clock = clock
        self.deliver = deliver
        self.count = count
    }

    /// Until the task is cancelled. Every run begins with a consistent list.
    package func run() async {
        count(resource, .began)
        var machine = WatchMachine(policy: policy, seed: seed)
        var operation = await step(&machine, [.start])
        while let current = operation, !Task.isCancelled { operation = await perform(current, &machine) }
    }

    /// Delivers what the machine makes of events; answers what it wants done next, which ends what was being done: what came
    /// after that is dropped.
    private func step(_ machine: inout WatchMachine, _ events: [WatchMachine.Event]) async -> WatchMachine.Action? {
        var operation: WatchMachine.Action?
        var news: [WatchNews] = []
        for event in events where operation == nil {
            for action in machine.step(event, now: clock.now()) {
                if case .unhealthy = action { count(resource, .interrupted) }
                if let item = WatchNews(action) { news.append(item) } else { operation = action }
            }
        }
        if !news.isEmpty { await deliver(news) }
        return operation
    }

    private func perform(
        _ operation: WatchMachine.Action,
        _ machine: inout WatchMachine
    ) async -> WatchMachine.Action? {
        switch operation {
        case .list(let continuation, let limit):
            let request = KubeRequest.list(resource, scope, limit: limit, continuation: continuation)
            return await step(&machine, [await list(request)])
        case .watch(let version, let seconds, let idle):
            let request = KubeRequest.watch(resource, scope, from: version, timeoutSeconds: seconds)
            return await watch(request, idle, &machine)
        case .watchList(let seconds, let idle):
            let request = KubeRequest.watchList(resource, scope, timeoutSeconds: seconds)
            return await watch(request, idle, &machine)
        case .wait(let duration):
            await clock.pause(duration)
            return await step(&machine, [.waited])
        case .upsert, .delete, .synced, .reached, .unhealthy, .healthy: return nil
        }
    }

    private func list(_ request: KubeRequest) async -> WatchMachine.Event {
        let value: JSONValue
        do throws(KubeError) {
            value = try await api.send(request)
        } catch {
            count(resource, .page(CallOutcome(error)))
            return .listFailed(WatchFailure(error))
        }
        do throws(ModelError) {
            let page = try ListPage(value)
            for item in page.items {
                if let mistake = mistake(in: item) { throw ModelError(path: "items", reason: mistake) }
            }
            count(resource, .page(.done))
            return .page(page)
        } catch {
            count(resource, .page(.malformed))
            return .listFailed(.malformed("the list of \(resource) cannot be read: \(error)"))
        }
    }

    private func watch(
        _ request: KubeRequest,
        _ idle: Duration,
        _ machine: inout WatchMachine
    ) async -> WatchMachine.Action? {
        do throws(KubeError) {
            var stream = try await api.watch(request, idle: idle)
            if let next = await step(&machine, [.opened]) { return next }
            while let events = try await stream.batch() {
                if let next = await step(&machine, events.map(event)) {
                    countEnd(events)
                    return next
                }
                if Task.isCancelled { return nil }
            }
            count(resource, .streamEnded(.done))
            return await step(&machine, [.streamEnded(.finished)])
        } catch {
            if Task.isCancelled { return nil }
            count(resource, .streamEnded(CallOutcome(error)))
            return await step(&machine, [.streamEnded(error.isSilence ? .silent : .failed(WatchFailure(error)))])
        }
    }
}

extension Reflector {
    /// What belongs to another collection ends the stream: who knows what else it tells.
    private func event(_ event: WatchEvent) -> WatchMachine.Event {
        switch event {
        case .added(let object), .modified(let object), .deleted(let object):
            mistake(in: object).map { .streamEnded(.failed(.malformed($0))) } ?? .event(event)
        case .bookmark, .error: .event(event)
        }
    }

    /// The machine wants no more of a stream: because of what the server said, or of what it showed.
    private func countEnd(_ events: [WatchEvent]) {
        for case .error(let status) in events { return count(resource, .streamEnded(CallOutcome(status))) }
        count(resource, .streamEnded(.malformed))
    }

    private func mistake(in object: JSONValue) -> String? {
        KubeAnswer.mistake(inMember: object, of: resource, namespace: scope.namespace)
    }
}

extension WatchFailure {
    init(_ error: KubeError) {
        switch error {
        case .status(let status): self = .status(status)
        case .malformed(let text): self = .malformed(text)
        case .transport(let error) where error.reason.kind == .tooLarge: self = .tooLarge(error.description)
        case .transport, .credentials: self = .lost(error.description)
        }
    }
}

extension KubeError {
    /// Nothing came for longer than a stream may be silent.
    fileprivate var isSilence: Bool {
        if case .transport(let error) = self { error.reason.kind == .idle } else { false }
    }
}
