import Ownership
import Testing
import Wire

extension SeatMachineTests {
    /// Two pods, one seat, writes that are lost, late, or answered with failure though they were carried out. At no time
    /// do both believe to hold the seat; each stops by its own horizon.
    @Test(arguments: 0..<60)
    func twoPodsNeverHoldOneSeatTogether(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var world = LeaseWorld()
        var machines = [
            machine("n0", pod: "op-a", aim: .own(absenceWait: .seconds(10))),
            machine("n1", pod: "op-b", aim: .own(absenceWait: .seconds(10))),
        ]
        var holds: [MonotonicInstant?] = [nil, nil]
        /// Calls on their way: they take effect at one time and are answered at another.
        var answers: [(at: Int64, index: Int, event: Machine.Event)] = []
        var pending: [(at: Int64, index: Int, action: Machine.Action)] = []
        var terms: [String] = []

        func perform(_ actions: [Machine.Action], _ index: Int, _ now: Int64) {
            for action in actions {
                switch action {
                case .granted(let tenure):
                    holds[index] = tenure.until
                    terms.append(tenure.term)
                case .renewed(let until): holds[index] = until
                case .fenced:
                    holds[index] = nil
                    answers.append((now + Int64(random.next() % 100), index, .quiesced))
                case .stopped: Issue.record("nobody asked")
                case .get, .getPod, .create, .patch: pending.append((now + Int64(random.next() % 900), index, action))
                }
            }
        }
        for index in 0..<2 { perform(machines[index].step(.started, now: at(0), wall: wall), index, 0) }
        for now in stride(from: Int64(0), to: 200_000, by: 50) {
            for item in pending.filter({ $0.at <= now }).sorted(by: { $0.at < $1.at }) {
                let isLost = random.next() % 100 < (now / 20_000 % 3 == 1 ? 70 : 10)
                let isUnknown = random.next() % 100 < 15
                let later = now + Int64(random.next() % 600)
                switch item.action {
                case .get(let call):
                    answers.append(
                        (
                            later, item.index,
                            .leaseRead(call, isLost ? .failed : world.lease.map { .found($0) } ?? .absent)
                        )
                    )
                case .create(let call, let body):
                    let result = isLost ? .failed : world.create(body)
                    answers.append((later, item.index, .writeAnswered(call, isUnknown ? .failed : result)))
                case .patch(let call, let patch):
                    let result = isLost ? .failed : world.patch(patch)
                    answers.append((later, item.index, .writeAnswered(call, isUnknown ? .failed : result)))
                default: break
                }
            }
            pending.removeAll { $0.at <= now }
            let due = answers.filter { $0.at <= now }
            answers.removeAll { $0.at <= now }
            let clock = Timestamp(seconds: 1_795_365_480 + now / 1_000, microseconds: now % 1_000 * 1_000)
            for answer in due {
                perform(machines[answer.index].step(answer.event, now: at(now), wall: clock), answer.index, now)
            }
            for index in 0..<2 {
                perform(machines[index].step(.tick, now: at(now), wall: clock), index, now)
                if let until = holds[index] { #expect(at(now) < until, "held past its horizon at \(now)") }
            }
            #expect(holds[0] == nil || holds[1] == nil, "both hold at \(now)")
            if random.next() % 4_000 == 0 { world.delete() }
        }
        #expect(terms.count == Set(terms).count, "a term was granted twice")
        #expect(!terms.isEmpty)
    }
}
