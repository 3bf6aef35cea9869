import KubeClient
import KubeModel
import KubeRuntime
import LinuxIO
import Logging
import Ownership
import Telemetry
import Wire

/// All work of one tenure of the seat: the tasks as the API server shows them, and the workers on them. It begins with
/// a consistent list made after the seat was acquired, and ends with the tenure.
actor SeatWork {
    private let tenure: SeatMachine.Tenure
    private let tools: SeatTools
    private let writer: TaskStatusWriter
    nonisolated let controller: Controller
    private let seed: UInt64

    private var rule: StartRule
    private var tasks: [ObjectKey: TaskObject] = [:]
    private var hasListed = false
    private var watermark = Watermark()
    private var load = SeatLoad()
    /// Not before then, whatever happens to the object.
    private var waits: [ObjectKey: MonotonicInstant] = [:]
    /// The epochs under which tasks run.
    private var runningEpochs: [ObjectKey: Int64] = [:]
    private let backoff: Backoff
    private var random: SeededRandom
    private var announced: [String: String] = [:]

    init(_ tenure: SeatMachine.Tenure, _ tools: SeatTools, seed: UInt64) {
        self.tenure = tenure
        self.tools = tools
        self.seed = seed
        writer = TaskStatusWriter(
            api: tools.bulk,
            term: tenure.term,
            clock: tools.clock,
            isHeld: { tools.isHeld(tenure.term) }
        )
        backoff = Backoff(base: tools.retryWait, cap: max(tools.retryWait, tools.retryWaitMax))
        random = SeededRandom(seed: seed)
        rule = StartRule(seat: tools.seat, duration: tools.longestDuration)
        let relay = Relay<SeatWork>()
        controller = Controller(
            concurrency: tools.concurrency,
            seed: seed,
            clock: tools.clock,
            reconcile: { key in await relay.target?.reconcile(key) ?? .done }
        )
        relay.target = self
    }

    /// Until the task is cancelled, or `stop` has ended the workers.
    func run() async {
        let reflector = Reflector(
            tools.watches,
            .taskOwners,
            ListScope(fieldSelector: "spec.owner=\(tools.seat)"),
            seed: seed,
            clock: tools.clock,
            deliver: { [weak self] in await self?.take($0) }
        )
        let sweep = UnownedSweep(term: tenure.term, tools, seed: seed &+ 1)
        await withTaskGroup { group in
            group.addTask { await reflector.run() }
            group.addTask { await self.keepAnnouncing() }
            group.addTask { await sweep.run() }
            await controller.run()
            group.cancelAll()
        }
    }

    // MARK: - What the watch says

    private func take(_ news: WatchNews) {
        switch news {
        case .upsert(let key, let object): upsert(key, object)
        case .delete(let key, _):
            // Gone, or gone to another seat: either way not ours any more.
            set(key, nil)
            if controller.cancel(key) { watermark.stopping.insert(key) }
            controller.add(key)
        case .synced(let version):
            hasListed = true
            tools.listed()
            watermark.reached = version
            announce()
            for key in tasks.keys { controller.add(key) }
            tools.log.info("tasks of the seat listed", metadata: ["count": "\(tasks.count)", "at": "\(version)"])
        case .reached(let version): watermark.reached = version
        case .unhealthy(let text): tools.log.warning("the watch of tasks is interrupted", metadata: ["why": "\(text)"])
        case .healthy: tools.log.debug("the watch of tasks is up")
        }
    }

    private func upsert(_ key: ObjectKey, _ object: JSONValue) {
        do throws(ModelError) {
            let task = try TaskObject(object)
            set(key, task)
            // What runs under another epoch, or of a task that is to go, runs in vain.
            if let epoch = runningEpochs[key], epoch != task.ownership.epoch || task.isDeleting {
                controller.cancel(key)
            }
        } catch {
            set(key, nil)
            tools.log.error("a task cannot be read", metadata: ["task": "\(key)", "why": "\(error)"])
        }
        if hasListed { controller.add(key) }
    }

    private func set(_ key: ObjectKey, _ task: TaskObject?) {
        let before = tasks[key]
        tasks[key] = task
        load.change(from: before.map { !$0.isFinished } ?? false, to: task.map { !$0.isFinished } ?? false)
        if let before, before.meta.uid != task?.meta.uid {
            rule.forget(uid: before.meta.uid)
            waits[key] = nil
        }
    }

    /// What the Lease says of this seat from its next renewal on: the load, and up to where everything that left the
    /// seat has been quiesced.
    private func announce() {
        var changes = [SeatKeys.load: "\(load.published)"]
        if hasListed, watermark.stopping.isEmpty, let version = watermark.reached {
            changes[SeatKeys.syncedRV] = version.text
        }
        guard changes != announced else { return }
        announced = changes
        tools.annotate(changes)
        tools.metrics.tasks.set(Int64(load.unfinished))
    }

    /// A renewal publishes what was announced last, and whoever assigns forgets what it assigned before: so what is
    /// announced must be fresh, although renewals are seconds apart.
    private static let announceInterval = Duration.milliseconds(50)

    private func keepAnnouncing() async {
        while !Task.isCancelled {
            await tools.clock.pause(Self.announceInterval)
            load.advance()
            announce()
        }
    }

    // MARK: - One task

    /// Level-triggered: whatever happened, this looks at the task as it is now.
    func reconcile(_ key: ObjectKey) async -> Controller.Outcome {
        defer { watermark.stopping.remove(key) }
        guard let task = tasks[key], !task.isFinished, !task.isDeleting else { return .done }
        if let until = waits[key], until > tools.clock.now() { return .again(after: until - tools.clock.now()) }
        switch await mayStart(task) {
        case .start: return await attempt(task)
        case .wait(_, let until):
            // Without a time there will be news.
            guard let until else { return .done }
            return .again(after: max(.milliseconds(1), until - tools.clock.now()))
        case .notMine, .checkSender: return .done
        }
    }

    /// The start rule, with a look at the sender's Lease where it asks for one.
    private func mayStart(_ task: TaskObject) async -> StartRule.Verdict {
        let verdict = decide(task)
        guard case .checkSender(let seat) = verdict else { return verdict }
        let key = ObjectKey(namespace: tools.namespace, name: seat)
        do throws(KubeError) {
            let json = try await tools.bulk.send(.get(.leases, key))
            guard let lease = try? Lease(json) else { return waitForSender(seat) }
            rule.senderRead(task, lease, now: tools.clock.now())
        } catch {
            guard error.status?.isNotFound == true else { return waitForSender(seat) }
            rule.senderRead(task, nil, now: tools.clock.now())
        }
        return decide(task)
    }

    private func decide(_ task: TaskObject) -> StartRule.Verdict {
        rule.decide(task, isHeld: tools.isHeld(tenure.term), hasListed: hasListed, now: tools.clock.now())
    }

    private func waitForSender(_ seat: String) -> StartRule.Verdict {
        .wait(.senderMayRun(seat: seat), until: tools.clock.now() + StartRule.recheckInterval)
    }

    /// One try: Running is written first, and with it this tenure's fence.
    private func attempt(_ task: TaskObject) async -> Controller.Outcome {
        let attempt = TaskStatus.attempts(of: task) &+ 1
        let started = await writer.write(task) { task in
            TaskStatus.members(
                .running,
                task,
                attempts: attempt,
                reason: "Started",
                message: "try \(attempt)",
                now: WallClock.now()
            )
        }
        guard case .written(let running) = started else { return conclude(started, task) }
        keep(running)
        let context = TaskContext(
            seat: tools.seat,
            term: tenure.term,
            epoch: running.ownership.epoch,
            leaseTransitions: tenure.leaseTransitions,
            attempt: attempt,
            until: tenure.until
        )
        let begun = tools.clock.now()
        runningEpochs[task.key] = context.epoch
        defer { runningEpochs[task.key] = nil }
        let verdict = await judge(running, context)
        tools.metrics.seconds.observe(tools.clock.now() - begun)
        // Stopped from outside: whoever works on it next says how it went.
        if Task.isCancelled || !tools.isHeld(tenure.term) { return .done }
        let ended = await writer.write(running) { task in
            TaskStatus.members(
                verdict.phase,
                task,
                attempts: verdict.isTry ? attempt : attempt - 1,
                reason: verdict.reason,
                message: verdict.message,
                now: WallClock.now()
            )
        }
        guard case .written(let written) = ended else { return conclude(ended, running) }
        keep(written)
        tools.report(written, verdict)
        return plan(verdict.next, written.key, attempt)
    }

    private func plan(_ next: TaskVerdict.Next, _ key: ObjectKey, _ attempt: Int64) -> Controller.Outcome {
        let delay: Duration
        switch next {
        case .finished:
            waits[key] = nil
            return .done
        case .again(let after): delay = max(after, .milliseconds(1))
        case .retry: delay = backoff.delay(attempt: Int(clamping: attempt - 1), random: random.next())
        }
        waits[key] = tools.clock.now() + delay
        return .again(after: delay)
    }

    private func judge(_ task: TaskObject, _ context: TaskContext) async -> TaskVerdict {
        do {
            return TaskVerdict(try await tools.handler.reconcile(task, context))
        } catch {
            let retries = TaskStatus.retries(of: task, default: tools.retries)
            return TaskVerdict(failure: "\(error)", attempt: context.attempt, retries: retries)
        }
    }

    /// A write that did not come through.
    private func conclude(_ result: TaskStatusWriter.Result, _ task: TaskObject) -> Controller.Outcome {
        switch result {
        case .written, .gone: return .done
        case .fenced:
            // Owner, epoch or term moved on; the watch tells what is next.
            tools.metrics.fencedWrites.add()
            return .done
        case .failed(let why):
            tools.log.warning("a status cannot be written", metadata: ["task": "\(task.key)", "why": "\(why)"])
            return .failed
        }
    }

    /// Our own write, unless the watch has brought something newer already.
    private func keep(_ task: TaskObject) {
        guard let known = tasks[task.key], known.meta.uid == task.meta.uid else { return }
        if known.meta.resourceVersion.isNewer(than: task.meta.resourceVersion) == true { return }
        set(task.key, task)
    }
}

/// How far the watch has come, and what still runs of what it has taken away.
private struct Watermark {
    var reached: ResourceVersion?
    var stopping: Set<ObjectKey> = []
}
