package import KubeClient
import KubeModel
package import Ownership
import Wire

/// Who may own tasks, as the API server tells it: the EndpointSlices of the operator's Service and the Leases of the
/// seats, watched and joined. While a watch is down the last snapshot stays in force.
package actor MembershipSource {
    package enum Status: Sendable, Equatable {
        /// The first lists are not complete, and why not if they cannot be had.
        case syncing(trouble: String?)
        case live
        /// The snapshot may be out of date, and why.
        case stale(String)
    }

    private let slices: Source
    private let leases: Source
    private let api: any KubeAPI
    private let clock: ControlClock
    private let count: Reflector.Count
    private let publish: @Sendable (MemberTable) -> Void
    private let report: @Sendable (Status) -> Void

    private var view = MembershipView()
    private var states: [SourceState] = [SourceState(), SourceState()]
    private var reported: Status?
    private var isWatching = false
    private var timer: (task: Task<Void, Never>, at: MonotonicInstant)?

    private struct Source {
        let index: Int
        let resource: GroupVersionResource
        let scope: ListScope
        let seed: UInt64
    }
    private struct SourceState {
        var isSynced = false
        var trouble: String?
    }

    /// `publish` gets every snapshot from the first complete one on, `report` every change of status.
    package init(
        service: String,
        namespace: String,
        api: any KubeAPI,
        seed: UInt64,
        clock: ControlClock = .live,
        count: @escaping Reflector.Count = { _, _ in },
        publish: @escaping @Sendable (MemberTable) -> Void,
        report: @escaping @Sendable (Status) -> Void
    ) {
        slices = Source(
            index: 0,
            resource: .endpointSlices,
            scope: ListScope(namespace: namespace, labelSelector: "\(EndpointSlice.serviceNameLabel)=\(service)"),
            seed: seed
        )
        leases = Source(
            index: 1,
            resource: .leases,
            scope: ListScope(namespace: namespace, labelSelector: "\(SeatKeys.seatLabel)=true"),
            seed: seed &+ 1
        )
        self.api = api
        self.clock = clock
        self.count = count
        self.publish = publish
        self.report = report
    }

    /// Until the task is cancelled.
    package func run() async {
        update()
        await withDiscardingTaskGroup { group in
            for source in [slices, leases] {
                let reflector = Reflector(
                    api,
                    source.resource,
                    source.scope,
                    seed: source.seed,
                    clock: clock,
                    count: count,
                    deliver: { [weak self] in await self?.take($0, from: source.index) }
                )
                group.addTask { await reflector.run() }
            }
        }
        timer?.task.cancel()
    }

    /// How many webhook replicas assign at the same time.
    package func setReplicas(_ count: Int) {
        feed(.replicas(count))
        update()
    }

    private func take(_ news: [WatchNews], from index: Int) {
        for item in news {
            switch item {
            case .upsert(let key, let object): upsert(key, object, index)
            case .delete(let key, _): feed(index == 0 ? .sliceDeleted(key) : .leaseDeleted(key))
            case .synced: states[index].isSynced = true
            case .healthy: states[index].trouble = nil
            case .unhealthy(let text): states[index].trouble = text
            case .reached: break
            }
        }
        update()
    }

    /// An object that cannot be read is as good as gone: nobody may be chosen by it.
    private func upsert(_ key: ObjectKey, _ object: JSONValue, _ index: Int) {
        do throws(ModelError) {
            feed(index == 0 ? .sliceUpserted(try EndpointSlice(object)) : .leaseUpserted(try Lease(object)))
        } catch {
            feed(index == 0 ? .sliceDeleted(key) : .leaseDeleted(key))
        }
    }

    private func feed(_ event: MembershipView.Event) { view.take(event, now: clock.now()) }

    /// Makes one snapshot of all that came, tells the view whether it sees, and the world how it stands.
    private func update() {
        let isSynced = states.allSatisfy(\.isSynced)
        let trouble = states.compactMap(\.trouble).first
        let wasSynced = reported.map { if case .syncing = $0 { false } else { true } } ?? false
        let sees = isSynced && trouble == nil
        let status: Status =
            if sees { .live } else if isSynced { .stale(trouble ?? "") } else { .syncing(trouble: trouble) }
        if isSynced, sees != isWatching {
            isWatching = sees
            feed(.watching(sees))
        }
        // Before everything was listed nobody is to know the half of it.
        if isSynced {
            let table = view.snapshot(now: clock.now())
            if let table = table ?? (wasSynced ? nil : MemberTable.empty) { publish(table) }
            rearm()
        }
        if status != reported {
            reported = status
            report(status)
        }
    }

    /// A timer that rings too early only rings again: a thousand pods renew five hundred times a second.
    private func rearm() {
        guard let deadline = view.nextDeadline else { return }
        if let timer, timer.at <= deadline { return }
        timer?.task.cancel()
        let task = Task { [weak self, clock] in
            await clock.pause(max(.zero, deadline - clock.now()))
            if !Task.isCancelled { await self?.tick() }
        }
        timer = (task, deadline)
    }

    private func tick() {
        timer = nil
        feed(.tick)
        update()
    }
}
