internal import CLinux
import Wire

/// The guard's own life: `workclaim guard PROGRAM ARGUMENT…`, started by GuardedProcess. It starts the program, and ends
/// all that came of it when the right to work runs out, when the operator is gone or says so, or when the program has
/// ended. One thread and no concurrency: nothing here waits for anything but the kernel.
package enum GuardProcess {
    /// The hidden subcommand.
    package static let word = "guard"
    /// The guard's end of the channel.
    static let channelNumber: Int32 = 3
    private static let name = "workclaim-guard"

    /// The guard's exit code: 0 when the program was run and all of it is gone, 1 if it could not be started, 2 if
    /// nobody gave an order.
    package static func run(_ command: [String]) -> Int32 {
        let channel = GuardChannel(adopting: channelNumber)
        guard case .record(let record) = channel.receive(), case .work(let until) = record.order, !command.isEmpty
        else {
            StandardStream.error.write(Array("workclaim guard: only workclaim operator can start a guard\n".utf8))
            return 2
        }
        do throws(Errno) {
            // Whatever may fail comes before the program's start: from then on its end is certain.
            try Errno.check(clinux_close_on_exec(channelNumber), "fcntl")
            try Errno.check(unsafe clinux_become_guard(name), "prctl")
            try Descendants.check()
            let ends = OwnedDescriptor(adopting: try Errno.check(clinux_child_ends(), "signalfd"))
            let timer = OwnedDescriptor(adopting: try Errno.check(clinux_boot_timer(), "timerfd_create"))
            let null = OwnedDescriptor(adopting: try Errno.check(clinux_open_null(), "open", on: "/dev/null"))
            guard BootClock.now() < until else { throw Errno("guard", -Errno.timerExpired) }
            let program = try Spawn.start(command, environment: nil, [0, 1, 2], [.group, .diesWithParent])
            // They are the program's: whoever reads its output waits for the last one who has them.
            for number: Int32 in 0...2 { _ = clinux_replace(number, null.number) }
            let descendants = Descendants(program: program, ends: ends)
            let hasRunOut = watch(channel, timer, descendants, GuardMachine(until: until))
            let end = descendants.end()
            if hasRunOut { throw Errno("guard", -Errno.timerExpired) }
            if let end {
                channel.send(GuardRecord(.ended(exitCode: end.exitCode, signal: end.signal)))
            }
            return 0
        } catch {
            channel.send(GuardRecord(.refused(code: error.code)))
            return 1
        }
    }

    /// Until everything is to be killed. True if that is because the right to work has run out.
    private static func watch(
        _ channel: borrowing GuardChannel,
        _ timer: borrowing OwnedDescriptor,
        _ descendants: borrowing Descendants,
        _ start: GuardMachine
    ) -> Bool {
        var machine = start
        let watched = [channel.number, timer.number, descendants.readable]
        while let deadline = machine.deadline {
            guard clinux_boot_timer_set(timer.number, deadline.nanoseconds) == 0,
                unsafe clinux_wait_readable(watched, Int32(watched.count), -1) > 0
            else { return machine.hasRunOut }
            var event: GuardMachine.Event
            repeat {
                event = next(channel, descendants)
                if machine.step(event, now: BootClock.now()) == .terminate { descendants.signal(.terminate) }
            } while event != .tick && machine.deadline != nil
        }
        return machine.hasRunOut
    }

    /// Orders before the clock: a renewal that came in time counts, however late this process is woken.
    private static func next(
        _ channel: borrowing GuardChannel,
        _ descendants: borrowing Descendants
    ) -> GuardMachine.Event {
        switch channel.receive() {
        case .record(let record): record.order.map { .ordered($0) } ?? .operatorGone
        case .closed: .operatorGone
        case .nothingYet: descendants.programHasEnded() ? .programEnded : .tick
        }
    }
}
