import KubeModel
import Ownership
import Testing
import Wire

/// If these fail, two pods may hold one seat, or a pod gives up a seat that it could have kept.
@Suite struct SeatMachineTests {
    typealias Machine = SeatMachine

    let wall = Timestamp(seconds: 1_795_365_480)

    func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    func machine(
        _ nonce: String = "n1",
        pod: String = "op-a",
        seat: String = "op-a",
        profile: SeatProfile = .standard,
        aim: Machine.Aim = .own(absenceWait: .zero)
    ) -> Machine {
        let identity = SeatIdentity(pod: pod, podUID: "78046f8e-11fb-44c9", nonce: nonce)
        let record = SeatRecord(
            namespace: "ns",
            seat: seat,
            identity: identity,
            annotations: [SeatKeys.podUID: "78046f8e-11fb-44c9", SeatKeys.weight: "1"]
        )
        return Machine(record, profile: profile, aim: aim)
    }

    /// Performs every action at once, at `now`, until the machine asks for nothing more; tells what it told its user.
    @discardableResult
    private func run(
        _ machine: inout Machine,
        _ event: Machine.Event,
        _ world: inout LeaseWorld,
        _ now: Int64,
        wall: Timestamp? = nil
    ) -> [Machine.Action] {
        var told: [Machine.Action] = []
        var events = [event]
        while !events.isEmpty {
            for action in machine.step(events.removeFirst(), now: at(now), wall: wall ?? self.wall) {
                switch action {
                case .get(let call): events.append(.leaseRead(call, world.lease.map { .found($0) } ?? .absent))
                case .getPod(let call, _): events.append(.podRead(call, .absent))
                case .create(let call, let body): events.append(.writeAnswered(call, world.create(body)))
                case .patch(let call, let patch): events.append(.writeAnswered(call, world.patch(patch)))
                case .granted, .renewed, .fenced, .stopped: told.append(action)
                }
            }
        }
        return told
    }

    private func term(_ told: [Machine.Action]) -> String? {
        for case .granted(let tenure) in told { return tenure.term }
        return nil
    }

    // MARK: - Wall clocks

    /// The wall clock is written down for people, and decides nothing: a year forth and back between any two steps.
    @Test func aWallClockThatJumpsByAYearCostsNoSeatAndGivesNone() throws {
        let year: Int64 = 365 * 86_400
        func story(_ jumps: [Int64], stands: Bool = false) -> [Machine.Action] {
            var world = LeaseWorld()
            var (holder, rival) = (machine("n1"), machine("n2", pod: "op-b"))
            var told: [Machine.Action] = []
            func step(_ machine: inout Machine, _ event: Machine.Event, _ now: Int64, _ jump: Int64) {
                let time = wall.seconds + jump + (stands ? 0 : now / 1_000)
                told += run(&machine, event, &world, now, wall: Timestamp(seconds: time))
            }
            step(&holder, .started, 0, 0)
            step(&rival, .started, 100, 0)
            // Renewed for a minute, then silent; its rival may take the seat after D and not before.
            for (index, now) in stride(from: Int64(500), to: 60_000, by: 500).enumerated() {
                step(&holder, .tick, now, jumps[index % jumps.count])
                step(&rival, .tick, now + 100, jumps[(index + 1) % jumps.count])
            }
            for now in stride(from: Int64(60_000), to: 80_000, by: 500) { step(&rival, .tick, now, jumps[0]) }
            return told
        }
        let calm = story([0])
        let grants = calm.indices.filter { if case .granted = calm[$0] { true } else { false } }
        #expect(grants == [0, 30], "the rival's comes after all renewals of the holder")
        #expect(story([year, -year]) == calm)
        #expect(story([0, 10 * year, -3 * year]) == calm)
        // Were its renewals all the same, nobody would see that the holder lives.
        #expect(story([0], stands: true) == calm)
    }

    // MARK: - Acquiring

    @Test func anAbsentLeaseIsCreatedAndHeldFromTheSendingOn() throws {
        var (machine, world) = (machine(), LeaseWorld())
        guard case .get(let call)? = machine.step(.started, now: at(0), wall: wall).first else {
            Issue.record("no read")
            return
        }
        guard
            case .create(let write, let body)? = machine.step(.leaseRead(call, .absent), now: at(10), wall: wall).first
        else {
            Issue.record("no create")
            return
        }
        let result = world.create(body)
        let told = machine.step(.writeAnswered(write, result), now: at(700), wall: wall)
        #expect(
            told == [
                .granted(
                    .init(
                        term: "00000001.1",
                        leaseUID: "00000001-aaaa-bbbb",
                        leaseTransitions: 1,
                        until: at(8_010),
                        mayHaveRival: true
                    )
                )
            ]
        )
        let lease = try #require(world.lease)
        #expect(lease.isSeat && lease.holderIdentity == "op-a_78046f8e_n1" && lease.leaseDurationSeconds == 10)
        #expect(lease.meta.annotations[SeatKeys.podUID] == "78046f8e-11fb-44c9")
        #expect(lease.meta.annotations[SeatKeys.protocolVersion] == "1")
        #expect(machine.nextDeadline == at(2_010))
    }

    @Test func aReleasedLeaseIsTakenAtOnceUnderTheNextTerm() {
        var (first, world) = (machine("n1"), LeaseWorld())
        run(&first, .started, &world, 0)
        #expect(run(&first, .stopRequested, &world, 100) == [.stopped(.released)])
        #expect(world.lease?.holderIdentity == "" && world.lease?.leaseTransitions == 1)
        var second = machine("n2")
        #expect(term(run(&second, .started, &world, 200)) == "00000001.2")
        #expect(world.lease?.holderIdentity == "op-a_78046f8e_n2")
    }

    @Test func ourFormerIncarnationIsWaitedForAsAnyOther() {
        var (dead, world) = (machine("n1"), LeaseWorld())
        run(&dead, .started, &world, 0)
        var next = machine("n2")
        #expect(run(&next, .started, &world, 1_000).isEmpty)
        #expect(next.nextDeadline == at(11_000))
        #expect(run(&next, .tick, &world, 10_999).isEmpty)
        #expect(term(run(&next, .tick, &world, 11_000)) == "00000001.2")
    }

    @Test func aHolderThatRenewsKeepsItsSeat() {
        var (holder, world) = (machine("n1"), LeaseWorld())
        var other = machine("n9")
        run(&holder, .started, &world, 0)
        run(&other, .started, &world, 500)
        var second: Int64 = 0
        while second < 60 {
            second += 1
            let wall = Timestamp(seconds: 1_795_365_480 + second)
            for action in holder.step(.tick, now: at(second * 1_000), wall: wall) {
                guard case .patch(let call, let patch) = action else { continue }
                _ = holder.step(.writeAnswered(call, world.patch(patch)), now: at(second * 1_000 + 5), wall: wall)
            }
            #expect(run(&other, .tick, &world, second * 1_000).isEmpty)
        }
        #expect(world.lease?.leaseTransitions == 1)
    }

    @Test func observersWaitTheDurationThatTheRecordNames() {
        var (calm, world) = (machine("n1", profile: .calm), LeaseWorld())
        run(&calm, .started, &world, 0)
        var fast = machine("n2", profile: .fast)
        run(&fast, .started, &world, 0)
        #expect(fast.nextDeadline == at(15_000))
        world.edit { $0["spec"]?["leaseDurationSeconds"] = .integer(.max) }
        run(&fast, .tick, &world, 15_000)
        #expect(fast.nextDeadline == at(15_000 + 3_600_000))
        world.edit { $0["spec"]?["leaseDurationSeconds"] = nil }
        run(&fast, .tick, &world, 20_000_000)
        #expect(fast.nextDeadline == at(20_000_000 + 5_000))
    }

    @Test func takingRemovesWhatWasSaidOfTheFormerTenure() throws {
        var (dead, world) = (machine("n1", pod: "op-b"), LeaseWorld())
        run(&dead, .started, &world, 0)
        world.edit {
            for name in [
                SeatKeys.containerID, SeatKeys.syncedRV, SeatKeys.draining, SeatKeys.heir, SeatKeys.warm, "other/key",
            ] {
                $0["metadata"]?["annotations"]?[name] = "x"
            }
        }
        var next = machine("n2")
        run(&next, .started, &world, 0)
        #expect(term(run(&next, .tick, &world, 10_000)) == "00000001.2")
        let annotations = try #require(world.lease?.meta.annotations)
        #expect(
            annotations == [
                "other/key": "x", SeatKeys.podUID: "78046f8e-11fb-44c9", SeatKeys.weight: "1",
                SeatKeys.protocolVersion: "1",
            ]
        )
    }

    /// A watermark that outlived its tenure would tell receivers that the new one has seen what it has not.
    @Test func theNextTenureSaysNothingThatWasAnnotatedInTheFormer() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        run(&machine, .annotated([SeatKeys.syncedRV: "99", SeatKeys.draining: "true", SeatKeys.load: "3"]), &world, 10)
        run(&machine, .tick, &world, 2_000)
        #expect(world.lease?.meta.annotations[SeatKeys.syncedRV] == "99")
        #expect(run(&machine, .tick, &world, 10_000) == [.fenced(.horizonPassed)])
        #expect(term(run(&machine, .quiesced, &world, 10_100)) == "00000001.2")
        #expect(
            world.lease?.meta.annotations == [
                SeatKeys.podUID: "78046f8e-11fb-44c9", SeatKeys.weight: "1", SeatKeys.protocolVersion: "1",
                SeatKeys.load: "3",
            ]
        )
        world.delete()
        run(&machine, .annotated([SeatKeys.syncedRV: "120"]), &world, 10_200)
        run(&machine, .tick, &world, 12_200)
        run(&machine, .quiesced, &world, 12_300)
        #expect(term(run(&machine, .tick, &world, 27_300)) == "00000002.1")
        #expect(world.lease?.meta.annotations[SeatKeys.syncedRV] == nil)
    }

    @Test func aBareLeaseCanBeTaken() {
        var world = LeaseWorld()
        _ = world.create(["metadata": ["name": "op-a", "namespace": "ns"]])
        var machine = machine()
        #expect(term(run(&machine, .started, &world, 0)) == "00000001.1")
        #expect(world.lease?.isSeat == true)
        var (other, second) = (self.machine("n2"), LeaseWorld())
        _ = second.create(["metadata": ["name": "op-a", "labels": ["a": "b"]], "spec": ["holderIdentity": .null]])
        #expect(term(run(&other, .started, &second, 0)) == "00000001.1")
        #expect(second.lease?.meta.labels == ["a": "b", SeatKeys.seatLabel: "true"])
    }

    @Test func ofManyThatTakeAnExpiredSeatOneWins() {
        var (dead, world) = (machine("n0"), LeaseWorld())
        run(&dead, .started, &world, 0)
        var machines = (1...20).map { machine("n\($0)") }
        for index in machines.indices { run(&machines[index], .started, &world, 0) }
        // All read before any writes.
        var patches: [(Int, Machine.CallID, JSONPatch)] = []
        for index in machines.indices {
            guard case .get(let call)? = machines[index].step(.tick, now: at(10_000), wall: wall).first,
                let lease = world.lease
            else { continue }
            for case .patch(let id, let patch) in machines[index].step(
                .leaseRead(call, .found(lease)),
                now: at(10_001),
                wall: wall
            ) {
                patches.append((index, id, patch))
            }
        }
        #expect(patches.count == 20)
        var winners = 0
        for (index, id, patch) in patches {
            let told = machines[index].step(.writeAnswered(id, world.patch(patch)), now: at(10_002), wall: wall)
            if term(told) != nil { winners += 1 }
        }
        #expect(winners == 1 && world.lease?.leaseTransitions == 2)
    }

    // MARK: - Holding and losing

    @Test func renewalsExtendTheSeatFromTheirSendingAndCarryAnnotations() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        #expect(machine.step(.annotated([SeatKeys.load: "7"]), now: at(500), wall: wall).isEmpty)
        #expect(run(&machine, .tick, &world, 1_999).isEmpty)
        #expect(run(&machine, .tick, &world, 2_000) == [.renewed(until: at(10_000))])
        #expect(world.lease?.meta.annotations[SeatKeys.load] == "7")
        #expect(machine.nextDeadline == at(4_000))
    }

    @Test func atTheHorizonTheSeatIsFencedWhateverArrivesThen() {
        for late in 0..<3 {
            var (machine, world) = (machine(), LeaseWorld())
            run(&machine, .started, &world, 0)
            guard case .patch(let call, let patch)? = machine.step(.tick, now: at(7_900), wall: wall).first else {
                Issue.record("no renewal")
                continue
            }
            #expect(machine.nextDeadline == at(8_000))
            let event: Machine.Event = [.tick, .writeAnswered(call, world.patch(patch)), .annotated([:])][late]
            #expect(machine.step(event, now: at(8_000), wall: wall) == [.fenced(.horizonPassed)])
            #expect(machine.state == .quiescing(.horizonPassed) && machine.nextDeadline == nil)
            // Nothing is acquired while the old work may still run.
            #expect(machine.step(.tick, now: at(60_000), wall: wall).isEmpty)
            #expect(term(run(&machine, .quiesced, &world, 60_000)) == "00000001.2")
        }
    }

    @Test func failedRenewalsAreTriedAgainUntilTheHorizon() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        var tries = 0
        var now: Int64 = 0
        while let deadline = machine.nextDeadline, now < 8_000 {
            now = (deadline - at(0)).wholeMilliseconds
            for action in machine.step(.tick, now: at(now), wall: wall) {
                switch action {
                case .patch(let call, _):
                    tries += 1
                    now += 100
                    #expect(machine.step(.writeAnswered(call, .failed), now: at(now), wall: wall).isEmpty)
                case .fenced(let reason): #expect(reason == .horizonPassed && now == 8_000)
                default: Issue.record("\(action)")
                }
            }
        }
        #expect(tries >= 3)
        #expect(machine.state == .quiescing(.horizonPassed))
    }

    @Test func aSeatTakenByAnotherIsFencedAtOnce() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        world.edit {
            $0["spec"]?["holderIdentity"] = "op-z_1_2"
            $0["spec"]?["leaseTransitions"] = 2
        }
        #expect(run(&machine, .tick, &world, 2_000) == [.fenced(.taken(by: "op-z_1_2"))])
        #expect(run(&machine, .quiesced, &world, 2_500).isEmpty)
        #expect(machine.nextDeadline == at(12_500))
    }

    @Test func aDeletedLeaseIsFencedThenMadeAnewUnderAnotherTerm() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        world.delete()
        #expect(run(&machine, .tick, &world, 2_000) == [.fenced(.leaseDeleted)])
        // Somebody may have taken the seat before it was deleted, and not know yet.
        #expect(run(&machine, .quiesced, &world, 2_100).isEmpty)
        #expect(term(run(&machine, .tick, &world, 17_100)) == "00000002.1")
    }

    @Test func anAbsentLeaseOfANameThatComesBackIsWaitedFor() {
        var (machine, world) = (machine(aim: .own(absenceWait: .seconds(10))), LeaseWorld())
        #expect(run(&machine, .started, &world, 0).isEmpty)
        #expect(machine.nextDeadline == at(10_000))
        #expect(term(run(&machine, .tick, &world, 10_000)) == "00000001.1")
    }

    @Test func aRefusedRenewalOfASeatThatIsStillOursIsBuiltAnew() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        _ = machine.step(.annotated([SeatKeys.load: "1"]), now: at(10), wall: wall)
        // The parent of what is to be written is gone.
        world.edit { $0["metadata"]?["annotations"] = nil }
        #expect(run(&machine, .tick, &world, 2_000).isEmpty)
        #expect(machine.nextDeadline == at(2_500))
        #expect(run(&machine, .tick, &world, 2_500) == [.renewed(until: at(10_500))])
        #expect(world.lease?.meta.annotations[SeatKeys.load] == "1")
    }

    @Test func aWriteThatTimedOutButCommittedIsNotTrustedButFollowedByANewTerm() {
        var (machine, world) = (machine(), LeaseWorld())
        guard case .get(let read)? = machine.step(.started, now: at(0), wall: wall).first,
            case .create(let write, let body)? = machine.step(.leaseRead(read, .absent), now: at(0), wall: wall).first
        else {
            Issue.record("no create")
            return
        }
        _ = world.create(body)
        #expect(machine.step(.writeAnswered(write, .failed), now: at(1_500), wall: wall).isEmpty)
        #expect(term(run(&machine, .tick, &world, 2_000)) == "00000001.2")
    }

    @Test func lateAndForeignAnswersAreIgnored() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        let before = machine.state
        let stray = Machine.CallID(number: 99)
        for event: Machine.Event in [
            .leaseRead(stray, .absent), .writeAnswered(stray, .absent), .quiesced, .started,
            .leaseRead(.init(number: 1), .absent),
        ] {
            #expect(machine.step(event, now: at(100), wall: wall).isEmpty)
        }
        #expect(machine.state == before)
    }

    // MARK: - Giving up

    @Test func stoppingReleasesInOneWrite() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        let patch = machine.step(.stopRequested, now: at(100), wall: wall).first
        guard case .patch(let call, let operations)? = patch else {
            Issue.record("no release")
            return
        }
        #expect(
            machine.step(.writeAnswered(call, world.patch(operations)), now: at(110), wall: wall) == [
                .stopped(.released)
            ]
        )
        #expect(world.lease?.holderIdentity == "" && world.lease?.meta.annotations[SeatKeys.podUID] == nil)
        #expect(machine.step(.tick, now: at(9_000), wall: wall).isEmpty)
        #expect(machine.step(.stopRequested, now: at(9_000), wall: wall).isEmpty)
    }

    @Test func aReleaseThatFailsIsTriedUntilTheHorizonThenLeftToRunOut() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        var actions = machine.step(.stopRequested, now: at(100), wall: wall)
        var now: Int64 = 100
        var tries = 0
        while case .patch(let call, _)? = actions.first {
            tries += 1
            #expect(machine.step(.writeAnswered(call, .failed), now: at(now), wall: wall).isEmpty)
            guard let deadline = machine.nextDeadline else { break }
            now = (deadline - at(0)).wholeMilliseconds
            actions = machine.step(.tick, now: at(now), wall: wall)
        }
        #expect(actions == [.stopped(.lost(.horizonPassed))] && now == 8_000 && tries > 10)
    }

    @Test func aReleaseOfASeatThatIsAnothersTouchesNothing() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        world.edit {
            $0["spec"]?["holderIdentity"] = "op-z_1_2"
            $0["spec"]?["leaseTransitions"] = 2
        }
        #expect(run(&machine, .stopRequested, &world, 100) == [.stopped(.lost(.taken(by: "op-z_1_2")))])
        #expect(world.lease?.holderIdentity == "op-z_1_2")
    }

    @Test func stoppingWhileAcquiringUndoesTheAcquisition() {
        var (machine, world) = (machine(), LeaseWorld())
        guard case .get(let read)? = machine.step(.started, now: at(0), wall: wall).first,
            case .create(let write, let body)? = machine.step(.leaseRead(read, .absent), now: at(0), wall: wall).first
        else {
            Issue.record("no create")
            return
        }
        #expect(machine.step(.stopRequested, now: at(1), wall: wall).isEmpty)
        #expect(run(&machine, .writeAnswered(write, world.create(body)), &world, 2) == [.stopped(.released)])
        #expect(world.lease?.holderIdentity == "")
    }

    /// The wall clock stands still. What the first try has changed nobody may take for the second, from which H counts.
    @Test func aRenewalAfterOneThatNobodyAnsweredIsAnother() throws {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        var records: [LeaseRecord] = []
        for now: Int64 in [2_000, 2_600] {
            guard case .patch(let call, let patch)? = machine.step(.tick, now: at(now), wall: wall).first else {
                Issue.record("no renewal")
                return
            }
            let answer = world.patch(patch)
            records.append(LeaseRecord(try #require(world.lease)))
            _ = machine.step(.writeAnswered(call, now == 2_000 ? .failed : answer), now: at(now + 10), wall: wall)
        }
        #expect(records[0] != records[1])
    }

    /// Whoever watches over lost seats waits to hear that their work has ended.
    @Test func stoppingAfterALossWaitsForTheWork() {
        var (machine, world) = (machine(), LeaseWorld())
        run(&machine, .started, &world, 0)
        #expect(machine.step(.tick, now: at(8_000), wall: wall) == [.fenced(.horizonPassed)])
        #expect(machine.step(.stopRequested, now: at(8_100), wall: wall).isEmpty)
        #expect(machine.step(.quiesced, now: at(8_200), wall: wall) == [.stopped(.lost(.horizonPassed))])
    }

    @Test func stoppingBeforeAnythingIsHeldStops() {
        var world = LeaseWorld()
        var fresh = machine()
        #expect(run(&fresh, .stopRequested, &world, 0) == [.stopped(.notTaken)])
        var (holder, waiting) = (machine("n1"), machine("n2"))
        run(&holder, .started, &world, 0)
        run(&waiting, .started, &world, 0)
        #expect(run(&waiting, .stopRequested, &world, 5) == [.stopped(.notTaken)])
    }
}
