import LinuxIO
import Ownership
import Synchronization
import Wire

/// One program's run, as its waiting task and the reactor see it.
final class ExecRun: Sendable {
    typealias End = Result<ProcessEnd, any Error>

    let seat: String
    let continuation = Mutex<CheckedContinuation<End, Never>?>(nil)
    let isCancelled = Atomic<Bool>(false)
    let isLate = Atomic<Bool>(false)

    init(seat: String) { self.seat = seat }

    func finish(_ end: End) {
        continuation.withLock { current in
            defer { current = nil }
            return current
        }?.resume(returning: end)
    }
}

/// The programs that run and the rights they run under; lives on the reactor's thread.
final class ExecRuns {
    private struct Running {
        let run: ExecRun
        let process: GuardedProcess
    }

    private let settings: ExecSettings
    private var running: [ObjectIdentifier: Running] = [:]
    /// Until when each seat may be worked under; a seat that is not here is not held.
    private var rights: [String: MonotonicInstant] = [:]

    init(_ settings: ExecSettings) { self.settings = settings }

    func renewed(_ seat: String, until: MonotonicInstant) {
        rights[seat] = until
        for one in running.values where one.run.seat == seat { one.process.order(.work(until: until)) }
    }

    func fence(_ seat: String) {
        rights[seat] = nil
        for one in running.values where one.run.seat == seat {
            one.run.isCancelled.store(true, ordering: .relaxed)
            one.process.order(.kill)
        }
    }

    func start(_ run: ExecRun, _ command: ProcessCommand, on reactor: Reactor) {
        // Cancelled before it began: the message that would stop it may have gone by.
        if run.isCancelled.load(ordering: .relaxed) { return run.finish(.failure(CancellationError())) }
        guard let until = rights[run.seat] else {
            return run.finish(.failure(CancellationError()))
        }
        // The run is kept alive by the closure, so its identity is its own until the program has ended.
        let id = ObjectIdentifier(run)
        var timer: TimerID?
        do throws(Errno) {
            let process = try GuardedProcess(command, under: settings.guardProgram, until: until, on: reactor) {
                [weak self] end in
                if let timer { reactor.cancel(timer) }
                self?.running[id] = nil
                run.finish(end.mapError(Self.failure))
            }
            running[id] = Running(run: run, process: process)
        } catch {
            return run.finish(.failure(ProgramNotStarted(why: "\(error)")))
        }
        timer = reactor.schedule(after: settings.timeout) { [weak self] in
            run.isLate.store(true, ordering: .relaxed)
            self?.stop(run)
        }
    }

    /// A program whose right to work ran out before a renewal reached its guard has not failed: it was interrupted. Where
    /// the guard died, it ran; whatever else a guard says is why it could not start it.
    private static func failure(_ error: Errno) -> any Error {
        switch error.code {
        case Errno.timerExpired: CancellationError()
        case Errno.guardDead: TaskFailure("\(error)")
        default: ProgramNotStarted(why: "\(error)")
        }
    }

    func stop(_ run: ExecRun) { running[ObjectIdentifier(run)]?.process.order(.stop(grace: settings.grace)) }
}
