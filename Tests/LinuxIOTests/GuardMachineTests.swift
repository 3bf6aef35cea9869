import LinuxIO
import Testing
import Wire

@Suite struct GuardMachineTests {
    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func theEndOfTheRightIsTheEnd() {
        var machine = GuardMachine(until: at(100))
        #expect(machine.deadline == at(100))
        #expect(machine.step(.tick, now: at(99)) == nil)
        #expect(machine.step(.tick, now: at(100)) == .kill)
        #expect(machine.deadline == nil)
    }

    /// Then the program was interrupted; it has not failed.
    @Test func whatRanOutIsToldFromWhatWasOrdered() {
        var late = GuardMachine(until: at(100))
        _ = late.step(.tick, now: at(101))
        #expect(late.hasRunOut)
        var ordered = GuardMachine(until: at(100))
        _ = ordered.step(.ordered(.kill), now: at(50))
        #expect(!ordered.hasRunOut)
        var graceful = GuardMachine(until: at(100))
        _ = graceful.step(.ordered(.stop(grace: .milliseconds(10))), now: at(50))
        #expect(graceful.step(.tick, now: at(60)) == .kill)
        #expect(!graceful.hasRunOut)
    }

    @Test func aRenewalMovesTheEnd() {
        var machine = GuardMachine(until: at(100))
        #expect(machine.step(.ordered(.work(until: at(300))), now: at(90)) == nil)
        #expect(machine.step(.tick, now: at(299)) == nil)
        #expect(machine.step(.tick, now: at(300)) == .kill)
    }

    @Test func aRenewalOfAPastRightIsTheEnd() {
        var machine = GuardMachine(until: at(100))
        #expect(machine.step(.ordered(.work(until: at(80))), now: at(90)) == nil)
        #expect(machine.step(.tick, now: at(90)) == .kill)
    }

    /// Several renewals wait for a guard that was not woken for long: the last one counts.
    @Test func aGuardThatWakesLateHearsAllOrdersFirst() {
        var machine = GuardMachine(until: at(100))
        #expect(machine.step(.ordered(.work(until: at(130))), now: at(150)) == nil)
        #expect(machine.step(.ordered(.work(until: at(300))), now: at(150)) == nil)
        #expect(machine.step(.tick, now: at(150)) == nil)
        #expect(machine.step(.ordered(.stop(grace: .milliseconds(10))), now: at(310)) == .terminate)
        #expect(machine.step(.ordered(.work(until: at(400))), now: at(310)) == nil)
        #expect(machine.step(.tick, now: at(310)) == nil && !machine.hasRunOut)
        #expect(machine.step(.tick, now: at(320)) == .kill && !machine.hasRunOut)
    }

    @Test func whoIsAskedToStopHasTheGraceButNeverMoreThanTheRight() {
        var patient = GuardMachine(until: at(1_000))
        #expect(patient.step(.ordered(.stop(grace: .milliseconds(50))), now: at(10)) == .terminate)
        #expect(patient.step(.ordered(.stop(grace: .milliseconds(500))), now: at(20)) == nil)
        #expect(patient.step(.ordered(.work(until: at(2_000))), now: at(30)) == nil)
        #expect(patient.deadline == at(60))
        #expect(patient.step(.tick, now: at(60)) == .kill)
        var hurried = GuardMachine(until: at(30))
        #expect(hurried.step(.ordered(.stop(grace: .milliseconds(50))), now: at(10)) == .terminate)
        #expect(hurried.deadline == at(30))
    }

    @Test(arguments: [GuardMachine.Event.ordered(.kill), .operatorGone, .programEnded])
    func someNewsEndAllAtOnce(news: GuardMachine.Event) {
        var machine = GuardMachine(until: at(100))
        #expect(machine.step(news, now: at(1)) == .kill)
        var ending = GuardMachine(until: at(100))
        _ = ending.step(.ordered(.stop(grace: .milliseconds(50))), now: at(1))
        #expect(ending.step(news, now: at(2)) == .kill)
    }

    @Test(arguments: [
        GuardMachine.Event.ordered(.work(until: MonotonicInstant(nanoseconds: .max))), .ordered(.stop(grace: .zero)),
        .ordered(.kill), .operatorGone, .programEnded, .tick,
    ])
    func nothingRevivesWhatIsBeingKilled(news: GuardMachine.Event) {
        var machine = GuardMachine(until: at(100))
        _ = machine.step(.tick, now: at(100))
        #expect(machine.step(news, now: at(101)) == nil)
        #expect(machine.deadline == nil)
    }
}
