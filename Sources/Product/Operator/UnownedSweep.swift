import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Ownership
import Telemetry
import Wire

/// Claims tasks that nobody owns: those that were created or released while no webhook could be reached. Every pod
/// watches for them and tries after a time of its own; the patch tests that nobody was quicker. In ordinary times the
/// watch is empty.
actor UnownedSweep {
    private let term: String
    private let tools: SeatTools
    private let seed: UInt64
    private let claims: Controller

    private var tasks: [ObjectKey: TaskObject] = [:]
    /// When each may be claimed.
    private var due: [ObjectKey: MonotonicInstant] = [:]
    private var random: SeededRandom

    /// Claims at a time: the backlog of an outage must not crowd out the work itself.
    private static let concurrency = 4

    init(term: String, _ tools: SeatTools, seed: UInt64) {
        self.term = term
        self.tools = tools
        self.seed = seed
        random = SeededRandom(seed: seed)
        let relay = Relay<UnownedSweep>()
        claims = Controller(
            concurrency: Self.concurrency,
            seed: seed,
            clock: tools.clock,
            reconcile: { key in await relay.target?.claim(key) ?? .done }
        )
        relay.target = self
    }

    /// Until the task is cancelled.
    func run() async {
        let reflector = Reflector(
            tools.watches,
            .taskOwners,
            ListScope(fieldSelector: "spec.owner="),
            seed: seed,
            clock: tools.clock,
            deliver: { [weak self] in await self?.take($0) }
        )
        await withTaskGroup { group in
            group.addTask { await reflector.run() }
            group.addTask { await self.claims.run() }
        }
    }

    private func take(_ news: WatchNews) {
        switch news {
        case .upsert(let key, let object):
            guard let task = try? TaskObject(object), !task.isFinished, !task.isDeleting else { return forget(key) }
            tasks[key] = task
            if due[key] == nil { due[key] = tools.clock.now() + delay() }
            claims.add(key)
        case .delete(let key, _): forget(key)
        case .unhealthy(let text):
            tools.log.warning("the watch of unowned tasks is interrupted", metadata: ["why": "\(text)"])
        case .synced, .reached, .healthy: break
        }
    }

    private func forget(_ key: ObjectKey) {
        tasks[key] = nil
        due[key] = nil
    }

    /// Between one and two times the delay, so that of many pods one is first.
    private func delay() -> Duration {
        Backoff(base: tools.claimDelay * 2, cap: tools.claimDelay * 2, jitterPercent: 50)
            .delay(attempt: 0, random: random.next())
    }

    private func claim(_ key: ObjectKey) async -> Controller.Outcome {
        guard let task = tasks[key], let time = due[key], tools.mayClaim(term) else { return .done }
        let now = tools.clock.now()
        guard now >= time else { return .again(after: time - now) }
        let patch = TaskWrites.claim(task, seat: tools.seat)
        let options = WriteOptions(fieldManager: TaskResource.fieldManager)
        do throws(KubeError) {
            let answer = try await tools.bulk.send(.patch(.taskOwners, key, .json, patch.json, options))
            let outcome = TaskWriteOutcome(answer, before: task, expecting: .owner(tools.seat))
            guard case .written = outcome else { return .done }
            tools.metrics.claims.add()
            tools.log.info("unowned task claimed", metadata: ["task": "\(key)"])
            return .done
        } catch {
            // Somebody was quicker, or it is gone: the watch says so. Anything else may pass.
            let outcome = TaskWriteOutcome(error)
            if outcome == .gone || outcome == .readAndCompare { return tasks[key] == task ? .failed : .done }
            return .failed
        }
    }
}
