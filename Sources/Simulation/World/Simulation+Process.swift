import KubeModel
import Ownership
import Wire

/// Performs what the machines of the operator processes want done, and brings them what became of it.
extension Simulation {
    func clock(_ process: Int) -> MonotonicInstant { nodes[processes[process].node].clock.local(now) }

    func wall(_ process: Int) -> Timestamp { wall(skew: nodes[processes[process].node].wallSkew) }

    func name(_ process: Int) -> String { processes[process].identity.pod }

    mutating func deliver(_ message: Message, to process: Int) {
        guard processes[process].isAlive else { return }
        if processes[process].isPaused { return processes[process].held.append(message) }
        switch message {
        case .replica(let event): tellReplica(process, event)
        case .replicaTicks(let asked): replicaTicks(process, asked)
        case .seatCommand(let seat, let command): obey(command, seat, process)
        case .seat(let seat, let serial, let event): tellSeat(process, seat, serial, event)
        case .seatTicks(let seat, let serial, let asked): seatTicks(process, seat, serial, asked)
        case .watch(let id, let serial, let event): tellWatch(process, id, serial, event)
        }
    }

    // MARK: - The replica

    mutating func tellReplica(_ process: Int, _ event: ReplicaMachine.Event) {
        let actions = processes[process].replica.step(event, now: clock(process), wall: wall(process))
        for action in actions { perform(action, process) }
        rearmReplica(process)
    }

    private mutating func replicaTicks(_ process: Int, _ asked: MonotonicInstant) {
        guard processes[process].tickAt == asked else { return }
        processes[process].tickAt = nil
        guard let due = processes[process].replica.nextDeadline else { return }
        if due <= clock(process) { tellReplica(process, .tick) } else { rearmReplica(process) }
    }

    /// A tick that comes too early looks again; only an earlier one needs to be asked for.
    private mutating func rearmReplica(_ process: Int) {
        guard processes[process].isAlive, let due = processes[process].replica.nextDeadline else { return }
        let time = max(now, nodes[processes[process].node].clock.world(due))
        if let tickAt = processes[process].tickAt, tickAt <= time { return }
        processes[process].tickAt = time
        queue.add(.message(process: process, .replicaTicks(time)), at: time)
    }

    private mutating func perform(_ action: ReplicaMachine.Action, _ process: Int) {
        switch action {
        case .seat(let seat, let command):
            let time = max(processes[process].toSeatsAt, now + hop(process))
            processes[process].toSeatsAt = time
            queue.add(.message(process: process, .seatCommand(seat, command)), at: time)
        case .watch(let id, let resource, let scope):
            var policy = WatchPolicy()
            policy.watchList = processes[process].number % 2 == 0
            let machine = WatchMachine(policy: policy, seed: random.next())
            processes[process].watches[id] = SimulatedWatch(machine: machine, resource: resource, scope: scope)
            tellWatch(process, id, 0, .start)
        case .unwatch(let id):
            if let watch = processes[process].watches.removeValue(forKey: id), let stream = watch.stream {
                closeStream(stream)
            }
        case .call(let id, let request):
            send(
                request,
                .replica(process: process, id),
                timeout: scenario.deadLink,
                mark: mark(request, process)
            )
        case .run(let id, let task, let context): start(id, task, context, process)
        case .cancel(let id):
            if let run = processes[process].runs[id] { cancel(run) }
        case .tell(let note): took(note, process)
        case .finished: processFinishes(process)
        }
    }

    /// From one thread of a process to another.
    private mutating func hop(_ process: Int) -> Duration {
        random.within(.zero...(processes[process].starvations > 0 ? .seconds(9) : .microseconds(1_500)))
    }

    // MARK: - Its watches

    private mutating func tellWatch(
        _ process: Int,
        _ id: ReplicaMachine.WatchID,
        _ serial: Int,
        _ event: WatchMachine.Event
    ) {
        guard let serialNow = processes[process].watches[id]?.serial, serialNow == serial else { return }
        let time = clock(process)
        let actions = processes[process].watches[id]?.machine.step(event, now: time) ?? []
        for action in actions {
            if let news = WatchNews(action) {
                tellReplica(process, .watch(id, news))
            } else {
                go(on: id, action, process)
            }
        }
    }

    /// The next thing of a watch ends the one before.
    private mutating func go(on id: ReplicaMachine.WatchID, _ action: WatchMachine.Action, _ process: Int) {
        guard var watch = processes[process].watches[id] else { return }
        if let stream = watch.stream { closeStream(stream) }
        watch.stream = nil
        watch.serial = processes[process].nextSerial()
        processes[process].watches[id] = watch
        let serial = watch.serial
        let owner = Stream.Owner.process(process, id, serial: serial)
        switch action {
        case .list(let continuation, let limit):
            let request = KubeRequest.list(watch.resource, watch.scope, limit: limit, continuation: continuation)
            send(request, .list(process: process, id, serial: serial), timeout: scenario.deadLink)
        case .watch(let version, let seconds, _):
            let request = KubeRequest.watch(watch.resource, watch.scope, from: version, timeoutSeconds: seconds)
            let stream = openStream(request, owner)
            processes[process].watches[id]?.stream = stream
        case .watchList(let seconds, _):
            let request = KubeRequest.watchList(watch.resource, watch.scope, timeoutSeconds: seconds)
            let stream = openStream(request, owner)
            processes[process].watches[id]?.stream = stream
        case .wait(let duration): at(duration, .message(process: process, .watch(id, serial: serial, .waited)))
        case .upsert, .delete, .synced, .reached, .unhealthy, .healthy: break
        }
    }

    // MARK: - Its seats

    private mutating func obey(_ command: ReplicaMachine.SeatCommand, _ seat: String, _ process: Int) {
        if case .hold(let aim) = command {
            let serial = processes[process].nextSerial()
            let configuration = processes[process].replica.configuration
            var annotations = configuration.annotations
            if seat == configuration.seat { annotations[SeatKeys.podUID] = pods[processes[process].pod].uid }
            let record = SeatRecord(
                namespace: configuration.namespace,
                seat: seat,
                identity: configuration.identity,
                annotations: annotations
            )
            let machine = SeatMachine(
                record,
                profile: configuration.profile,
                aim: aim,
                omissions: configuration.omissions
            )
            processes[process].seats[seat] = SimulatedSeat(machine: machine, serial: serial)
        }
        guard let serial = processes[process].seats[seat]?.serial else { return }
        tellSeat(process, seat, serial, SeatMachine.Event(command))
    }

    private mutating func tellSeat(_ process: Int, _ seat: String, _ serial: Int, _ event: SeatMachine.Event) {
        guard let current = processes[process].seats[seat]?.serial, current == serial else { return }
        let (time, wall) = (clock(process), wall(process))
        let actions = processes[process].seats[seat]?.machine.step(event, now: time, wall: wall) ?? []
        for action in actions { perform(action, seat, serial, process) }
        rearmSeat(process, seat)
    }

    private mutating func seatTicks(_ process: Int, _ seat: String, _ serial: Int, _ asked: MonotonicInstant) {
        guard let current = processes[process].seats[seat], current.serial == serial, current.tickAt == asked else {
            return
        }
        processes[process].seats[seat]?.tickAt = nil
        guard let due = current.machine.nextDeadline else { return }
        if due <= clock(process) { tellSeat(process, seat, serial, .tick) } else { rearmSeat(process, seat) }
    }

    private mutating func rearmSeat(_ process: Int, _ seat: String) {
        guard let current = processes[process].seats[seat], let due = current.machine.nextDeadline else { return }
        let time = max(now, nodes[processes[process].node].clock.world(due))
        if let tickAt = current.tickAt, tickAt <= time { return }
        processes[process].seats[seat]?.tickAt = time
        queue.add(.message(process: process, .seatTicks(seat, serial: current.serial, time)), at: time)
    }

    private mutating func perform(_ action: SeatMachine.Action, _ seat: String, _ serial: Int, _ process: Int) {
        let key = ObjectKey(namespace: SimulatedNames.operators, name: seat)
        let options = WriteOptions(fieldManager: TaskResource.fieldManager)
        let timeout = processes[process].profile.requestTimeout
        func asker(_ id: SeatMachine.CallID, _ kind: Call.SeatCallKind) -> Call.Asker {
            .seat(process: process, seat, serial: serial, id, kind)
        }
        switch action {
        case .get(let id): send(.get(.leases, key), asker(id, .read), timeout: timeout)
        case .getPod(let id, let name):
            let pod = ObjectKey(namespace: SimulatedNames.operators, name: name)
            send(.get(.pods, pod), asker(id, .pod), timeout: timeout)
        case .create(let id, let object):
            let request = KubeRequest.create(.leases, namespace: key.namespace, object, options)
            send(request, asker(id, .write), timeout: timeout)
        case .patch(let id, let patch):
            send(.patch(.leases, key, .json, patch.json, options), asker(id, .write), timeout: timeout)
        case .granted(let tenure):
            processes[process].seats[seat]?.tenure = tenure
            processes[process].terms[seat] = tenure.term
            tellOfSeat(process, seat, .granted(tenure))
        case .renewed(let until):
            processes[process].seats[seat]?.tenure?.until = until
            extendGuards(process, seat, until)
            tellOfSeat(process, seat, .renewed(until: until))
        case .fenced(let reason):
            processes[process].seats[seat]?.tenure = nil
            tellOfSeat(process, seat, .fenced(reason))
        case .stopped(let ending):
            processes[process].seats[seat] = nil
            tellOfSeat(process, seat, .stopped(ending))
        }
    }

    private mutating func tellOfSeat(_ process: Int, _ seat: String, _ news: ReplicaMachine.SeatNews) {
        let time = max(processes[process].toReplicaAt, now + hop(process))
        processes[process].toReplicaAt = time
        queue.add(.message(process: process, .replica(.seat(seat, news))), at: time)
    }
}
