package import KubeClient
import KubeModel
package import LinuxIO
package import Ownership
import Synchronization
package import Wire

/// Runs a SeatMachine on a reactor's thread, with callbacks only: whatever happens to Swift's thread pool, the seat is
/// renewed while it may be and given up when it must be.
package final class SeatKeeper: Sendable {
    package enum News: Sendable, Equatable {
        case granted(SeatMachine.Tenure)
        case renewed(until: MonotonicInstant)
        /// Stop all work of the seat, then send `.quiesced`.
        case fenced(SeatMachine.FenceReason)
        case stopped(SeatMachine.Ending)
        /// A call failed; for the log only.
        case trouble(String)
    }

    private let loop: ReactorBound<SeatLoop>

    /// `api` lives on `thread`, and so do the calls of `tell`, which must not block.
    package init(
        _ seat: SeatRecord,
        profile: SeatProfile,
        aim: SeatMachine.Aim = .own(absenceWait: .zero),
        api: RemoteKubeAPI,
        on thread: ReactorThread,
        tell: @escaping @Sendable (News) -> Void
    ) {
        loop = ReactorBound(SeatLoop(seat, profile, aim, api, tell), to: thread.mailbox)
    }

    package func start() { post { [loop] in $0.start(as: loop, on: $1) } }

    /// From any thread; ignored before `start` and after `.stopped`.
    package func send(_ event: SeatMachine.Event) { post { $0.feed(event, on: $1) } }

    /// Nothing is released: the Lease runs out.
    deinit { post { loop, reactor in loop.close(reactor) } }

    private func post(_ body: @escaping @Sendable (SeatLoop, Reactor) -> Void) {
        loop.mailbox.post { [loop] reactor in body(loop.onReactor, reactor) }
    }
}

/// The machine and its timer; lives on the reactor's thread.
private final class SeatLoop {
    private var machine: SeatMachine
    private var timer: TimerID?
    private let key: ObjectKey
    private let profile: SeatProfile
    private let api: RemoteKubeAPI
    /// This loop as seen from other threads; a cycle that `close` cuts.
    private var bound: ReactorBound<SeatLoop>?
    private let tell: @Sendable (SeatKeeper.News) -> Void

    init(
        _ seat: SeatRecord,
        _ profile: SeatProfile,
        _ aim: SeatMachine.Aim,
        _ api: RemoteKubeAPI,
        _ tell: @escaping @Sendable (SeatKeeper.News) -> Void
    ) {
        machine = SeatMachine(seat, profile: profile, aim: aim)
        key = ObjectKey(namespace: seat.namespace, name: seat.seat)
        self.profile = profile
        self.api = api
        self.tell = tell
    }

    func start(as bound: ReactorBound<SeatLoop>, on reactor: Reactor) {
        self.bound = bound
        feed(.started, on: reactor)
    }

    func close(_ reactor: Reactor) {
        if let timer { reactor.cancel(timer) }
        timer = nil
        bound = nil
    }

    func feed(_ event: SeatMachine.Event, on reactor: Reactor) {
        guard bound != nil else { return }
        let actions = machine.step(event, now: BootClock.now(), wall: WallClock.now())
        for action in actions { perform(action, reactor) }
        if machine.state == .stopped { close(reactor) } else { rearm(reactor) }
    }

    private func rearm(_ reactor: Reactor) {
        if let timer { reactor.cancel(timer) }
        timer = machine.nextDeadline.map { deadline in
            reactor.schedule(at: deadline) { [weak self] in
                self?.timer = nil
                self?.feed(.tick, on: reactor)
            }
        }
    }

    private func perform(_ action: SeatMachine.Action, _ reactor: Reactor) {
        let name = key.name
        switch action {
        case .granted(let tenure): tell(.granted(tenure))
        case .renewed(let until): tell(.renewed(until: until))
        case .fenced(let reason): tell(.fenced(reason))
        case .stopped(let ending): tell(.stopped(ending))
        case .get(let call): send(.get(.leases, key)) { .leaseRead(call, LeaseAnswer.reading($0, of: name)) }
        case .getPod(let call, let pod):
            send(.get(.pods, ObjectKey(namespace: key.namespace, name: pod))) {
                .podRead(call, LeaseAnswer.pod($0, of: pod))
            }
        case .create(let call, let object):
            let options = WriteOptions(fieldManager: TaskResource.fieldManager)
            send(.create(.leases, namespace: key.namespace, object, options)) {
                .writeAnswered(call, LeaseAnswer.write($0, of: name))
            }
        case .patch(let call, let patch):
            let options = WriteOptions(fieldManager: TaskResource.fieldManager)
            send(.patch(.leases, key, .json, patch.json, options)) {
                .writeAnswered(call, LeaseAnswer.write($0, of: name))
            }
        }
    }

    /// The client lives on the same reactor; should it answer from elsewhere, the answer is posted over.
    private func send(
        _ request: KubeRequest,
        _ event: @escaping @Sendable (Result<JSONValue, KubeError>) -> SeatMachine.Event
    ) {
        guard let bound else { return }
        api.perform(request, timeout: profile.requestTimeout) { [tell] result in
            let answer = event(result)
            switch (result, answer) {
            // That nobody has made the Lease yet is an answer, the usual one at a pod's start.
            case (.success, .leaseRead(_, .failed)), (.success, .writeAnswered(_, .failed)):
                tell(.trouble("\(request.method) \(request.path): the answer is no Lease"))
            case (.success, _), (.failure, .leaseRead(_, .absent)): break
            case (.failure(let error), _): tell(.trouble("\(request.method) \(request.path): \(error)"))
            }
            bound.mailbox.post { reactor in bound.onReactor.feed(answer, on: reactor) }
        }
    }
}
