package import KubeClient
package import KubeModel
package import LinuxIO
package import Ownership
import Serving
import Wire

/// Runs a ReplicaMachine: carries out what it asks for and tells it what became of it, one event after another. It decides
/// nothing. Its seats are held by `SeatKeeper`s on a thread of their own, so nothing that happens here costs a seat, nor
/// keeps one.
package actor ReplicaLoop {
    /// The ways to the API server.
    package struct Connections: Sendable {
        /// Leases that are held; lives on `thread`.
        package var control: RemoteKubeAPI
        package var thread: ReactorThread
        package var watches: any KubeAPI
        package var bulk: any KubeAPI

        package init(control: RemoteKubeAPI, thread: ReactorThread, watches: any KubeAPI, bulk: any KubeAPI) {
            self.control = control
            self.thread = thread
            self.watches = watches
            self.bulk = bulk
        }
    }

    /// What others do, and hear, on its behalf.
    package struct Hooks: Sendable {
        /// Works on a task until it is done, has failed, or is cancelled.
        package var work: @Sendable (TaskObject, TaskContext) async -> ReplicaMachine.RunEnd
        /// On the keepers' thread, which it must not block, and before the replica hears of it.
        package var seatNews: @Sendable (_ seat: String, SeatKeeper.News) -> Void
        /// All work of a seat has stopped after it was fenced.
        package var quiesced: @Sendable (_ seat: String) -> Void
        package var told: @Sendable (ReplicaNote) -> Void
        /// About every second.
        package var summary: @Sendable (ReplicaSummary) -> Void
        /// What came of lists and streams.
        package var watched: Reflector.Count

        package init(
            work: @escaping @Sendable (TaskObject, TaskContext) async -> ReplicaMachine.RunEnd,
            seatNews: @escaping @Sendable (_ seat: String, SeatKeeper.News) -> Void,
            quiesced: @escaping @Sendable (_ seat: String) -> Void,
            told: @escaping @Sendable (ReplicaNote) -> Void,
            summary: @escaping @Sendable (ReplicaSummary) -> Void,
            watched: @escaping Reflector.Count
        ) {
            self.work = work
            self.seatNews = seatNews
            self.quiesced = quiesced
            self.told = told
            self.summary = summary
            self.watched = watched
        }
    }

    private var machine: ReplicaMachine
    private let configuration: ReplicaConfiguration
    private let connections: Connections
    private let hooks: Hooks
    private let clock = ControlClock.live
    private var keepers: [String: SeatKeeper] = [:]
    private var watches: [ReplicaMachine.WatchID: Task<Void, Never>] = [:]
    private var runs: [ReplicaMachine.RunID: Task<Void, Never>] = [:]
    private var timer: (task: Task<Void, Never>, at: MonotonicInstant)?
    /// What the keepers say, in order. Unbounded, because none may be lost; it is as rare as renewals.
    private let inbox: AsyncStream<ReplicaMachine.Event>
    private let post: AsyncStream<ReplicaMachine.Event>.Continuation

    package init(
        _ configuration: ReplicaConfiguration,
        connections: Connections,
        hooks: Hooks
    ) {
        self.configuration = configuration
        self.connections = connections
        self.hooks = hooks
        machine = ReplicaMachine(configuration)
        (inbox, post) = AsyncStream.makeStream(of: ReplicaMachine.Event.self)
    }

    /// Until `stop` was called and every seat was handed over or released, and all work has ended.
    package func run() async {
        let reporter = Task { await self.report() }
        step(.started)
        for await event in inbox {
            // Its machine has ended; whoever wants the seat again makes another.
            if case .seat(let seat, .stopped) = event { keepers[seat] = nil }
            step(event)
        }
        reporter.cancel()
        timer?.task.cancel()
        for watch in watches.values { watch.cancel() }
    }

    /// SIGTERM: hands everything over. From anywhere, once or more often.
    package nonisolated func stop() { post.yield(.stopRequested) }

    private func step(_ event: ReplicaMachine.Event) {
        for action in machine.step(event, now: clock.now(), wall: WallClock.now()) { perform(action) }
        rearm()
    }

    /// A timer that rings too early only rings again.
    private func rearm() {
        guard let deadline = machine.nextDeadline else { return }
        if let timer, timer.at <= deadline { return }
        timer?.task.cancel()
        let task = Task { [clock] in
            await clock.pause(max(.zero, deadline - clock.now()))
            if !Task.isCancelled { ring() }
        }
        timer = (task, deadline)
    }

    private func ring() {
        timer = nil
        step(.tick)
    }

    private func report() async {
        while !Task.isCancelled {
            hooks.summary(machine.summary(now: clock.now()))
            await clock.pause(.seconds(1))
        }
    }

    /// Whose machines are at work, in name order.
    package var keptSeats: [String] { keepers.keys.sorted() }

    // MARK: - Actions

    private func perform(_ action: ReplicaMachine.Action) {
        switch action {
        case .seat(let seat, let command): perform(command, of: seat)
        case .watch(let id, let resource, let scope): watch(id, resource, scope)
        case .unwatch(let id): watches.removeValue(forKey: id)?.cancel()
        case .call(let id, let request): call(id, request)
        case .run(let id, let task, let context):
            runs[id] = Task { [hooks] in
                let end = await hooks.work(task, context)
                self.runEnded(id, end)
            }
        case .cancel(let id): runs[id]?.cancel()
        case .tell(let note): hooks.told(note)
        case .finished: post.finish()
        }
    }

    private func perform(_ command: ReplicaMachine.SeatCommand, of seat: String) {
        if case .hold(let aim) = command { return hold(seat, aim) }
        if case .quiesced = command { hooks.quiesced(seat) }
        guard let event = SeatMachine.Event(command) else { return }
        keepers[seat]?.send(event)
    }

    private func hold(_ seat: String, _ aim: SeatMachine.Aim) {
        let record = SeatRecord(
            namespace: configuration.namespace,
            seat: seat,
            identity: configuration.identity,
            annotations: configuration.annotations
        )
        let keeper = SeatKeeper(
            record,
            profile: configuration.profile,
            aim: aim,
            api: connections.control,
            on: connections.thread
        ) { [hooks, post] news in
            hooks.seatNews(seat, news)
            if let news = ReplicaMachine.SeatNews(news) { post.yield(.seat(seat, news)) }
        }
        keepers[seat] = keeper
        keeper.start()
    }

    private func watch(_ id: ReplicaMachine.WatchID, _ resource: GroupVersionResource, _ scope: ListScope) {
        let reflector = Reflector(
            connections.watches,
            resource,
            scope,
            seed: RandomBytes.word(),
            count: hooks.watched
        ) { [weak self] news in await self?.seen(id, news) }
        watches[id] = Task { await self.follow(reflector) }
    }

    /// Here, and not on a thread of its own: what a watch brings is for this actor alone, and each hop to it is a wake-up.
    private func follow(_ reflector: Reflector) async { await reflector.run() }

    private func seen(_ id: ReplicaMachine.WatchID, _ news: [WatchNews]) {
        for item in news { step(.watch(id, item)) }
    }

    private func call(_ id: ReplicaMachine.CallID, _ request: KubeRequest) {
        Task { [bulk = connections.bulk] in
            let answer: Result<JSONValue, CallFailure>
            do throws(KubeError) {
                answer = .success(try await bulk.send(request))
            } catch {
                answer = .failure(CallFailure(error))
            }
            self.answered(id, answer)
        }
    }

    private func answered(_ id: ReplicaMachine.CallID, _ answer: Result<JSONValue, CallFailure>) {
        step(.answered(id, answer))
    }

    private func runEnded(_ id: ReplicaMachine.RunID, _ end: ReplicaMachine.RunEnd) {
        runs[id] = nil
        step(.runEnded(id, end))
    }
}

extension SeatMachine.Event {
    /// nil: the command makes a machine.
    fileprivate init?(_ command: ReplicaMachine.SeatCommand) {
        switch command {
        case .hold: return nil
        case .annotate(let changes): self = .annotated(changes)
        case .renewSoon: self = .renewSoon
        case .quiesced: self = .quiesced
        case .release: self = .stopRequested
        case .handOver(let heir, let finalVersion): self = .handOver(to: heir, finalVersion: finalVersion)
        case .leaseSeen(let lease): self = .leaseSeen(lease)
        case .deathSeen(let proof): self = .deathSeen(proof)
        }
    }
}

extension ReplicaMachine.SeatNews {
    fileprivate init?(_ news: SeatKeeper.News) {
        switch news {
        case .granted(let tenure): self = .granted(tenure)
        case .renewed(let until): self = .renewed(until: until)
        case .fenced(let reason): self = .fenced(reason)
        case .stopped(let ending): self = .stopped(ending)
        case .trouble: return nil
        }
    }
}

extension CallFailure {
    fileprivate init(_ error: KubeError) {
        switch error {
        case .status(let status): self = .status(status)
        case .transport(.neverSent), .credentials: self = .unsent(error.description)
        case .transport(.outcomeUnknown), .malformed: self = .unknown(error.description)
        }
    }
}
