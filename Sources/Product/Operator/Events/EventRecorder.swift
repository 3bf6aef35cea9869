package import KubeClient
package import KubeModel
import LinuxIO
package import Logging
package import Ownership
import Synchronization
package import Telemetry
import Wire

/// Writes Events, one at a time, beside the work and never in its way: whoever tells one does not wait, and what is too
/// much is dropped and counted. They go with the bulk requests; renewals of seats have a connection of their own.
package final class EventRecorder: Sendable {
    private static let patience = Duration.seconds(5)
    private static let farewell = Duration.seconds(1)
    /// Uids of tasks that are remembered from the beginning of a try to its end.
    private static let uidsMax = 4_096

    private struct State {
        var book = EventBook()
        var uids: [ObjectKey: String] = [:]
        var hasComplained = false
    }

    private let api: any KubeAPI
    private let pod: String
    private let story: TaskStory
    private let log: Logger
    private let outcomes: Family<Counter>
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    package init(_ api: any KubeAPI, _ identity: OperatorIdentity, log: Logger, registry: MetricsRegistry) {
        self.api = api
        self.log = log
        pod = identity.pod
        story = TaskStory(identity)
        outcomes = registry.counter(
            "workclaim_events_total",
            "Events written, given up after a refusal, and dropped because there were too many.",
            labels: ["outcome"]
        )
        for outcome in ["written", "failed", "dropped"] { outcomes[outcome].add(0) }
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: - From any thread, without waiting

    package func tell(_ note: ReplicaNote) {
        guard let event = story.event(note) else { return }
        record(event)
        if case .tryEnded(let key, _, _) = note { forget(key) }
    }

    package func started(_ task: TaskObject, _ context: TaskContext) {
        state.withLock { state in
            if state.uids.count >= Self.uidsMax { state.uids = [:] }
            state.uids[task.key] = task.meta.uid
        }
        record(story.started(task, context))
    }

    package func interrupted(_ task: TaskObject, _ context: TaskContext) {
        record(story.interrupted(task, context))
        forget(task.key)
    }

    /// The try has ended: whatever has the name later may be another task.
    private func forget(_ key: ObjectKey) { state.withLock { $0.uids[key] = nil } }

    private func record(_ event: OperatorEvent) {
        let (dropped, isFirst) = state.withLock { state in
            var event = event
            if event.subject.uid == nil { event.subject.uid = state.uids[event.subject.key] }
            let (before, isFirst) = (state.book.dropped, state.book.isEmpty)
            state.book.add(event, at: WallClock.now())
            return (state.book.dropped - before, isFirst)
        }
        if dropped > 0 { outcomes["dropped"].add(UInt64(dropped)) }
        // With others before it the writer is up already.
        if isFirst { signal.yield() }
    }

    // MARK: - Writing

    /// Until `close`, and then until what waits is written, or for a second; or until the task is cancelled.
    package func run() async {
        for await _ in signals {
            while !Task.isCancelled, let due = deadline {
                let wait = due - BootClock.now()
                if wait > .zero { try? await Task.sleep(for: wait) }
                if let write = next() { await send(write) }
            }
        }
    }

    /// Ends `running`, which is a task of `run`.
    package func close(_ running: Task<Void, Never>) async {
        signal.finish()
        let end = Task {
            try await Task.sleep(for: Self.farewell)
            running.cancel()
        }
        await running.value
        end.cancel()
    }

    private var deadline: MonotonicInstant? { state.withLock { $0.book.deadline(now: BootClock.now()) } }

    private func next() -> EventBook.Write? {
        state.withLock { $0.book.next(now: BootClock.now(), word: RandomBytes.word()) }
    }

    private func send(_ write: EventBook.Write) async {
        var object = write.object
        do throws(KubeError) {
            if object.event.subject.uid == nil {
                object.event.subject.uid = try await uid(of: object.event.subject.key)
            }
            let key = ObjectKey(namespace: object.event.subject.key.namespace, name: object.name)
            let options = WriteOptions(fieldManager: TaskResource.fieldManager)
            if write.isAgain {
                _ = try await api.send(.patch(.events, key, .merge, object.again, options), timeout: Self.patience)
            } else {
                let json = object.created(by: pod)
                _ = try await api.send(
                    .create(.events, namespace: key.namespace, json, options),
                    timeout: Self.patience
                )
            }
            state.withLock { $0.book.written(write, now: BootClock.now()) }
            outcomes["written"].add()
        } catch {
            failed(write, error)
        }
    }

    private func uid(of task: ObjectKey) async throws(KubeError) -> String {
        let json = try await api.send(.get(.taskOwners, task), timeout: Self.patience)
        return json.at("metadata", "uid")?.stringValue ?? ""
    }

    /// An Event is worth one try; that none can be written is worth one line.
    private func failed(_ write: EventBook.Write, _ error: KubeError) {
        outcomes["failed"].add()
        // In a namespace that is being deleted nobody creates anything: that says nothing about rights.
        let isRefused =
            error.status.map { status in
                status.isForbidden && !status.causes.contains { $0.type == "NamespaceTerminating" }
            } ?? false
        let isNews = state.withLock { state in
            state.book.lost(write)
            defer { state.hasComplained = state.hasComplained || isRefused }
            return isRefused && !state.hasComplained
        }
        guard isNews else { return }
        log.warning(
            "Events cannot be written; this is said once",
            metadata: ["why": "\(error)", "remedy": "verbs create and patch of events, see rbac.yaml"]
        )
    }
}
